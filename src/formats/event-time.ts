/**
 * The event time of a record (`--event-time`): one of its fields, by the names that `--fields` has, as milliseconds
 * since the epoch. A number is that already (digits in a header, a key or a string too); any other text is ISO 8601.
 */
import { BadRecordError, UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { type Field, Row } from './fields.js'
import { parseInteger, parseTimestamp } from './timestamp.js'

/** More than any time has characters; what is longer is cut off where it is shown. */
const LONGEST = 40

/**
 * @returns what reads the event time of the record at the cursor, a safe integer; it throws a BadRecordError with the
 * record's topic, partition and offset where there is none
 * @throws UsageError for a name that is no field, or a field that holds no time
 */
export function createEventTime(path: string): (records: Records) => number {
  const row = new Row({ fields: [path], keyAs: 'string', valueAs: 'string' })
  const field = row.fields[0]!
  if (field.kind === 'timestamp') return (records) => records.timestamp
  const find = finder(row, field)
  const text = new ByteWriter(1 << 8)
  return (records) => {
    text.length = 0
    if (!find(records, text)) throw unreadable(records, path, 'is missing')
    const time = parseTime(text.bytes, text.length)
    if (Number.isSafeInteger(time)) return time
    const shown = JSON.stringify(text.bytes.toString('utf8', 0, Math.min(text.length, LONGEST)))
    throw unreadable(records, path, `is no time: ${shown}`)
  }
}

/** Appends the text of the field; false where the record has none. */
type Find = (records: Records, text: ByteWriter) => boolean

function finder(row: Row, field: Field): Find {
  switch (field.kind) {
    case 'key':
      return ({ keyBytes, keyStart, keyEnd }, text) => append(keyBytes, keyStart, keyEnd, text)
    case 'value':
      return ({ valueBytes, valueStart, valueEnd }, text) => append(valueBytes, valueStart, valueEnd, text)
    case 'header':
      return (records, text) =>
        row.findHeader(field.header, records) && append(row.headers.bytes, row.headerStart, row.headerEnd, text)
    case 'path':
      return (records, text) => {
        const ofKey = field.side === 'key'
        const bytes = ofKey ? records.keyBytes : records.valueBytes
        const paths = (ofKey ? row.key : row.value)!
        if ((ofKey ? records.keyStart : records.valueStart) < 0) return false
        row.find(records)
        return !paths.isNull(field.slot, bytes) && paths.writeText(field.slot, bytes, text) === undefined
      }
    default:
      throw new UsageError(`'${field.name}' is no time`, 'name a field that holds one, such as timestamp or value.time')
  }
}

function append(bytes: Buffer, start: number, end: number, text: ByteWriter): boolean {
  if (start < 0) return false
  text.copy(bytes, start, end)
  return true
}

/** Milliseconds; NaN where it is no time. A fraction of one is cut off. */
function parseTime(bytes: Buffer, length: number): number {
  const integer = parseInteger(bytes, 0, length)
  if (!Number.isNaN(integer) || length > LONGEST) return integer
  const text = bytes.toString('latin1', 0, length)
  return Number(parseTimestamp(text) ?? (/^-?\d[\d.eE+-]*$/.test(text) ? Math.floor(Number(text)) : NaN))
}

function unreadable(records: Records, path: string, problem: string): BadRecordError {
  const { topic, partition } = records
  const offset = records.offset()
  return new BadRecordError(
    `the event time ${path} of ${topic} [${partition}] at offset ${offset} ${problem}`,
    'name another field, or skip such records with --on-error skip',
    { place: { topic, partition, offset } }
  )
}
