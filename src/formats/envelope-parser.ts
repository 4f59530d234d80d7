/**
 * `envelope` as input, the inverse of `envelope.ts`: nulls, bytes that are not UTF-8, headers, timestamp and partition
 * come back as they were. Takes the lines of `kcat -J` too (`ts`, `payload`, a flat list of headers). What it does not
 * know it ignores.
 */
import { HeaderWriter } from '../records/header-cursor.js'
import { base64 } from './encode.js'
import type { ParserOptions } from './format.js'
import { readHeaders } from './headers-json.js'
import { equals } from './json-paths.js'
import { OBJECT, QUOTE } from './json-grammar.js'
import { JsonScanner } from './json-scanner.js'
import { readJsonString } from './json-text.js'
import { LineParser } from './lines.js'

const names = ['topic', 'partition', 'offset', 'timestamp', 'headers', 'key', 'value']
  .concat(['key_base64', 'value_base64', 'ts', 'payload'])
  .map((name) => ({ name, bytes: Buffer.from(name) }))

const ADVICE = 'each line is to be one JSON object as consume --format envelope prints it'

export class EnvelopeParser extends LineParser {
  readonly #scanner = new JsonScanner()
  readonly #headers = new HeaderWriter()
  #nextName = -1
  /** The parts that are JSON, of which a string is not its text but itself. */
  readonly #asJson: { key: boolean; value: boolean }

  constructor(options: ParserOptions) {
    super(options)
    this.#asJson = { key: options.keyAs === 'json', value: options.valueAs === 'json' }
  }

  protected parse(bytes: Buffer, start: number, end: number): void {
    const scanner = this.#scanner
    this.#clear(bytes)
    scanner.reset(bytes, start, end)
    if (!scanner.enter(OBJECT)) throw this.#notJson(start)
    while (scanner.more(OBJECT) && scanner.name()) {
      const name = this.#knownName(bytes, scanner.nameStart, scanner.nameEnd)
      if (name === 'headers') this.#setHeaders(start)
      else if (!scanner.value()) break
      else this.#setField(name, bytes, scanner.valueStart, scanner.at)
    }
    if (!scanner.finish()) throw this.#notJson(start)
  }

  #clear(bytes: Buffer): void {
    this.setKey(bytes, -1, -1)
    this.setValue(bytes, -1, -1)
    this.setTimestamp(bytes, 0, 0)
    this.partition = -1
    this.headerCount = this.headersStart = this.headersEnd = 0
  }

  #setField(name: string, bytes: Buffer, start: number, end: number): void {
    const isNull = bytes[start] === 0x6e
    switch (name) {
      case 'key':
        if (!isNull) this.#setText('key', bytes, start, end)
        return
      case 'value':
      case 'payload':
        if (!isNull) this.#setText('value', bytes, start, end)
        return
      case 'key_base64':
        if (!isNull) this.#setBase64('key', bytes, start, end)
        return
      case 'value_base64':
        if (!isNull) this.#setBase64('value', bytes, start, end)
        return
      case 'timestamp':
      case 'ts': {
        const quote = bytes[start] === QUOTE ? 1 : 0
        if (!isNull) this.setTimestamp(bytes, start + quote, end - quote)
        return
      }
      case 'partition':
        if (!isNull) this.setPartition(bytes, start, end)
    }
  }

  /** A string stands for its text, any other JSON for itself. */
  #setText(part: 'key' | 'value', bytes: Buffer, start: number, end: number): void {
    const isString = bytes[start] === QUOTE && !this.#asJson[part]
    if (isString && !this.#scanner.valueEscaped) return this.#set(part, bytes, start + 1, end - 1)
    const { scratch } = this
    const from = scratch.length
    if (!isString) this.#scanner.writeValue(scratch)
    else if (!readJsonString(bytes, start + 1, end - 1, scratch)) {
      throw this.wrong(`the ${part} holds half of a surrogate pair`, `which has no bytes in UTF-8: use ${part}_base64`)
    }
    this.#set(part, scratch.bytes, from, scratch.length)
  }

  /** These are bytes, whatever --key-as and --value-as say of text. */
  #setBase64(part: 'key' | 'value', bytes: Buffer, start: number, end: number): void {
    const { scratch } = this
    const from = scratch.length
    const problem = bytes[start] === QUOTE ? base64(bytes, start + 1, end - 1, scratch) : 'is no string'
    if (problem !== undefined) throw this.wrong(`${part}_base64 ${problem}`, ADVICE)
    if (part === 'key') [this.keyBytes, this.keyStart, this.keyEnd] = [scratch.bytes, from, scratch.length]
    else [this.valueBytes, this.valueStart, this.valueEnd] = [scratch.bytes, from, scratch.length]
  }

  #set(part: 'key' | 'value', bytes: Buffer, start: number, end: number): void {
    if (part === 'key') this.setKey(bytes, start, end)
    else this.setValue(bytes, start, end)
  }

  #setHeaders(start: number): void {
    const headers = this.#headers
    headers.clear()
    const problem = readHeaders(this.#scanner, headers, this.scratch)
    if (this.#scanner.failed) throw this.#notJson(start)
    if (problem !== undefined) throw this.wrong(`the line ${problem}`, ADVICE)
    this.headersBytes = headers.bytes
    this.headersStart = 0
    this.headersEnd = headers.length
    this.headerCount = headers.count
  }

  #notJson(start: number): Error {
    const { failed } = this.#scanner
    const problem = failed ? this.#scanner.problem(start) : 'is no JSON object'
    return this.wrong(`the line ${problem}`, ADVICE)
  }

  /** Names come in the same order on every line: the search goes on from the one before. */
  #knownName(bytes: Buffer, start: number, end: number): string {
    for (let i = 0; i < names.length; i++) {
      this.#nextName = (this.#nextName + 1) % names.length
      const known = names[this.#nextName]!
      if (equals(known.bytes, bytes, start, end)) return known.name
    }
    return ''
  }
}
