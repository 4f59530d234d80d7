/**
 * Zigzag varints (32 bits) and varlongs (64 bits) of record format v2, in number arithmetic: a BigInt appears only where
 * a value lies beyond 2^53. A read returns the value and leaves where it ends in `varintEnd`, since an object for the
 * pair would be one per field of every record.
 */

/** Where the varint read last ends; `NO_END` for one that is too long or runs out of the buffer. */
export let varintEnd = 0

/** Beyond every buffer, so that the bounds check a caller makes anyway catches a malformed varint. */
export const NO_END = 0x7fffffff

/** Five bytes, which hold any 32-bit value; a varlong takes up to ten. */
const LONGEST_VARINT = 5
export const LONGEST_VARLONG = 10

/** Beyond the end of the buffer a byte is undefined, which counts as 0x80: "more follows", until it is too long. */
export function readVarint(bytes: Buffer, at: number): number {
  let byte = bytes[at]!
  if (byte < 0x80) {
    varintEnd = at + 1
    return (byte >>> 1) ^ -(byte & 1)
  }
  let value = byte & 0x7f
  byte = bytes[at + 1]!
  value |= (byte & 0x7f) << 7
  if (byte < 0x80) {
    varintEnd = at + 2
    return (value >>> 1) ^ -(value & 1)
  }
  return readLongVarint(bytes, at, value)
}

function readLongVarint(bytes: Buffer, start: number, low: number): number {
  let value = low
  for (let i = 2; i < LONGEST_VARINT; i++) {
    const byte = bytes[start + i]!
    value |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) {
      varintEnd = start + i + 1
      return (value >>> 1) ^ -(value & 1)
    }
  }
  varintEnd = NO_END
  return 0
}

/** Exact up to 2^53, beyond it rounded: `readVarlongExact` is for those. */
export function readVarlong(bytes: Buffer, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) {
    varintEnd = at + 1
    return (first >>> 1) ^ -(first & 1)
  }
  const second = bytes[at + 1]!
  if (second < 0x80) {
    varintEnd = at + 2
    const value = (first & 0x7f) | (second << 7)
    return (value >>> 1) ^ -(value & 1)
  }
  return readLongVarlong(bytes, at)
}

function readLongVarlong(bytes: Buffer, start: number): number {
  let value = 0
  let scale = 1
  for (let i = 0; i < LONGEST_VARLONG; i++) {
    const byte = bytes[start + i]!
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) {
      varintEnd = start + i + 1
      return bytes[start]! & 1 ? -(value + 1) / 2 : value / 2
    }
  }
  varintEnd = NO_END
  return 0
}

/** The varlong at `at`, which `readVarlong` has found whole, as a signed 64-bit integer. */
export function readVarlongExact(bytes: Buffer, at: number): bigint {
  let value = 0n
  for (let shift = 0n, i = at; ; i++, shift += 7n) {
    const byte = bytes[i]!
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  }
}

/** Writes a 32-bit integer, up to 5 bytes; returns where it ends. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = (value << 1) ^ (value >> 31)
  while (rest & ~0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at] = rest
  return at + 1
}

/** Writes a 64-bit integer, up to 10 bytes; returns where it ends. */
export function writeVarlong(bytes: Buffer, at: number, value: bigint): number {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  while (rest > 0x7fn) {
    bytes[at++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  bytes[at] = Number(rest)
  return at + 1
}

/** Bytes that `writeVarint` takes. */
export function varintSize(value: number): number {
  const bits = 32 - Math.clz32(((value << 1) ^ (value >> 31)) | 1)
  return ((bits + 6) / 7) | 0
}
