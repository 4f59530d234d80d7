/**
 * Records: a cursor over the bytes of many records, whatever they come from (a fetched batch, lines of a file). One
 * object serves a whole chunk; `next()` moves it. Nothing is allocated per record: a field of a record is a range of a
 * buffer, valid until the next call of `next()`.
 */

import type { Codec } from './compression.js'

const NO_BYTES = Buffer.alloc(0)

/** A whole record batch, format v2: `bytes[start, end)`. */
export interface WholeBatch {
  bytes: Buffer
  start: number
  end: number
  /** Records in it. */
  count: number
}

export abstract class Records {
  topic = ''
  /** -1 where the record has none (yet). */
  partition = -1
  /** The record's offset is `baseOffset + offsetDelta`; two fields, so that no BigInt is made per record. */
  baseOffset = 0n
  offsetDelta = 0
  /** Milliseconds since the epoch, -1 for none. Exact only while safe; otherwise `exactTimestamp()` is. */
  timestamp = -1
  /** True where the broker set the timestamp (log-append time). */
  logAppendTime = false

  /** What the batch that it stands in is compressed with. */
  codec: Codec = 'none'

  /** Where the record stands in a text: the file as errors call it ('' where it comes from none), */
  file = ''
  /** and the line where it begins, or the number of the record where there are no lines; from 1. */
  line = 0

  /** `keyBytes[keyStart, keyEnd)`; keyStart is -1 for a null key. An empty key is a key. */
  keyBytes: Buffer = NO_BYTES
  keyStart = -1
  keyEnd = -1

  /** `valueBytes[valueStart, valueEnd)`; valueStart is -1 for a null value (a tombstone). */
  valueBytes: Buffer = NO_BYTES
  valueStart = -1
  valueEnd = -1

  /**
   * Headers as they stand in a record batch (format v2, KIP-82), after their count: name length, name, value length
   * (-1 null), value; lengths are zigzag varints. Order and duplicates are kept.
   */
  headersBytes: Buffer = NO_BYTES
  headersStart = 0
  headersEnd = 0
  headerCount = 0

  /** Moves to the next record. False: no more in this chunk. Throws FailedError on bytes that are no record. */
  abstract next(): boolean

  /**
   * The next records as a batch of at most `maxBytes` that can be written elsewhere as it is, keys, headers, timestamps
   * and compression included; they then count as given. null: there is none, and `next()` goes on. `topic` and `partition`
   * are the batch's.
   */
  nextBatch(_maxBytes: number): WholeBatch | null {
    return null
  }

  /** The record's offset, exact. Costs a BigInt: for errors and rare paths. */
  offset(): bigint {
    return this.baseOffset + BigInt(this.offsetDelta)
  }

  /** The record's timestamp, exact also beyond 2^53. */
  exactTimestamp(): bigint {
    return BigInt(this.timestamp)
  }
}
