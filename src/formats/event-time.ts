/**
 * The event time of a record (`--event-time`): one of its fields, by the names that `--fields` has, as milliseconds
 * since the epoch. A number is that already (digits in a header, a key or a string too); any other text is ISO 8601.
 */
import { BadRecordError, UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { FieldTexts } from './field-text.js'
import { parseInteger, parseTimestamp } from './timestamp.js'

/** More than any time has characters; what is longer is cut off where it is shown. */
const LONGEST = 40

/**
 * @returns what reads the event time of the record at the cursor, a safe integer; it throws a BadRecordError with the
 * record's topic, partition and offset where there is none
 * @throws UsageError for a name that is no field, or a field that holds no time
 */
export function createEventTime(path: string): (records: Records) => number {
  const texts = new FieldTexts([path])
  const { kind, name } = texts.fields[0]!
  if (kind === 'timestamp') return (records) => records.timestamp
  if (!['key', 'value', 'header', 'path'].includes(kind)) {
    throw new UsageError(`'${name}' is no time`, 'name a field that holds one, such as timestamp or value.time')
  }
  const text = new ByteWriter(1 << 8)
  return (records) => {
    text.length = 0
    texts.find(records)
    if (!texts.write(0, records, text)) throw unreadable(records, path, 'is missing')
    const time = parseTime(text.bytes, text.length)
    if (Number.isSafeInteger(time)) return time
    const shown = JSON.stringify(text.bytes.toString('utf8', 0, Math.min(text.length, LONGEST)))
    throw unreadable(records, path, `is no time: ${shown}`)
  }
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
