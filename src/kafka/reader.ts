/**
 * Reads the primitives of the Kafka protocol out of a response. Strings, arrays and byte ranges have a compact form in
 * flexible versions (KIP-482); a reader knows which it reads, so that one `decode` serves both.
 */

export class Reader {
  at: number

  constructor(
    readonly bytes: Buffer,
    readonly flexible = false,
    start = 0
  ) {
    this.at = start
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    return this.bytes.readInt8(this.advance(1))
  }

  int16(): number {
    return this.bytes.readInt16BE(this.advance(2))
  }

  int32(): number {
    return this.bytes.readInt32BE(this.advance(4))
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.advance(8))
  }

  /** A topic id: 16 bytes, as 32 hexadecimal digits. */
  uuid(): string {
    const start = this.advance(16)
    return this.bytes.toString('hex', start, start + 16)
  }

  uvarint(): number {
    let value = 0
    for (let factor = 1; factor < 0x800000000; factor *= 0x80) {
      const byte = this.bytes.readUInt8(this.advance(1))
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    throw new RangeError('a varint is longer than 5 bytes')
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  nullableString(): string | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int16()
    if (length < 0) return null
    const start = this.advance(length)
    return this.bytes.toString('utf8', start, start + length)
  }

  /** The elements, read by `element`; a null array is an empty one. */
  array<T>(element: (from: this) => T): T[] {
    const count = this.flexible ? this.uvarint() - 1 : this.int32()
    // An element has at least one byte: a count beyond that is garbage, and must not take the memory.
    if (count > this.bytes.length - this.at) throw new RangeError(`an array of ${count} elements cannot be in here`)
    const elements: T[] = []
    for (let i = 0; i < count; i++) elements.push(element(this))
    return elements
  }

  /** Skips a range of bytes and returns where it starts; it ends at `at`. Null is an empty range. */
  range(): number {
    const length = this.flexible ? this.uvarint() - 1 : this.int32()
    return this.advance(Math.max(length, 0))
  }

  /** A range of bytes, which stays part of the response. */
  slice(): Buffer {
    const start = this.range()
    return this.bytes.subarray(start, this.at)
  }

  /** Skips the tagged fields that end a structure in flexible versions; elsewhere there are none. */
  tags(): void {
    if (!this.flexible) return
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint()
      this.advance(this.uvarint())
    }
  }

  private advance(count: number): number {
    const start = this.at
    if (start + count > this.bytes.length) throw new RangeError('the response ends too early')
    this.at = start + count
    return start
  }
}
