/**
 * A growing buffer that formats write into and sinks write out. Numbers are written as ASCII digits without a string.
 */
import { ByteCopier } from './byte-copier.js'

const BILLION = 1e9

export class ByteWriter {
  bytes: Buffer
  length = 0
  readonly #copier = new ByteCopier()

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
    this.#copier.copy(source, start, count, this.bytes, this.length)
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
    if (value < 0) this.bytes[this.length++] = 0x2d
    const rest = Math.abs(value)
    // Below 10^9 digits come from 32-bit arithmetic, which takes a third of the time.
    if (rest < BILLION) return this.#digits(rest, digitCount(rest))
    const high = Math.floor(rest / BILLION)
    this.#digits(high, digitCount(high))
    this.#digits(rest - high * BILLION, 9)
  }

  view(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  /** Appends an integer below 10^9 in so many digits, which there is room for. */
  #digits(value: number, count: number): void {
    const target = this.bytes
    const start = this.length
    let rest = value | 0
    for (let i = start + count - 1; i >= start; i--) {
      const high = (rest / 10) | 0
      target[i] = 0x30 + (rest - high * 10)
      rest = high
    }
    this.length = start + count
  }
}

function digitCount(value: number): number {
  let count = 1
  for (let power = 10; power <= value; power *= 10) count++
  return count
}
