/**
 * Timestamps in input: milliseconds since the epoch, or ISO 8601 (UTC unless it names a zone). Date.parse is not used:
 * it reads local time where no zone is named, and accepts far more than ISO 8601.
 */

/** Numbers of so many digits are safe integers. */
const SAFE_DIGITS = 15

/**
 * The integer that `bytes[start, end)` is, NaN where it is none: without a string, since every record has one.
 * Integers of more digits than are safe give NaN too.
 */
export function parseInteger(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === 0x2d
  const first = negative ? start + 1 : start
  if (first >= end || end - first > SAFE_DIGITS) return NaN
  let number = 0
  for (let i = first; i < end; i++) {
    const digit = bytes[i]! - 0x30
    if (digit < 0 || digit > 9) return NaN
    number = number * 10 + digit
  }
  return negative ? -number : number
}

const maxInt64 = 2n ** 63n - 1n
const isoForm = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:[.,]\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/** The timestamp that `text` is, undefined where it is none or lies before 1970 (-1, which says "none", is allowed). */
export function parseTimestamp(text: string): bigint | undefined {
  if (/^(-1|\d{1,19})$/.test(text)) {
    const time = BigInt(text)
    return time <= maxInt64 ? time : undefined
  }
  const [, date, minutes = '00:00', seconds = ':00', zone = 'Z'] = isoForm.exec(text) ?? []
  if (date === undefined) return undefined
  const fraction = /[.,](\d+)/.exec(seconds)?.[1] ?? ''
  const local = `${date}T${minutes}${seconds.slice(0, 3)}.${fraction.padEnd(3, '0').slice(0, 3)}Z`
  const time = Date.parse(local)
  // 31 February is not rolled over into March, nor 24:00 into the next day: what was read must be what is written.
  if (Number.isNaN(time) || new Date(time).toISOString() !== local) return undefined
  const [, sign, hours = '0', rest = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  if (Number(hours) > 23 || Number(rest) > 59) return undefined
  const shifted = time - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(rest)) * 60_000
  return shifted < 0 ? undefined : BigInt(shifted)
}
