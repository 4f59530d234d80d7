/**
 * Input cut at a delimiter. `LineParser` finds the lines; `lines` takes each as a record, and the formats with one JSON
 * value a line read it. Bytes stay exact, as in kcat: a `\r` before `\n` belongs to the record (semantics.md §8 strips it
 * from text files; here it may be data).
 */
import { encoderFor } from './encode.js'
import { Parser, type ParserOptions } from './format.js'

export abstract class LineParser extends Parser {
  protected bytes: Buffer = Buffer.alloc(0)
  readonly #delimiter: Buffer
  /** The delimiter where it is a single byte, which is found faster; -1 otherwise. */
  readonly #byte: number
  #final = false
  /** Where the search for the next delimiter begins: what was searched in vain is not searched again. */
  #from = 0
  /** Of the current record. */
  #end = 0

  /** @param delimiter none (empty): the whole input is one line */
  constructor({ delimiter, keyAs, valueAs }: Pick<ParserOptions, 'delimiter' | 'keyAs' | 'valueAs'>) {
    super()
    this.#delimiter = delimiter
    this.#byte = delimiter.length === 1 ? delimiter[0]! : -1
    this.encodeKey = encoderFor(keyAs, '--key-as')
    this.encodeValue = encoderFor(valueAs, '--value-as')
  }

  /** Makes a record of the line `bytes[start, end)`. */
  protected abstract parse(bytes: Buffer, start: number, end: number): void

  protected get text(): Buffer {
    return this.bytes.subarray(this.recordStart, this.#end)
  }

  feed(bytes: Buffer, start: number, end: number, final: boolean): void {
    this.#from = start + Math.max(0, this.#from - this.consumed)
    // A view, so that a search cannot find what lies behind the input.
    this.bytes = bytes.subarray(0, end)
    this.consumed = start
    this.#final = final
  }

  next(): boolean {
    const { bytes, consumed: start } = this
    const end = this.#search()
    if (end < 0) {
      if (!this.#final) {
        this.#from = Math.max(start, bytes.length - Math.max(0, this.#delimiter.length - 1))
        return false
      }
      if (start === bytes.length) return false
    }
    this.consumed = this.#from = end < 0 ? bytes.length : end + this.#delimiter.length
    this.line++
    this.scratch.clear()
    this.recordStart = start
    this.#end = end < 0 ? bytes.length : end
    this.parse(bytes, start, this.#end)
    return true
  }

  #search(): number {
    if (this.#byte >= 0) return this.bytes.indexOf(this.#byte, this.#from)
    return this.#delimiter.length === 0 ? -1 : this.bytes.indexOf(this.#delimiter, this.#from)
  }
}

export class LinesParser extends LineParser {
  readonly #keyDelimiter: Buffer | null
  /** The key delimiter where it is a single byte, which is found faster. */
  readonly #keyByte: number | undefined
  readonly #emptyIsNull: boolean
  /** Where the next key delimiter was found, so that it is searched for once, not once a line. */
  #keyAt = -1
  #searched: Buffer | null = null

  constructor(options: ParserOptions) {
    super(options)
    this.#keyDelimiter = options.keyDelimiter
    this.#keyByte = options.keyDelimiter?.length === 1 ? options.keyDelimiter[0] : undefined
    this.#emptyIsNull = options.emptyIsNull
  }

  protected parse(bytes: Buffer, start: number, end: number): void {
    let valueStart = start
    if (this.#keyDelimiter) {
      const keyEnd = this.#findKey(bytes, start)
      if (keyEnd + this.#keyDelimiter.length <= end) {
        this.setKey(bytes, start, keyEnd)
        valueStart = keyEnd + this.#keyDelimiter.length
      } else {
        this.setKey(bytes, -1, -1)
      }
    }
    if (this.#emptyIsNull && valueStart === end) this.setValue(bytes, -1, -1)
    else this.setValue(bytes, valueStart, end)
  }

  /** Where the first key delimiter at or after `start` lies; beyond the end where there is none. */
  #findKey(bytes: Buffer, start: number): number {
    if (this.#searched !== bytes || this.#keyAt < start) {
      const at = bytes.indexOf(this.#keyByte ?? this.#keyDelimiter!, start)
      this.#keyAt = at < 0 ? Infinity : at
      this.#searched = bytes
    }
    return this.#keyAt
  }
}
