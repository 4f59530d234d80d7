/**
 * A growing buffer that formats write into and sinks write out. Short copies go byte by byte, which beats the call of
 * `copy` below about 64 bytes; numbers are written as ASCII digits without a string.
 */

const SHORT_COPY = 64

export class ByteWriter {
  bytes: Buffer
  length = 0

  constructor(capacity = 1 << 16) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** Makes room for `count` more bytes. */
  ensure(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.ensure(1)
    this.bytes[this.length++] = value
  }

  /** Appends `source[start, end)`. */
  copy(source: Buffer, start: number, end: number): void {
    const count = end - start
    if (this.length + count > this.bytes.length) this.ensure(count)
    const target = this.bytes
    let at = this.length
    if (count < SHORT_COPY) {
      for (let i = start; i < end; i++) target[at++] = source[i]!
    } else {
      source.copy(target, at, start, end)
    }
    this.length += count
  }

  /** Appends text as UTF-8. */
  text(value: string): void {
    this.ensure(value.length * 3)
    this.length += this.bytes.write(value, this.length, 'utf8')
  }

  /** Appends a safe integer in decimal. */
  integer(value: number): void {
    this.ensure(20)
    const target = this.bytes
    let at = this.length
    let rest = value
    if (rest < 0) {
      target[at++] = 0x2d
      rest = -rest
    }
    let digits = 1
    for (let power = 10; power <= rest && digits < 16; power *= 10) digits++
    this.length = at + digits
    for (let i = at + digits - 1; i >= at; i--) {
      const high = rest < 0x80000000 ? ((rest | 0) / 10) | 0 : Math.floor(rest / 10)
      target[i] = 0x30 + (rest - high * 10)
      rest = high
    }
  }

  view(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}
