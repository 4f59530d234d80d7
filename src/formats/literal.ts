/**
 * Fixed text between the fields of a record: names, commas, delimiters. So short that it is copied byte by byte.
 */
import type { ByteWriter } from '../records/byte-writer.js'

/** Appends all of `text`. */
export function writeLiteral(text: Buffer, out: ByteWriter): void {
  const { length } = text
  out.ensure(length)
  const target = out.bytes
  const at = out.length
  for (let i = 0; i < length; i++) target[at + i] = text[i]!
  out.length = at + length
}
