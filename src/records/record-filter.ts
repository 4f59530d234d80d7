/**
 * Which records of a batch are given, by their bytes. Most filters know bytes without which no record passes (a needle):
 * those are looked for in a whole batch at once, so that records between two finds are passed over unread, and a batch
 * without one is passed over whole.
 */
import type { Records } from './records.js'
import { varintSize, writeVarint } from './varint.js'

const NO_BYTES = Buffer.alloc(0)

export interface Needle {
  /** How many bytes it has at least, which says how rare it is. */
  readonly length: number
  /** It is looked for in `bytes[start, end)` from now on. */
  open(bytes: Buffer, start: number, end: number): void
  /** The first place at or behind `from` where it stands; -1: there is none. */
  find(from: number): number
}

export interface RecordFilter {
  /** null: every record has to be looked at. */
  readonly needle: Needle | null
  /**
   * Whether the record at the cursor passes.
   * @param found where the needle was found last, in the buffer that the record lies in; -1: it was not looked for
   */
  matches(records: Records, found: number): boolean
}

/** These very bytes. */
export class ByteNeedle implements Needle {
  readonly length: number
  readonly #needle: Buffer
  #part: Buffer = NO_BYTES
  #start = 0

  constructor(needle: Buffer) {
    this.#needle = needle
    this.length = needle.length
  }

  open(bytes: Buffer, start: number, end: number): void {
    this.#part = bytes.subarray(start, end)
    this.#start = start
  }

  find(from: number): number {
    const at = this.#part.indexOf(this.#needle, from - this.#start)
    return at < 0 ? -1 : at + this.#start
  }
}

/** Records with this key. */
export class KeyFilter implements RecordFilter {
  readonly needle: Needle
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
    // As it stands in a record: behind its length.
    const size = varintSize(key.length)
    const encoded = Buffer.alloc(size + key.length)
    key.copy(encoded, writeVarint(encoded, 0, key.length))
    this.needle = new ByteNeedle(encoded)
  }

  matches({ keyBytes, keyStart, keyEnd }: Records, found: number): boolean {
    const { length } = this.#key
    if (keyStart < 0 || keyEnd - keyStart !== length) return false
    const isFound = found >= 0 && found + this.needle.length === keyEnd
    return isFound || keyBytes.compare(this.#key, 0, length, keyStart, keyEnd) === 0
  }
}

/** Records that pass both. */
export class BothFilter implements RecordFilter {
  readonly needle: Needle | null
  readonly #searched: RecordFilter
  readonly #other: RecordFilter

  constructor(one: RecordFilter, other: RecordFilter) {
    const isRarer = (other.needle?.length ?? 0) > (one.needle?.length ?? 0)
    ;[this.#searched, this.#other] = isRarer ? [other, one] : [one, other]
    this.needle = this.#searched.needle
  }

  matches(records: Records, found: number): boolean {
    return this.#searched.matches(records, found) && this.#other.matches(records, -1)
  }
}
