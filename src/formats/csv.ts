/**
 * `csv` and `tsv` as output, quoted by RFC 4180. Null and missing print nothing, an empty string prints `""`, so that
 * the two can be told apart (as PostgreSQL does it; every other reader takes both for empty). Bytes that are not UTF-8
 * pass through.
 */
import { UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { type Decoder, decoderFor } from './decode.js'
import { type Field, Row } from './fields.js'
import type { Formatter, FormatterOptions } from './format.js'
import { writeHeaders } from './headers-json.js'
import { writeLiteral } from './literal.js'
import { RecordText, undecodable } from './record-text.js'
import { writeKey, writeValue } from './value.js'

const QUOTE = 0x22

export class CsvFormatter implements Formatter {
  readonly #row: Row
  readonly #header: boolean
  readonly #separator: number
  readonly #delimiter: Buffer
  readonly #key: Decoder | null
  readonly #value: Decoder | null
  /** 1 for a byte that a cell with it is quoted for. */
  readonly #special = new Uint8Array(256)
  /** For cells that have to be made before it can be seen whether to quote them. */
  readonly #scratch = new ByteWriter(1 << 10)
  readonly #text = new RecordText((topic) => this.#quoted(topic))

  constructor(options: FormatterOptions, separator: ',' | '\t') {
    if (options.delimiter.length === 0)
      throw new UsageError(`${options.format} needs a delimiter`, 'leave --delimiter out')
    this.#row = new Row(options)
    this.#header = options.header
    this.#separator = separator.charCodeAt(0)
    this.#delimiter = options.delimiter
    this.#key = decoderFor(options.keyAs, '--key-as')
    this.#value = decoderFor(options.valueAs, '--value-as')
    for (const byte of Buffer.from(`"\r\n${separator}`)) this.#special[byte] = 1
    this.#special[options.delimiter[0]!] = 1
  }

  begin(out: ByteWriter): void {
    if (!this.#header) return
    const names = this.#row.fields.map(({ name }) => this.#quoted(name))
    out.text(names.join(String.fromCharCode(this.#separator)))
    writeLiteral(this.#delimiter, out)
  }

  write(records: Records, out: ByteWriter): void {
    const { fields } = this.#row
    this.#row.find(records)
    for (let i = 0; i < fields.length; i++) {
      if (i > 0) out.byte(this.#separator)
      this.#writeField(fields[i]!, records, out)
    }
    writeLiteral(this.#delimiter, out)
  }

  #writeField(field: Field, records: Records, out: ByteWriter): void {
    const row = this.#row
    switch (field.kind) {
      case 'topic':
        return this.#text.topic(records, out)
      case 'partition':
        return out.integer(records.partition)
      case 'offset':
        return this.#text.offset(records, out)
      case 'timestamp':
        return this.#text.timestamp(records, out)
      case 'key':
        if (records.keyStart < 0) return
        if (!this.#key) return this.#writeCell(records.keyBytes, records.keyStart, records.keyEnd, out)
        this.#scratch.clear()
        writeKey(records, this.#key, this.#scratch)
        return this.#writeScratch(out)
      case 'value':
        if (records.valueStart < 0) return
        if (!this.#value) return this.#writeCell(records.valueBytes, records.valueStart, records.valueEnd, out)
        this.#scratch.clear()
        writeValue(records, this.#value, this.#scratch)
        return this.#writeScratch(out)
      case 'headers':
        row.headers.reset(records)
        this.#scratch.clear()
        writeHeaders(row.headers, this.#scratch)
        return this.#writeScratch(out)
      case 'header':
        if (row.findHeader(field.header, records))
          this.#writeCell(row.headers.bytes, row.headerStart, row.headerEnd, out)
        return
      case 'path':
        return this.#writePath(field.side, field.slot, records, out)
    }
  }

  #writePath(side: 'key' | 'value', slot: number, records: Records, out: ByteWriter): void {
    const isKey = side === 'key'
    const paths = isKey ? this.#row.key! : this.#row.value!
    const bytes = isKey ? records.keyBytes : records.valueBytes
    if ((isKey ? records.keyStart : records.valueStart) < 0 || paths.isNull(slot, bytes)) return
    this.#scratch.clear()
    const problem = paths.writeText(slot, bytes, this.#scratch)
    if (problem !== undefined) throw undecodable(records, side, problem)
    this.#writeScratch(out)
  }

  #writeScratch(out: ByteWriter): void {
    this.#writeCell(this.#scratch.bytes, 0, this.#scratch.length, out)
  }

  #writeCell(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
    out.ensure(end - start)
    const special = this.#special
    const target = out.bytes
    let at = out.length
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!
      if (special[byte] !== 0) return writeQuoted(bytes, start, end, out)
      target[at++] = byte
    }
    if (start === end) return writeQuoted(bytes, start, end, out)
    out.length = at
  }

  #quoted(text: string): string {
    const cell = new ByteWriter(text.length * 3)
    const bytes = Buffer.from(text)
    this.#writeCell(bytes, 0, bytes.length, cell)
    return cell.view().toString()
  }
}

function writeQuoted(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  out.ensure((end - start) * 2 + 2)
  const target = out.bytes
  let at = out.length
  target[at++] = QUOTE
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) target[at++] = QUOTE
    target[at++] = byte
  }
  target[at++] = QUOTE
  out.length = at
}
