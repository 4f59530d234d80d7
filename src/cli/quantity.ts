/**
 * Quantities as people write them on a command line: durations, sizes, rates, whole numbers. Pure. Each throws a
 * UsageError that shows the text and an example, so that a flag's parser is one call.
 */
import { UsageError } from '../errors.js'

const milliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A timer of Node holds at most 2^31 - 1 ms and fires at once beyond that. */
const longest = 2 ** 31 - 1

/**
 * `500ms`, `5s`, `2m`, `1h30m`, `1d`, or `0`, in whole milliseconds (rounded).
 * @param limit the longest that is taken; a time span that no timer waits for may be longer
 */
export function parseDuration(text: string, limit: number = longest): number {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    const advice = /^\d+$/.test(text)
      ? `say a unit, as in ${text}s or ${text}ms`
      : 'write it as in 500ms, 5s, 2m, 1h30m or 0'
    throw new UsageError(`'${text}' is not a duration`, advice)
  }
  let total = 0
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) total += Number(number) * milliseconds[unit!]!
  if (total > limit)
    throw new UsageError(`the duration ${text} is too long`, `at most ${Math.floor(limit / 86_400_000)}d`)
  return Math.round(total)
}

/** A duration between two looks at a cluster, which are not to be its whole work. */
export function parseInterval(text: string): number {
  const interval = parseDuration(text)
  if (interval < 100) throw new UsageError(`an interval of ${text} is too short`, 'at least 100ms')
  return interval
}

const powers = ['', 'k', 'm', 'g', 't']

/** Bytes, as coreutils read them: `64k` and `1MiB` count in 1024, `100MB` in 1000, a bare number in bytes. */
export function parseSize(text: string): number {
  const [, number, unit, suffix] = /^(\d+(?:\.\d+)?)([kKMGT]?)(i?B)?$/.exec(text) ?? []
  if (number === undefined || (suffix === 'iB' && unit === '')) {
    throw new UsageError(`'${text}' is not a size`, 'write it as in 100MB, 64k, 1MiB or a number of bytes')
  }
  const bytes = Math.round(Number(number) * (suffix === 'B' ? 1000 : 1024) ** powers.indexOf(unit!.toLowerCase()))
  if (!Number.isSafeInteger(bytes)) throw new UsageError(`the size ${text} is too large`, 'at most 8192T')
  return bytes
}

/** A size, a duration, or both with a comma between. `1m` is a minute, `1M` a size. */
export function parseRoll(text: string): { size: number; age: number } {
  const roll = { size: Infinity, age: Infinity }
  for (const part of text.split(',')) {
    const isAge = /[smhd]$/.test(part)
    const most = isAge ? parseInterval(part) : parseSize(part)
    if (most === 0) throw new UsageError('a part of 0 bytes is too small', 'write a size as in 100MB')
    const name = isAge ? 'age' : 'size'
    if (roll[name] < Infinity) throw new UsageError(`'${text}' says the ${name} twice`, 'write it as in 100MB,1h')
    roll[name] = most
  }
  return roll
}

/** `500/s`: how many in a second; more than none. */
export function parseRate(text: string): number {
  const rate = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)?.[1])
  if (!(rate > 0)) throw new UsageError(`'${text}' is not a rate`, 'write records a second as in 500/s')
  return rate
}

/** A whole number within bounds, both included. */
export function parseCount(text: string, min = 0, max: number = Number.MAX_SAFE_INTEGER): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : NaN
  if (!(number >= min && number <= max)) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
    throw new UsageError(`'${text}' does not fit`, `give a whole number ${range}`)
  }
  return number
}
