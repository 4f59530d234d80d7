/**
 * Fields of a record as text, by the names that `--fields` has, for what is no table: an event time, a URL.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { type Field, Row } from './fields.js'
import { RecordText } from './record-text.js'

export class FieldTexts {
  readonly fields: Field[]
  readonly #row: Row
  readonly #text = new RecordText()

  /** @throws UsageError for a name that is no field */
  constructor(names: string[]) {
    this.#row = new Row({ fields: names, keyAs: 'string', valueAs: 'string' })
    this.fields = this.#row.fields
  }

  /** Looks at the record at the cursor. @throws BadRecordError where a path needs JSON and there is none */
  find(records: Records): void {
    this.#row.find(records)
  }

  /** Appends the text of field i. False where the record has none: null, missing, or no text (half of a surrogate pair). */
  write(i: number, records: Records, out: ByteWriter): boolean {
    const row = this.#row
    const field = this.fields[i]!
    switch (field.kind) {
      case 'key':
        return append(records.keyBytes, records.keyStart, records.keyEnd, out)
      case 'value':
        return append(records.valueBytes, records.valueStart, records.valueEnd, out)
      case 'header':
        return row.findHeader(field.header, records) && append(row.headers.bytes, row.headerStart, row.headerEnd, out)
      case 'path': {
        const ofKey = field.side === 'key'
        const bytes = ofKey ? records.keyBytes : records.valueBytes
        const paths = (ofKey ? row.key : row.value)!
        if ((ofKey ? records.keyStart : records.valueStart) < 0 || paths.isNull(field.slot, bytes)) return false
        return paths.writeText(field.slot, bytes, out) === undefined
      }
      case 'topic':
        this.#text.topic(records, out)
        return records.topic !== ''
      case 'partition':
        out.integer(records.partition)
        return records.partition >= 0
      case 'offset':
        this.#text.offset(records, out)
        return true
      case 'timestamp':
        this.#text.timestamp(records, out)
        return records.timestamp >= 0
      case 'headers':
        return false
    }
  }
}

function append(bytes: Buffer, start: number, end: number, out: ByteWriter): boolean {
  if (start < 0) return false
  out.copy(bytes, start, end)
  return true
}
