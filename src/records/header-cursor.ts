/**
 * A record's headers: walking them where they lie, and building them, both in the form they have in a record batch
 * (KIP-82): for each a name's length, the name, a value's length (-1 null), the value; lengths are zigzag varints. The
 * count stands apart.
 */
import { ByteWriter } from './byte-writer.js'
import type { Records } from './records.js'
import { NO_END, readVarint, varintEnd, writeVarint } from './varint.js'

const NO_BYTES = Buffer.alloc(0)
const LONGEST_LENGTH = 5

/** One object serves any number of records. Names and values are ranges of `bytes`, and need not be UTF-8. */
export class HeaderCursor {
  bytes: Buffer = NO_BYTES
  nameStart = 0
  nameEnd = 0
  /** -1 for a null value. */
  valueStart = -1
  valueEnd = -1
  #at = 0
  #left = 0

  /** Goes before the first header of the cursor's current record. */
  reset(records: Records): void {
    this.bytes = records.headersBytes
    this.#at = records.headersStart
    this.#left = records.headerCount
  }

  next(): boolean {
    if (this.#left === 0) return false
    this.#left--
    const nameLength = readVarint(this.bytes, this.#at)
    this.nameStart = varintEnd
    this.nameEnd = varintEnd + nameLength
    const valueLength = readVarint(this.bytes, this.nameEnd)
    this.valueStart = valueLength < 0 ? -1 : varintEnd
    this.valueEnd = valueLength < 0 ? -1 : varintEnd + valueLength
    this.#at = varintEnd + Math.max(valueLength, 0)
    return true
  }
}

/** Where `count` headers that begin at `at` end; NO_END if they are malformed or go on beyond `limit`. */
export function skipHeaders(bytes: Buffer, at: number, limit: number, count: number): number {
  for (let left = count; left > 0; left--) {
    if (at >= limit) return NO_END
    const nameLength = readVarint(bytes, at)
    if (nameLength < 0) return NO_END
    const valueLength = readVarint(bytes, varintEnd + nameLength)
    if (valueLength < -1) return NO_END
    at = varintEnd + Math.max(valueLength, 0)
  }
  return at
}

/** Builds the headers of a record: `bytes[0, length)`, and their count. */
export class HeaderWriter extends ByteWriter {
  count = 0

  constructor() {
    super(1 << 10)
  }

  add(name: Buffer | string, value: Buffer | string | null): void {
    this.#part(name)
    if (value === null) this.#length(-1)
    else this.#part(value)
    this.count++
  }

  override clear(): void {
    super.clear()
    this.count = 0
  }

  #part(part: Buffer | string): void {
    this.#length(Buffer.byteLength(part))
    if (typeof part === 'string') this.text(part)
    else this.copy(part, 0, part.length)
  }

  #length(value: number): void {
    this.ensure(LONGEST_LENGTH)
    this.length = writeVarint(this.bytes, this.length, value)
  }
}
