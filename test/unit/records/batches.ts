/** What the tests of record batches share: batches from brokers, batches made here, and what a reader shows of them. */
import { readFileSync } from 'node:fs'
import type { AbortedTransaction } from '../../../src/records/aborted-transactions.js'
import { BatchRecords } from '../../../src/records/batch-reader.js'
import { NO_PRODUCER, type Stamp } from '../../../src/records/batch-header.js'
import { BatchWriter } from '../../../src/records/batch-writer.js'
import type { Codec } from '../../../src/records/compression.js'
import { HeaderCursor } from '../../../src/records/header-cursor.js'
import type { Records } from '../../../src/records/records.js'
import { type Given, GivenRecords } from '../formats/records.js'

/** A partition's log segments, see fixtures/README.md. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url))
}

export interface Shown {
  offset: bigint
  timestamp: bigint
  key: string | null
  value: string | null
  headers: [string, string | null][]
}

/** The cursor's current record. */
export function shown(records: Records): Shown {
  const text = (bytes: Buffer, start: number, end: number): string | null =>
    start < 0 ? null : bytes.toString('utf8', start, end)
  const headers: Shown['headers'] = []
  const cursor = new HeaderCursor()
  cursor.reset(records)
  while (cursor.next()) {
    const name = text(cursor.bytes, cursor.nameStart, cursor.nameEnd)!
    headers.push([name, text(cursor.bytes, cursor.valueStart, cursor.valueEnd)])
  }
  return {
    offset: records.offset(),
    timestamp: records.exactTimestamp(),
    key: text(records.keyBytes, records.keyStart, records.keyEnd),
    value: text(records.valueBytes, records.valueStart, records.valueEnd),
    headers
  }
}

export interface Range {
  from?: bigint
  until?: bigint | null
  aborted?: AbortedTransaction[] | null
}

/** A reader on topic "t", partition 3. */
export function opened(bytes: Buffer, { from = 0n, until = null, aborted = null }: Range = {}): BatchRecords {
  const records = new BatchRecords()
  records.open('t', 3, bytes, 0, bytes.length, from, until, aborted)
  return records
}

/** Everything that is left in a cursor. */
export function rest(records: Records): Shown[] {
  const all: Shown[] = []
  while (records.next()) all.push(shown(records))
  return all
}

export function readAll(bytes: Buffer, range?: Range): Shown[] {
  return rest(opened(bytes, range))
}

export type FinishOptions = Partial<Stamp> & { codec?: Codec; level?: number | undefined }

/** What the writer has taken, as its producer sends it. */
export function finished(writer: BatchWriter, { codec = 'none', level, ...stamp }: FinishOptions = {}): Buffer {
  const batch = writer.finish(codec, level)
  writer.stamp({ ...NO_PRODUCER, ...stamp })
  return batch
}

/** One batch of these records, at a base offset as if a broker had placed it there. */
export function batchOf(given: Given[], baseOffset = 0n, options: FinishOptions = {}): Buffer {
  const records = new GivenRecords(given)
  const writer = new BatchWriter({ capacity: 1 << 20 })
  while (records.next()) {
    const exact = records.exactTimestamp()
    if (!writer.append(records, Number.isSafeInteger(Number(exact)) ? Number(exact) : exact)) throw new Error('no room')
  }
  const batch = Buffer.from(finished(writer, options))
  batch.writeBigInt64BE(baseOffset)
  return batch
}
