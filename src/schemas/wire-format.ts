/**
 * The wire format of schema registries (Confluent's "Wire format" page): a magic byte 0, the schema's id in four bytes,
 * then what the schema describes; protobuf says first which message of the schema it is. Pure.
 */
import type { ByteWriter } from '../records/byte-writer.js'

/** Bytes before what the schema describes. */
export const PREFIX = 5

/** Deeper and further no message stands in a file. */
const MOST_INDEXES = 100

/** The schema's id; or what is wrong, as the rest of a sentence. */
export function readSchemaId(bytes: Buffer, start: number, end: number): number | string {
  if (end - start >= PREFIX && bytes[start] === 0) return bytes.readUInt32BE(start + 1)
  const why =
    start === end ? 'it is empty' : bytes[start] === 0 ? `it has ${end - start} bytes` : firstByte(bytes[start]!)
  return `is not in the wire format of a schema registry (${why})`
}

function firstByte(byte: number): string {
  return `it begins with 0x${byte.toString(16).padStart(2, '0')} instead of 0x00`
}

export function writeSchemaId(id: number, out: ByteWriter): void {
  out.ensure(PREFIX)
  out.bytes[out.length] = 0
  out.bytes.writeUInt32BE(id, out.length + 1)
  out.length += PREFIX
}

/** Where `readMessageIndexes` stopped. */
export let indexesEnd = 0

/** Which message of a file: its number, then that of the message in it, …. undefined: there are none. */
export function readMessageIndexes(bytes: Buffer, start: number, end: number): number[] | undefined {
  indexesEnd = start
  const count = readZigzag(bytes, end)
  if (count === 0) return [0]
  if (count < 0 || count > MOST_INDEXES) return undefined
  const indexes = Array.from({ length: count }, () => readZigzag(bytes, end))
  return indexes.every((index) => index >= 0) ? indexes : undefined
}

/** The first message of a file is a single 0. */
export function writeMessageIndexes(indexes: readonly number[], out: ByteWriter): void {
  if (indexes.length === 1 && indexes[0] === 0) return out.byte(0)
  writeZigzag(indexes.length, out)
  for (const index of indexes) writeZigzag(index, out)
}

/** -1 where there is none. */
function readZigzag(bytes: Buffer, end: number): number {
  let value = 0
  for (let shift = 0; shift < 28 && indexesEnd < end; shift += 7) {
    const byte = bytes[indexesEnd++]!
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value & 1 ? -1 : value >>> 1
  }
  return -1
}

function writeZigzag(value: number, out: ByteWriter): void {
  let rest = value * 2
  for (; rest >= 0x80; rest >>>= 7) out.byte((rest & 0x7f) | 0x80)
  out.byte(rest)
}
