/**
 * Types that avsc leaves to others: longs with all their digits, and Avro's logical types as people write them.
 */
import avsc, { type Schema as AvroSchema } from 'avsc'
import { Decimal, type Derived } from './avro-logical.js'
import { date, timeOfDay, timestamp } from './avro-times.js'

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

/** Logical types of other types than long. */
export const logicalTypes: Record<string, Derived> = {
  decimal: Decimal as unknown as Derived,
  date,
  'time-millis': timeOfDay('int', 3)
}

const ofLong: Record<string, Derived> = {
  'time-micros': timeOfDay('abstract:long', 6),
  'timestamp-millis': timestamp(3, false),
  'timestamp-micros': timestamp(6, false),
  'timestamp-nanos': timestamp(9, false),
  'local-timestamp-millis': timestamp(3, true),
  'local-timestamp-micros': timestamp(6, true),
  'local-timestamp-nanos': timestamp(9, true)
}

/** avsc's own way to another long takes it for the name `long` alone, and not where there is a logical type. */
export function longHook(schema: AvroSchema, options: object): avsc.Type | undefined {
  const { type, logicalType, bare } = schema as { type?: unknown; logicalType?: string; bare?: boolean }
  if (type !== 'long') return undefined
  const known = bare ? undefined : ofLong[logicalType ?? '']
  return known ? new known({ ...(schema as object), bare: true } as unknown as AvroSchema, options) : longType
}
