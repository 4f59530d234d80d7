/**
 * `jsonl` as output: one JSON object a line, with the fields asked for under the names they were asked by. What a dotted
 * path leads to keeps its type and all of its digits; what is missing is null.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { type Decoder, decoderFor } from './decode.js'
import { type Field, Row } from './fields.js'
import type { Formatter, FormatterOptions } from './format.js'
import { writeHeaders } from './headers-json.js'
import { BytesMember } from './json-member.js'
import { writeLiteral } from './literal.js'
import { RecordText, undecodable } from './record-text.js'

const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d
const NULL = Buffer.from('null')

export class JsonlFormatter implements Formatter {
  readonly #row: Row
  readonly #names: Buffer[]
  readonly #bytesMembers: BytesMember[]
  readonly #key: Decoder | null
  readonly #value: Decoder | null
  readonly #delimiter: Buffer
  readonly #text = new RecordText(JSON.stringify)

  constructor(options: FormatterOptions) {
    this.#row = new Row(options)
    this.#names = this.#row.fields.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`))
    this.#bytesMembers = this.#row.fields.map(({ name }) => new BytesMember(name))
    this.#key = decoderFor(options.keyAs, '--key-as')
    this.#value = decoderFor(options.valueAs, '--value-as')
    this.#delimiter = options.delimiter
  }

  begin(): void {}

  write(records: Records, out: ByteWriter): void {
    const { fields } = this.#row
    this.#row.find(records)
    out.byte(OPEN)
    for (let i = 0; i < fields.length; i++) {
      if (i > 0) out.byte(COMMA)
      this.#writeField(fields[i]!, i, records, out)
    }
    out.byte(CLOSE)
    writeLiteral(this.#delimiter, out)
  }

  #writeField(field: Field, i: number, records: Records, out: ByteWriter): void {
    const row = this.#row
    const member = this.#bytesMembers[i]!
    switch (field.kind) {
      case 'key': {
        const problem = member.write(records.keyBytes, records.keyStart, records.keyEnd, this.#key, out)
        if (problem !== undefined) throw undecodable(records, 'key', problem)
        return
      }
      case 'value': {
        const problem = member.write(records.valueBytes, records.valueStart, records.valueEnd, this.#value, out)
        if (problem !== undefined) throw undecodable(records, 'value', problem)
        return
      }
      case 'header':
        row.findHeader(field.header, records)
        member.write(row.headers.bytes, row.headerStart, row.headerEnd, null, out)
        return
    }
    writeLiteral(this.#names[i]!, out)
    switch (field.kind) {
      case 'topic':
        return this.#text.topic(records, out)
      case 'partition':
        return out.integer(records.partition)
      case 'offset':
        return this.#text.offset(records, out)
      case 'timestamp':
        return this.#text.timestamp(records, out)
      case 'headers':
        row.headers.reset(records)
        return writeHeaders(row.headers, out)
      case 'path': {
        const isKey = field.side === 'key'
        const paths = isKey ? row.key! : row.value!
        const start = isKey ? records.keyStart : records.valueStart
        if (start < 0 || paths.starts[field.slot]! < 0) return writeLiteral(NULL, out)
        const bytes = isKey ? records.keyBytes : records.valueBytes
        return paths.writeJson(field.slot, bytes, out)
      }
    }
  }
}
