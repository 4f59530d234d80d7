/**
 * Types that avsc leaves to others: longs with all their digits, and Avro's logical types as people write them: decimals
 * as decimal numbers in a string, dates and times in ISO 8601. What does not fit such a form is a number as it stands.
 */
import avsc, { type Schema as AvroSchema } from 'avsc'

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

/** A number where it is safe, else a bigint. */
export const longType = avsc.types.LongType.__with(
  {
    fromBuffer: readLong,
    toBuffer: writeLong,
    fromJSON: (value: unknown) => value,
    toJSON: (value: unknown) => value,
    isValid: (value: unknown) =>
      typeof value === 'bigint' ? value >= MIN && value <= MAX : Number.isSafeInteger(value),
    compare: (a: number, b: number) => Number(a > b) - Number(a < b)
  },
  true
)

/** Zigzag varint, as in the Avro specification. */
function readLong(bytes: Buffer): number | bigint {
  if (bytes.length > 7) return readBigLong(bytes)
  let value = 0
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 128 + (bytes[i]! & 0x7f)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function readBigLong(bytes: Buffer): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 7n) | BigInt(bytes[i]! & 0x7f)
  const long = BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  const number = Number(long)
  return Number.isSafeInteger(number) ? number : long
}

function writeLong(value: number | bigint): Buffer {
  const bytes: number[] = []
  if (typeof value === 'number' && Math.abs(value) < 2 ** 51) {
    let rest = value < 0 ? -value * 2 - 1 : value * 2
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
    return Buffer.from([...bytes, rest])
  }
  const long = BigInt(value)
  let rest = BigInt.asUintN(64, (long << 1n) ^ (long >> 63n))
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

/** As avsc has it, `_toValue` gives undefined for what does not fit, and `_fromValue` gets it for what is cut off. */
abstract class Logical extends avsc.types.LogicalType {
  protected abstract override _fromValue(value: unknown): unknown
  protected abstract override _toValue(value: unknown): unknown

  protected require(...typeNames: string[]): void {
    if (typeNames.includes(this.underlyingType.typeName)) return
    throw new Error(`no logical type of ${this.underlyingType.typeName}`)
  }
}

/** "12.34": digits behind the point as the schema says. */
class Decimal extends Logical {
  readonly #scale: number
  readonly #precision: number
  /** Of a fixed type; 0: as many as it takes. */
  readonly #size: number

  constructor(schema: { precision?: number; scale?: number; size?: number; type: string }, options: object) {
    super(schema as never, options)
    this.require('bytes', 'fixed')
    const { precision = 0, scale = 0 } = schema
    if (!(precision > 0 && scale >= 0 && scale <= precision)) throw new Error('no decimal')
    this.#precision = precision
    this.#scale = scale
    this.#size = this.underlyingType.typeName === 'fixed' ? schema.size! : 0
  }

  protected override _fromValue(bytes: Buffer | undefined): string | undefined {
    if (!bytes) return undefined
    const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
    if (this.#scale === 0) return unscaled.toString()
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(this.#scale + 1, '0')
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -this.#scale)}.${digits.slice(-this.#scale)}`
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    const [, sign, whole, rest = ''] = /^(-?)(\d{1,400})(?:\.(\d{1,400}))?$/.exec(String(value)) ?? []
    if (whole === undefined || /[1-9]/.test(rest.slice(this.#scale))) return undefined
    const digits = whole + rest.slice(0, this.#scale).padEnd(this.#scale, '0')
    const unscaled = BigInt(sign + digits)
    if (digits.replace(/^0+/, '').length > this.#precision) return undefined
    return twosComplement(unscaled, this.#size)
  }
}

function twosComplement(value: bigint, size: number): Buffer | undefined {
  let bytes = 1
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++
  if (size > 0 && bytes > size) return undefined
  const length = Math.max(size, bytes)
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex'
  )
}

/** Text for a number, by a function each way. */
function numeric(typeName: string, show: (value: bigint) => string, read: (text: string) => bigint | undefined) {
  return class extends Logical {
    constructor(schema: never, options: object) {
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

const date = numeric(
  'int',
  (days) => iso(days * DAY).slice(0, 10),
  (text) => {
    const seconds = DATE.test(text) ? secondsOf(`${text}T00:00:00Z`) : undefined
    return seconds === undefined ? undefined : seconds / DAY
  }
)

/** @param digits behind the second */
function timeOfDay(typeName: string, digits: number) {
  return numeric(
    typeName,
    (time) => (time < 0n || time >= DAY * 10n ** BigInt(digits) ? '' : isoWith(time, digits).slice(11)),
    (text) => {
      const [, time, fraction = ''] = TIME.exec(text) ?? []
      return time === undefined ? undefined : scaled(secondsOf(`1970-01-01T${time}Z`), fraction, digits)
    }
  )
}

function timestamp(digits: number, isLocal: boolean) {
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

type Derived = new (schema: AvroSchema, options?: object) => avsc.types.LogicalType

/** Logical types of other types than long. */
export const logicalTypes = { decimal: Decimal, date, 'time-millis': timeOfDay('int', 3) } as unknown as Record<
  string,
  Derived
>

const ofLong = {
  'time-micros': timeOfDay('abstract:long', 6),
  'timestamp-millis': timestamp(3, false),
  'timestamp-micros': timestamp(6, false),
  'timestamp-nanos': timestamp(9, false),
  'local-timestamp-millis': timestamp(3, true),
  'local-timestamp-micros': timestamp(6, true),
  'local-timestamp-nanos': timestamp(9, true)
} as unknown as Record<string, Derived>

/** avsc's own way to another long takes it for the name `long` alone, and not where there is a logical type. */
export function longHook(schema: AvroSchema, options: object): avsc.Type | undefined {
  const { type, logicalType, bare } = schema as { type?: unknown; logicalType?: string; bare?: boolean }
  if (type !== 'long') return undefined
  const known = bare ? undefined : ofLong[logicalType ?? '']
  return known ? new known({ ...(schema as object), bare: true } as unknown as AvroSchema, options) : longType
}
