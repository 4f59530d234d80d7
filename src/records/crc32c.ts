/**
 * CRC-32C (Castagnoli) of byte ranges, which guards every record batch. A command that moves a few records is done
 * before the native module would be loaded (5–15 ms), so the first megabytes go through a table; from then on
 * `@node-rs/crc32` (4–5 GB/s) takes over, where the machine has it.
 */
import { createRequire } from 'node:module'

/** About what the table gets through in the time that loading the native module takes. */
const TABLE_BUDGET = 4 << 20

const POLYNOMIAL = 0x82f63b78

type Crc = (bytes: Uint8Array) => number

let native: Crc | null = null
let budget = TABLE_BUDGET
let table: Int32Array | null = null

/** The checksum of `bytes[start, end)`, unsigned. */
export function crc32c(bytes: Buffer, start: number, end: number): number {
  if (native) return native(bytes.subarray(start, end))
  if (budget > 0) {
    budget -= end - start
    if (budget <= 0) native = loadNative()
  }
  return tableCrc32c(bytes, start, end)
}

/** The native function, or null where no prebuilt binary fits the machine (or optional packages were left out). */
export function loadNative(): Crc | null {
  try {
    return (createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc }).crc32c
  } catch {
    return null
  }
}

/** Eight bytes a step ("slicing by 8"): table `k` advances a byte over `k` further zero bytes. */
export function tableCrc32c(bytes: Buffer, start: number, end: number): number {
  const t = (table ??= makeTable())
  let crc = -1
  let at = start
  for (const last = end - 8; at <= last; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      t[0x700 | (crc & 0xff)]! ^
      t[0x600 | ((crc >>> 8) & 0xff)]! ^
      t[0x500 | ((crc >>> 16) & 0xff)]! ^
      t[0x400 | (crc >>> 24)]! ^
      t[0x300 | bytes[at + 4]!]! ^
      t[0x200 | bytes[at + 5]!]! ^
      t[0x100 | bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!
  }
  for (; at < end; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTable(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    made[byte] = crc
  }
  for (let i = 256; i < made.length; i++) made[i] = made[made[i - 256]! & 0xff]! ^ (made[i - 256]! >>> 8)
  return made
}
