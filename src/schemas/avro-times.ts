/**
 * Avro's dates and times in ISO 8601. What does not fit that form is the number that it is.
 */
import type { Schema } from 'avsc'
import { type Derived, Logical } from './avro-logical.js'

/** Text for a number, by a function each way. */
function numeric(
  typeName: string,
  show: (value: bigint) => string,
  read: (text: string) => bigint | undefined
): Derived {
  return class extends Logical {
    constructor(schema: Schema, options?: object) {
      super(schema, options)
      this.require(typeName)
    }

    protected override _fromValue(value: number | bigint | undefined): unknown {
      return value === undefined ? undefined : show(BigInt(value)) || value
    }

    protected override _toValue(value: unknown): unknown {
      if (typeof value !== 'string') return value
      const number = read(value)
      return number === undefined ? undefined : number >= -MAX_SAFE && number <= MAX_SAFE ? Number(number) : number
    }
  }
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const DAY = 86_400n
/** Years 0 to 9999, in seconds since 1970: ISO 8601 has no others without agreement. */
const [FIRST, LAST] = [-62_167_219_200n, 253_402_300_799n]

const DATE = /^(\d{4}-\d\d-\d\d)$/
const TIME = /^(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i
const LOCAL = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/

export const date = numeric(
  'int',
  (days) => iso(days * DAY).slice(0, 10),
  (text) => {
    const seconds = DATE.test(text) ? secondsOf(`${text}T00:00:00Z`) : undefined
    return seconds === undefined ? undefined : seconds / DAY
  }
)

/** @param digits behind the second */
export function timeOfDay(typeName: string, digits: number): Derived {
  return numeric(
    typeName,
    (time) => (time < 0n || time >= DAY * 10n ** BigInt(digits) ? '' : isoWith(time, digits).slice(11)),
    (text) => {
      const [, time, fraction = ''] = TIME.exec(text) ?? []
      return time === undefined ? undefined : scaled(secondsOf(`1970-01-01T${time}Z`), fraction, digits)
    }
  )
}

export function timestamp(digits: number, isLocal: boolean): Derived {
  return numeric(
    'abstract:long',
    (time) => {
      const text = isoWith(time, digits)
      return text === '' || isLocal ? text : `${text}Z`
    },
    (text) => {
      const [, day, time, fraction = '', zone = 'Z'] = (isLocal ? LOCAL : TIMESTAMP).exec(text) ?? []
      return day === undefined ? undefined : scaled(secondsOf(`${day}T${time}${zone.toUpperCase()}`), fraction, digits)
    }
  )
}

/** `2026-05-09T07:29:33`; '' beyond the years that this has. */
function iso(seconds: bigint): string {
  return seconds < FIRST || seconds > LAST ? '' : new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
}

function isoWith(time: bigint, digits: number): string {
  const unit = 10n ** BigInt(digits)
  const fraction = ((time % unit) + unit) % unit
  const text = iso((time - fraction) / unit)
  return text === '' ? '' : `${text}.${fraction.toString().padStart(digits, '0')}`
}

/** undefined for a day or an hour that there is not. */
function secondsOf(text: string): bigint | undefined {
  const time = Date.parse(text)
  // Date.parse takes 31 April for 1 May.
  const isDay = new Date(`${text.slice(0, 10)}T00:00:00Z`).toJSON()?.startsWith(text.slice(0, 10))
  return Number.isNaN(time) || !isDay ? undefined : BigInt(time) / 1000n
}

/** undefined where the fraction has more digits than there is room for. */
function scaled(seconds: bigint | undefined, fraction: string, digits: number): bigint | undefined {
  if (seconds === undefined || /[1-9]/.test(fraction.slice(digits))) return undefined
  return seconds * 10n ** BigInt(digits) + BigInt(fraction.slice(0, digits).padEnd(digits, '0') || '0')
}
