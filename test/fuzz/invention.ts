/**
 * Responses that no broker ever gave, but could: a reader that makes up whatever it is asked for, so that each `decode`
 * describes by itself what a response in each version looks like. It keeps the fields that it has made up, for
 * damage that knows where they lie.
 */
import { Reader } from '../../src/kafka/reader.js'
import { EXTREMES } from './damage.js'
import { type Below, oneOf } from './fuzzer.js'

export interface Made {
  /** `length`: of what stands behind it, or how many; `plain`: a number, or content. */
  kind: 'length' | 'plain'
  bytes: Buffer
}

const TEXTS = ['', 'a', 'orders', 'consumer', 'Grüße 😀', 'x\u001b[2J\n', '/127.0.0.1', 'range', 'x'.repeat(150)]
/** Enough of everything; a response in which each list has a list in it would have no end. */
const MOST_FIELDS = 150

export class Invention extends Reader {
  readonly made: Made[] = []
  readonly #below: Below

  constructor(flexible: boolean, below: Below) {
    // What asks whether there are any bytes is told so.
    super(Buffer.alloc(1), flexible)
    this.#below = below
  }

  override int8(): number {
    return Number(this.#integer(1))
  }

  override int16(): number {
    return Number(this.#integer(2))
  }

  override int32(): number {
    return Number(this.#integer(4))
  }

  override int64(): bigint {
    return this.#integer(8)
  }

  override uuid(): string {
    const bytes = Buffer.alloc(16, this.#below(256))
    this.#put('plain', bytes)
    return bytes.toString('hex')
  }

  override nullableString(): string | null {
    if (this.#below(6) === 0) {
      this.#length(-1, 2)
      return null
    }
    const text = oneOf(TEXTS, this.#below)
    const bytes = Buffer.from(text)
    this.#length(bytes.length, 2)
    this.#put('plain', bytes)
    return text
  }

  override array<T>(element: (from: this) => T): T[] {
    const count = this.made.length > MOST_FIELDS ? 0 : oneOf([-1, 0, 1, 1, 2, 3], this.#below)
    this.#length(count, 4)
    return Array.from({ length: Math.max(count, 0) }, () => element(this))
  }

  override range(): number {
    const isNull = this.#below(5) === 0
    const bytes = Buffer.alloc(isNull ? 0 : this.#below(40), this.#below(256))
    this.#length(isNull ? -1 : bytes.length, 4)
    const start = this.at
    this.#put('plain', bytes)
    return start
  }

  override slice(): Buffer {
    this.range()
    return this.made.at(-1)!.bytes
  }

  override tags(): void {
    if (!this.flexible) return
    const count = this.#below(8) === 0 ? 1 + this.#below(2) : 0
    this.#put('length', uvarint(count))
    for (let tag = 0; tag < count; tag++) {
      const bytes = Buffer.alloc(this.#below(5), 0x55)
      this.#put('plain', uvarint(tag * 100))
      this.#put('length', uvarint(bytes.length))
      this.#put('plain', bytes)
    }
  }

  #integer(size: 1 | 2 | 4 | 8): bigint {
    const value = BigInt.asIntN(
      size * 8,
      this.#below(2) === 0 ? BigInt(this.#below(130)) : oneOf(EXTREMES, this.#below)
    )
    this.#put('plain', integer(value, size))
    return value
  }

  #length(value: number, size: 2 | 4): void {
    this.#put('length', this.flexible ? uvarint(value + 1) : integer(BigInt(value), size))
  }

  #put(kind: Made['kind'], bytes: Buffer): void {
    this.made.push({ kind, bytes })
    this.at += bytes.length
  }
}

export function integer(value: bigint, size: number): Buffer {
  const digits = BigInt.asUintN(size * 8, value).toString(16)
  return Buffer.from(digits.padStart(size * 2, '0'), 'hex')
}

export function uvarint(value: number): Buffer {
  const bytes: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80)
  return Buffer.from([...bytes, value])
}
