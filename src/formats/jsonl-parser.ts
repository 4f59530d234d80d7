/**
 * `jsonl` as input: each line is one JSON value, which is checked. The line is the record's value as it stands, unless
 * fields of it are asked for: of a string its text is taken, of anything else the JSON.
 */
import type { ParserOptions } from './format.js'
import { JsonPaths } from './json-paths.js'
import { LineParser } from './lines.js'

/** Where in `JsonPaths` each field is looked up; -1 for one that was not asked for. */
interface Slots {
  key: number
  value: number
  timestamp: number
}

export class JsonlParser extends LineParser {
  readonly #paths: JsonPaths
  readonly #slots: Slots
  readonly #options: ParserOptions

  constructor(options: ParserOptions) {
    super(options)
    const paths: string[][] = []
    const slot = (field: string | null): number => (field === null ? -1 : paths.push(field.split('.')) - 1)
    this.#slots = {
      key: slot(options.keyField),
      value: slot(options.valueField),
      timestamp: slot(options.timestampField)
    }
    this.#paths = new JsonPaths(paths)
    this.#options = options
  }

  protected parse(bytes: Buffer, start: number, end: number): void {
    const paths = this.#paths
    const { key, value, timestamp } = this.#slots
    const problem = paths.find(bytes, start, end)
    if (problem !== undefined) throw this.wrong(`the line ${problem}`, 'jsonl needs one JSON value a line')

    if (key < 0 || paths.isNull(key, bytes)) this.setKey(bytes, -1, -1)
    else {
      const from = this.#read(key, bytes)
      this.setKey(this.scratch.bytes, from, this.scratch.length)
    }
    if (timestamp < 0 || paths.isNull(timestamp, bytes)) this.setTimestamp(bytes, 0, 0)
    else {
      const from = this.#read(timestamp, bytes)
      this.setTimestamp(this.scratch.bytes, from, this.scratch.length)
    }
    if (value < 0) this.setValue(bytes, start, end)
    else this.#setValueField(value, bytes)
  }

  #setValueField(slot: number, bytes: Buffer): void {
    if (this.#paths.starts[slot]! < 0) {
      throw this.wrong(`the line has no field '${this.#options.valueField}'`, 'check --value-field')
    }
    if (this.#paths.isNull(slot, bytes)) return this.setValue(bytes, -1, -1)
    const from = this.#read(slot, bytes)
    const isNull = this.#options.emptyIsNull && from === this.scratch.length
    this.setValue(this.scratch.bytes, isNull ? -1 : from, isNull ? -1 : this.scratch.length)
  }

  /** Puts the text of a field into `scratch`; returns where it begins. */
  #read(slot: number, bytes: Buffer): number {
    const from = this.scratch.length
    const problem = this.#paths.writeText(slot, bytes, this.scratch)
    if (problem !== undefined) throw this.wrong(`a field ${problem}`, 'which has no bytes in UTF-8')
    return from
  }
}
