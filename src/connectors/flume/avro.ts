/**
 * As much of Avro's binary encoding as Flume's protocol has (Avro specification, "Binary Encoding"). By hand rather than by
 * avsc, which believes what a peer says about counts and lengths before it has the bytes.
 */

const ENOUGH = 8

/** Reads no further than the bytes go. @throws RangeError where they end too soon, or a number makes no sense */
export class AvroReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  fixed(count: number): Buffer {
    const end = this.#at + count
    if (count < 0 || end > this.#bytes.length) throw new RangeError('it ends too soon')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  /** Also an int, an enum, and which branch of a union it is. No number here is beyond 2^53. */
  long(): number {
    let zigzag = 0
    for (let digit = 0, unit = 1; digit < ENOUGH; digit++, unit *= 128) {
      const [byte] = this.fixed(1) as unknown as [number]
      zigzag += (byte & 0x7f) * unit
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    }
    throw new RangeError('a number is too long')
  }

  boolean(): boolean {
    return this.fixed(1)[0] === 1
  }

  bytes(): Buffer {
    return this.fixed(this.long())
  }

  string(): string {
    return this.bytes().toString()
  }

  /** Calls `read` for each item of an array, or entry of a map. */
  items(read: () => void): void {
    for (let count = this.long(); count !== 0; count = this.long()) {
      // Below zero, the bytes that they take are said first.
      if (count < 0) this.long()
      for (let left = Math.abs(count); left > 0; left--) read()
    }
  }
}

export class AvroWriter {
  #bytes = Buffer.allocUnsafe(1024)
  #length = 0

  get view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  fixed(bytes: Buffer): void {
    this.#ensure(bytes.length)
    this.#length += bytes.copy(this.#bytes, this.#length)
  }

  long(value: number): void {
    this.#ensure(ENOUGH)
    let zigzag = value < 0 ? -value * 2 - 1 : value * 2
    for (; zigzag > 0x7f; zigzag = Math.floor(zigzag / 128)) this.#bytes[this.#length++] = (zigzag % 128) | 0x80
    this.#bytes[this.#length++] = zigzag
  }

  boolean(value: boolean): void {
    this.fixed(Buffer.from([value ? 1 : 0]))
  }

  bytes(bytes: Buffer): void {
    this.long(bytes.length)
    this.fixed(bytes)
  }

  string(text: string): void {
    this.bytes(Buffer.from(text))
  }

  #ensure(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
