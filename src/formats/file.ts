/**
 * `file`: the whole input is one record, also an empty one. The window that holds it grows until the input ends.
 */
import { encoderFor } from './encode.js'
import { Parser, type ParserOptions } from './format.js'

export class FileParser extends Parser {
  readonly #emptyIsNull: boolean
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  #final = false

  constructor({ emptyIsNull, valueAs }: ParserOptions) {
    super()
    this.#emptyIsNull = emptyIsNull
    this.encodeValue = encoderFor(valueAs, '--value-as')
  }

  protected get text(): Buffer {
    return this.#bytes.subarray(this.recordStart, this.#end)
  }

  feed(bytes: Buffer, start: number, end: number, final: boolean): void {
    this.#bytes = bytes
    this.recordStart = this.consumed = start
    this.#end = end
    this.#final = final
  }

  next(): boolean {
    if (!this.#final || this.line > 0) return false
    this.line = 1
    this.consumed = this.#end
    const isNull = this.#emptyIsNull && this.recordStart === this.#end
    this.setValue(this.#bytes, isNull ? -1 : this.recordStart, isNull ? -1 : this.#end)
    return true
  }
}
