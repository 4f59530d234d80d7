/**
 * `csv` and `tsv` as input. The columns are named by the header line, or by --columns. Key, value and timestamp come
 * from the columns chosen; without a value column the value is the row as a JSON object of strings. What `consume
 * --format csv` printed, with a column `value`, is read back by the names of a record's fields.
 */
import { UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import { HeaderWriter } from '../records/header-cursor.js'
import { findPlaces, type Places } from './csv-columns.js'
import { CsvRows } from './csv-rows.js'
import { encoderFor } from './encode.js'
import { Parser, type ParserOptions } from './format.js'
import { readHeaders } from './headers-json.js'
import { JsonScanner } from './json-scanner.js'
import { writeJsonString } from './json-text.js'
import { writeLiteral } from './literal.js'

const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d
const byteOrderMark = Buffer.from('\ufeff')

export class CsvParser extends Parser {
  readonly #options: ParserOptions
  readonly #rows: CsvRows
  readonly #headers = new HeaderWriter()
  readonly #scanner = new JsonScanner()
  readonly #json = new ByteWriter(1 << 10)
  #names: string[] = []
  /** `"name":` of each column. */
  #members: Buffer[] = []
  /** Null until the header line was read. */
  #places: Places | null = null
  #started = false
  /** Bytes of a byte-order mark. */
  #mark = 0
  /** True once the header line was bad: without it no row can be read. */
  #hopeless = false

  /** Where the cell found last lies: in the input, or in `scratch` where quotes were doubled in it. */
  #cellBytes: Buffer = Buffer.alloc(0)
  #cellStart = 0
  #cellEnd = 0

  constructor(options: ParserOptions, separator: ',' | '\t') {
    super()
    if (options.delimiter.length === 0) {
      throw new UsageError(`${options.format} needs a delimiter`, 'leave --delimiter out')
    }
    if (!options.header && !options.columns) {
      throw new UsageError('without a header line the columns have no names', 'name them with --columns')
    }
    this.#options = options
    this.#rows = new CsvRows(separator.charCodeAt(0), options.delimiter)
    this.encodeKey = encoderFor(options.keyAs, '--key-as')
    this.encodeValue = encoderFor(options.valueAs, '--value-as')
    if (options.columns) this.#setColumns(options.columns, (what, advice) => new UsageError(what, advice))
  }

  protected get text(): Buffer {
    return this.#rows.text
  }

  feed(bytes: Buffer, start: number, end: number, final: boolean): void {
    let from = start
    if (!this.#started && (final || end - start >= byteOrderMark.length)) {
      this.#started = true
      const mark = bytes.subarray(start, Math.min(end, start + byteOrderMark.length))
      if (mark.equals(byteOrderMark)) this.#mark = byteOrderMark.length
      from += this.#mark
    }
    this.consumed = from
    this.#rows.feed(bytes, from, this.#started ? end : from, final)
  }

  /** The byte-order mark belongs to the header line. */
  override get settled(): number {
    return this.#rows.consumed - (this.#places === null ? this.#mark : 0)
  }

  override get lines(): number {
    return this.#rows.lines
  }

  override begin(): boolean {
    while (this.#places === null) {
      if (!this.#nextRow()) return false
      this.#readHeader()
    }
    return true
  }

  override resume(lines: number): void {
    this.#started = true
    this.#rows.resume(lines)
  }

  next(): boolean {
    if (!this.begin()) return false
    const rows = this.#rows
    while (this.#nextRow()) {
      if (rows.count !== this.#names.length) this.#checkBlank()
      else {
        this.#setRecord(this.#places!)
        return true
      }
    }
    return false
  }

  #nextRow(): boolean {
    const rows = this.#rows
    const outcome = rows.next()
    this.consumed = rows.consumed
    if (outcome === 'more') return false
    this.line = rows.line
    this.recordStart = rows.rowStart
    this.scratch.clear()
    if (this.#hopeless) throw this.wrong('the row has no columns', 'the header line is wrong')
    if (outcome === 'row') return true
    this.#hopeless = this.#places === null
    throw this.wrong(outcome.problem, outcome.advice)
  }

  #readHeader(): void {
    this.#hopeless = true
    const names = Array.from({ length: this.#rows.count }, (_, cell) => {
      this.#find(cell)
      return this.#cellBytes.toString('utf8', this.#cellStart, this.#cellEnd)
    })
    this.#setColumns(names, (what, advice) => this.wrong(what, advice))
    this.#hopeless = false
  }

  #setColumns(names: string[], error: (what: string, advice: string) => Error): void {
    this.#places = findPlaces(names, this.#options, error)
    this.#names = names
    this.#members = names.map((name) => Buffer.from(`${JSON.stringify(name)}:`))
  }

  /** A blank line is no row, unless there is but one column: then it is an empty cell. */
  #checkBlank(): void {
    const { count } = this.#rows
    if (count === 1 && this.#isAbsent(0)) return
    throw this.wrong(
      `the row has ${count === 1 ? '1 cell' : `${count} cells`}, but there are ${this.#names.length} columns`,
      'quote cells that hold separators'
    )
  }

  #setRecord({ key, value, timestamp, partition, headers }: Places): void {
    const rows = this.#rows
    // Nothing at all is no key; an empty key is written as "".
    if (key < 0 || this.#isAbsent(key)) this.setKey(rows.bytes, -1, -1)
    else {
      this.#find(key)
      this.setKey(this.#cellBytes, this.#cellStart, this.#cellEnd)
    }
    if (value < 0) this.#setRow()
    else if (this.#options.emptyIsNull && this.#isAbsent(value)) this.setValue(rows.bytes, -1, -1)
    else {
      this.#find(value)
      this.setValue(this.#cellBytes, this.#cellStart, this.#cellEnd)
    }
    if (timestamp >= 0) {
      this.#find(timestamp)
      this.setTimestamp(this.#cellBytes, this.#cellStart, this.#cellEnd)
    }
    if (partition >= 0) {
      this.#find(partition)
      this.setPartition(this.#cellBytes, this.#cellStart, this.#cellEnd)
    }
    if (headers >= 0) this.#setHeaders(headers)
  }

  #isAbsent(cell: number): boolean {
    const rows = this.#rows
    return rows.start(cell) === rows.end(cell) && !rows.isQuoted(cell)
  }

  #find(cell: number): void {
    const rows = this.#rows
    const { scratch } = this
    if (rows.isPlain(cell)) {
      this.#cellBytes = rows.bytes
      this.#cellStart = rows.start(cell)
      this.#cellEnd = rows.end(cell)
    } else {
      this.#cellStart = scratch.length
      rows.unquote(cell, scratch)
      this.#cellBytes = scratch.bytes
      this.#cellEnd = scratch.length
    }
  }

  /** The row as a JSON object. */
  #setRow(): void {
    const json = this.#json
    json.clear()
    for (let cell = 0; cell < this.#names.length; cell++) {
      json.byte(cell === 0 ? OPEN : COMMA)
      writeLiteral(this.#members[cell]!, json)
      this.#find(cell)
      if (!writeJsonString(this.#cellBytes, this.#cellStart, this.#cellEnd, json)) {
        throw this.wrong(`the column '${this.#names[cell]}' is not UTF-8`, 'choose a column with --value-field')
      }
    }
    json.byte(CLOSE)
    this.setValue(json.bytes, 0, json.length)
  }

  #setHeaders(cell: number): void {
    const headers = this.#headers
    headers.clear()
    this.#find(cell)
    if (this.#cellEnd > this.#cellStart) {
      this.#scanner.reset(this.#cellBytes, this.#cellStart, this.#cellEnd)
      const problem = readHeaders(this.#scanner, headers, this.scratch)
      const advice = 'write [["name","value"]]'
      if (problem !== undefined && !this.#scanner.failed) throw this.wrong(`the row ${problem}`, advice)
      if (!this.#scanner.finish()) {
        throw this.wrong(`the column 'headers' ${this.#scanner.problem(this.#cellStart)}`, advice)
      }
    }
    this.headersBytes = headers.bytes
    this.headersStart = 0
    this.headersEnd = headers.length
    this.headerCount = headers.count
  }
}
