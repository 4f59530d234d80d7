/**
 * `length-prefixed`: each value with its length in front, 4 bytes big-endian, -1 for a null value: what the format
 * string `%R%s` prints. Safe for any bytes without a delimiter.
 */
import { encoderFor } from './encode.js'
import { Parser, type ParserOptions } from './format.js'

const PREFIX = 4

export class LengthPrefixedParser extends Parser {
  readonly #emptyIsNull: boolean
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  #final = false
  /** True after a length that cannot be: where the next record begins is not known then. */
  #lost = false
  /** Bytes since then: they cannot be gone on with. */
  #dropped = 0

  constructor({ emptyIsNull, valueAs }: ParserOptions) {
    super()
    this.#emptyIsNull = emptyIsNull
    this.encodeValue = encoderFor(valueAs, '--value-as')
  }

  /** With its length. */
  protected get text(): Buffer {
    return this.#bytes.subarray(this.recordStart, this.consumed)
  }

  override get settled(): number {
    return this.consumed - this.#dropped
  }

  override get lines(): number {
    return this.line - (this.#lost ? 1 : 0)
  }

  feed(bytes: Buffer, start: number, end: number, final: boolean): void {
    this.#bytes = bytes
    this.consumed = start
    this.#end = end
    this.#final = final
  }

  next(): boolean {
    const start = this.consumed + PREFIX
    const end = this.#end
    if (this.consumed === end) return false
    if (this.#lost) return this.#pass()
    if (start > end) return this.#cut('its length')
    const length = this.#bytes.readInt32BE(this.consumed)
    if (length < -1) {
      this.line++
      this.#lost = true
      this.#drop()
      throw this.wrong(`record ${this.line} has a length of ${length}`, 'is this length-prefixed input?')
    }
    if (start + length > end) return this.#cut(`a value of ${length} bytes`)
    this.line++
    this.recordStart = this.consumed
    this.scratch.clear()
    this.consumed = start + Math.max(0, length)
    if (length < 0 || (length === 0 && this.#emptyIsNull)) this.setValue(this.#bytes, -1, -1)
    else this.setValue(this.#bytes, start, start + length)
    return true
  }

  /** Nothing of what follows can be told apart. */
  #pass(): never {
    this.#drop()
    throw this.wrong(`what follows record ${this.line} has no beginning`, 'is this length-prefixed input?')
  }

  #drop(): void {
    this.recordStart = this.consumed
    this.#dropped += this.#end - this.consumed
    this.consumed = this.#end
  }

  #cut(what: string): false {
    if (!this.#final) return false
    this.line++
    this.recordStart = this.consumed
    this.consumed = this.#end
    throw this.wrong(
      `the input ends within ${what}, in record ${this.line}`,
      'the input is cut off, or not length-prefixed'
    )
  }
}
