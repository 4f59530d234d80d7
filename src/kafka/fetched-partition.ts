/** What a fetch brought of one partition. */
import type { Cursor, FetchRange } from './fetch-cursors.js'
import type { FetchedRecords } from './requests/fetch.js'

/** Record batches of one partition, `bytes[start, end)`. */
export interface FetchedPartition extends FetchRange {
  bytes: Buffer
  start: number
  end: number
  /** Aborted transactions, under read-committed; else null. */
  aborted: { producerId: bigint; firstOffset: bigint }[] | null
  highWatermark: bigint
}

const NO_BYTES = Buffer.alloc(0)

export function brought(
  { recordsStart: start, recordsEnd: end, aborted, highWatermark }: FetchedRecords,
  bytes: Buffer,
  { topic, partition, from, until }: FetchRange,
  isolation: 'committed' | 'uncommitted'
): FetchedPartition {
  const hidden = isolation === 'committed' ? aborted : null
  return { topic, partition, from, until, bytes, start, end, aborted: hidden, highWatermark }
}

/** No records, but it is there that the reader goes on. */
export function nothingFrom({ topic, partition, position: from, until }: Cursor): FetchedPartition {
  const nothing = { bytes: NO_BYTES, start: 0, end: 0, aborted: null, highWatermark: from }
  return { topic, partition, from, until, ...nothing }
}
