/**
 * The records of fetched batches (format v2), as a cursor: from batch to batch of a partition's record set, and from set
 * to set where a subclass says which is next. Bytes are checked before anything of them is shown: whatever arrives, a
 * record lies within its batch, or there is a FailedError. Reads are unchecked and forward only, so one comparison at the
 * end of a record proves all of its ranges.
 */
import { AbortedTransactions, type AbortedTransaction } from './aborted-transactions.js'
import { BatchHeader, FIELD } from './batch-header.js'
import { decompress } from './compression.js'
import { skipHeaders } from './header-cursor.js'
import type { Needle, RecordFilter } from './record-filter.js'
import { Records, type WholeBatch } from './records.js'
import { readVarint, readVarlong, readVarlongExact, varintEnd } from './varint.js'

/** Beyond this, sums of timestamps are left to BigInt. */
const SAFE_TIMESTAMP = 2 ** 52

const NO_BYTES = Buffer.alloc(0)

export class BatchRecords extends Records {
  /** How many more records `next()` may give. */
  limit = Infinity
  /** Which records it gives; null: all. */
  filter: RecordFilter | null = null
  /** A whole batch was found in the current set; without one it was cut off within its first. */
  sawBatch = false

  // The set.
  #set: Buffer = NO_BYTES
  #setAt = 0
  #setEnd = 0
  #from = 0n
  #until: bigint | null = null
  #aborted: AbortedTransactions | null = null
  /** The offset after the batches passed. */
  #passed = 0n

  // The batch.
  readonly #header = new BatchHeader()
  #inBatch = false
  #bytes: Buffer = NO_BYTES
  #at = 0
  #end = 0
  #left = 0
  /** Offset delta of the record before, shown or not. */
  #delta = -1
  #lastDelta = 0
  #fromDelta = 0
  #untilDelta = 0
  #logAppendTime = false
  /** NaN where numbers would not be exact. */
  #baseTimestamp = 0
  #timestampDeltaAt = 0
  /** Where the filter's needle stands next, in the bytes at hand; -1 before it is looked for. */
  #found = -1

  /**
   * Starts on `bytes[start, end)`, consecutive batches of a partition, of which the last may be cut off. Only records in
   * [fromOffset, untilOffset) are shown, with `aborted` only committed ones, and never the broker's control records.
   */
  open(
    topic: string,
    partition: number,
    bytes: Buffer,
    start: number,
    end: number,
    fromOffset: bigint,
    untilOffset: bigint | null,
    aborted: readonly AbortedTransaction[] | null
  ): void {
    this.topic = topic
    this.partition = partition
    this.sawBatch = false
    this.#set = bytes
    this.#setAt = start
    this.#setEnd = end
    this.#from = fromOffset
    this.#until = untilOffset
    this.#aborted = aborted && new AbortedTransactions(aborted)
    this.#passed = 0n
    this.#inBatch = false
    this.#left = 0
  }

  next(): boolean {
    if (this.limit <= 0) return false
    const { filter } = this
    for (;;) {
      while (this.#left > 0) {
        if (filter?.needle && !this.#seek(filter.needle)) break
        if (this.#nextRecord() && (filter === null || filter.matches(this, this.#found))) {
          this.limit--
          return true
        }
      }
      if (!this.#nextBatch() && !this.nextSet()) return false
    }
  }

  override nextBatch(maxBytes: number): WholeBatch | null {
    if (this.filter !== null) return null
    const header = this.#header
    while (this.#left === 0) {
      if (this.#inBatch) this.#leaveBatch()
      if (!header.read(this.topic, this.partition, this.#set, this.#setAt, this.#setEnd)) {
        if (this.nextSet()) continue
        return null
      }
      this.sawBatch = true
      const { start, end, count } = header
      if (this.#isHidden()) {
        this.#setAt = end
        this.#passed = header.nextOffset
        continue
      }
      const isWanted =
        header.baseOffset >= this.#from &&
        header.baseOffset >= this.#passed &&
        (this.#until === null || header.nextOffset <= this.#until)
      if (!isWanted || !header.complete || end - start > maxBytes || count > this.limit) return null
      this.#setAt = end
      this.#passed = header.nextOffset
      this.limit -= count
      this.baseOffset = header.baseOffset
      this.offsetDelta = 0
      return { bytes: this.#set, start, end, count }
    }
    return null
  }

  /** Called when the current set is exhausted: opens the next one and returns true, or returns false. */
  protected nextSet(): boolean {
    return false
  }

  /**
   * The next offset to read in the current set: after the record shown last, and after a batch once it is passed, whatever
   * compaction or a filter left of it.
   */
  get position(): bigint {
    const next = this.#inBatch ? this.baseOffset + BigInt(this.offsetDelta + 1) : this.#passed
    if (next < this.#from) return this.#from
    return this.#until !== null && next > this.#until ? this.#until : next
  }

  override exactTimestamp(): bigint {
    if (Number.isSafeInteger(this.timestamp)) return BigInt(this.timestamp)
    const { baseTimestamp, maxTimestamp } = this.#header
    if (this.#logAppendTime) return maxTimestamp
    return BigInt.asIntN(64, baseTimestamp + readVarlongExact(this.#bytes, this.#timestampDeltaAt))
  }

  /** Moves to the next batch that has something to show; false at the end of the set. */
  #nextBatch(): boolean {
    const header = this.#header
    const until = this.#until
    if (this.#inBatch) this.#leaveBatch()
    while (header.read(this.topic, this.partition, this.#set, this.#setAt, this.#setEnd)) {
      this.sawBatch = true
      if (header.baseOffset < this.#passed) throw header.damaged('its offset is below the end of the batch before it')
      if (until !== null && header.baseOffset >= until) {
        this.#passed = until
        break
      }
      const hidden = this.#isHidden()
      this.#setAt = header.end
      this.#passed = header.nextOffset
      if (!hidden && header.count > 0 && this.#passed > this.#from) {
        this.#enterBatch()
        return true
      }
    }
    return false
  }

  /** Of an aborted transaction, or the broker's own. */
  #isHidden(): boolean {
    return this.#aborted?.covers(this.#header, this.#set) || this.#header.control
  }

  #enterBatch(): void {
    const header = this.#header
    const { baseOffset, lastOffsetDelta, codec } = header
    this.codec = codec
    if (codec === 'none') {
      this.#bytes = this.#set
      this.#at = header.start + FIELD.records
      this.#end = header.end
    } else {
      this.#bytes = this.#decompressed()
      this.#at = 0
      this.#end = this.#bytes.length
    }
    this.baseOffset = baseOffset
    this.offsetDelta = -1
    this.#inBatch = true
    this.#left = header.count
    this.#delta = -1
    this.#lastDelta = lastOffsetDelta
    this.#fromDelta = this.#from > baseOffset ? Number(this.#from - baseOffset) : 0
    this.#untilDelta =
      this.#until !== null && this.#until < header.nextOffset ? Number(this.#until - baseOffset) : lastOffsetDelta + 1
    this.#logAppendTime = this.logAppendTime = header.logAppendTime
    const base = Number(header.logAppendTime ? header.maxTimestamp : header.baseTimestamp)
    this.#baseTimestamp = Math.abs(base) < SAFE_TIMESTAMP ? base : NaN
    this.#found = -1
    this.filter?.needle?.open(this.#bytes, this.#at, this.#end)
  }

  #decompressed(): Buffer {
    const { codec, start, end } = this.#header
    try {
      return decompress(codec, this.#set, start + FIELD.records, end)
    } catch (error) {
      throw this.#header.unopened(error as Error)
    }
  }

  #leaveBatch(): void {
    this.#inBatch = false
    if (this.#left === 0 && this.#at !== this.#end) throw this.#header.damaged('there is more after its last record')
  }

  /** Moves to the record that the needle stands in next, by lengths alone. False: the rest of the batch has none. */
  #seek(needle: Needle): boolean {
    const bytes = this.#bytes
    if (this.#found < this.#at) this.#found = needle.find(this.#at)
    if (this.#found < 0) {
      this.#left = 0
      this.#at = this.#end
      return false
    }
    for (; this.#left > 0; this.#left--) {
      const length = readVarint(bytes, this.#at)
      if (length <= 0 || varintEnd + length > this.#found) return true
      this.#at = varintEnd + length
    }
    return false
  }

  /** Reads the next record of the batch. False: it is not to be shown. */
  #nextRecord(): boolean {
    const bytes = this.#bytes
    const length = readVarint(bytes, this.#at)
    const end = varintEnd + length
    // The byte at `varintEnd` is the record's attributes, of which none is in use.
    const timestampDeltaAt = varintEnd + 1
    const timestampDelta = readVarlong(bytes, timestampDeltaAt)
    const delta = readVarint(bytes, varintEnd)
    const keyLength = readVarint(bytes, varintEnd)
    const keyStart = varintEnd
    const keyEnd = keyLength < 0 ? keyStart : keyStart + keyLength
    const valueLength = readVarint(bytes, keyEnd)
    const valueStart = varintEnd
    const valueEnd = valueLength < 0 ? valueStart : valueStart + valueLength
    const headerCount = readVarint(bytes, valueEnd)
    const headersStart = varintEnd
    const headersEnd = headerCount > 0 ? skipHeaders(bytes, headersStart, end, headerCount) : headersStart
    if (headersEnd !== end || end > this.#end || keyLength < -1 || valueLength < -1 || headerCount < 0) {
      throw this.#damagedRecord('does not have the length it says')
    }
    if (delta <= this.#delta || delta > this.#lastDelta) throw this.#damagedRecord('has an impossible offset')
    this.#delta = delta
    this.#at = end
    this.#left--
    if (delta < this.#fromDelta) return false
    if (delta >= this.#untilDelta) {
      this.#skipRest()
      return false
    }
    this.offsetDelta = delta
    this.#timestampDeltaAt = timestampDeltaAt
    const timestamp = this.#logAppendTime ? this.#baseTimestamp : this.#baseTimestamp + timestampDelta
    this.timestamp = timestamp
    if (!(Math.abs(timestamp) < SAFE_TIMESTAMP)) this.timestamp = Number(this.exactTimestamp())
    // For each record, since whoever stamps a record may put another buffer in place; where none did, looking costs less
    // than storing, of which the garbage collector is told.
    if (this.valueBytes !== bytes) this.valueBytes = bytes
    if (this.keyBytes !== bytes) this.keyBytes = bytes
    if (this.headersBytes !== bytes) this.headersBytes = bytes
    this.keyStart = keyLength < 0 ? -1 : keyStart
    this.keyEnd = keyLength < 0 ? -1 : keyEnd
    this.valueStart = valueLength < 0 ? -1 : valueStart
    this.valueEnd = valueLength < 0 ? -1 : valueEnd
    this.headersStart = headersStart
    this.headersEnd = headersEnd
    this.headerCount = headerCount
    return true
  }

  /** Nothing after this record is wanted, in this batch or a later one. */
  #skipRest(): void {
    this.#left = 0
    this.#at = this.#end
    this.#setAt = this.#setEnd
  }

  #damagedRecord(problem: string): Error {
    const { count } = this.#header
    return this.#header.damaged(`record ${count - this.#left + 1} of ${count} ${problem}`)
  }
}
