/**
 * Encodes records into one batch (format v2) in a preallocated buffer, straight from the cursor they come from. One
 * object serves batch after batch.
 */
import { FIELD, MAGIC, restamp, type Stamp } from './batch-header.js'
import { ByteCopier } from './byte-copier.js'
import { type Codec, CODECS, compress } from './compression.js'
import type { Records, WholeBatch } from './records.js'
import { LONGEST_VARLONG, varintSize, writeVarint, writeVarlong } from './varint.js'

const DEFAULT_CAPACITY = 1 << 20
const NO_BYTES = Buffer.alloc(0)

export interface BatchWriterOptions {
  /** Bytes of a batch, header included, before compression. */
  capacity?: number
  /** What a batch of one record may take where the record alone is beyond `capacity`. */
  maxBytes?: number
}

export class BatchWriter {
  /** Records taken. */
  count = 0
  /** Bytes of the batch as it stands, header included, before compression. */
  size: number = FIELD.records
  readonly #capacity: number
  readonly #maxBytes: number
  readonly #copier = new ByteCopier()
  #bytes: Buffer
  #batch: Buffer = NO_BYTES
  #baseTimestamp: number | bigint = 0
  /** The same as a number; NaN for a bigint. */
  #base = 0
  #maxTimestamp: number | bigint = 0
  readonly #longDelta = Buffer.alloc(LONGEST_VARLONG)

  constructor({ capacity = DEFAULT_CAPACITY, maxBytes = capacity }: BatchWriterOptions = {}) {
    this.#capacity = capacity
    this.#maxBytes = maxBytes
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /**
   * Adds the cursor's current record. False: there is no room, and nothing was added; with a count of 0 the record alone
   * is beyond `maxBytes`.
   * @param timestamp milliseconds since the epoch; a bigint where a number would not be exact
   */
  append(records: Records, timestamp: number | bigint): boolean {
    if (this.count === 0) this.#begin(timestamp)
    const { keyStart, valueStart, headerCount, headersStart } = records
    const keyLength = keyStart < 0 ? -1 : records.keyEnd - keyStart
    const valueLength = valueStart < 0 ? -1 : records.valueEnd - valueStart
    const headersLength = headerCount === 0 ? 0 : records.headersEnd - headersStart
    const delta = typeof timestamp === 'number' ? timestamp - this.#base : NaN
    const isShort = delta === (delta | 0)
    const deltaSize = isShort ? varintSize(delta) : this.#encodeLongDelta(timestamp)
    const length =
      1 +
      deltaSize +
      varintSize(this.count) +
      varintSize(keyLength) +
      (keyLength < 0 ? 0 : keyLength) +
      varintSize(valueLength) +
      (valueLength < 0 ? 0 : valueLength) +
      varintSize(headerCount) +
      headersLength
    const size = this.size + varintSize(length) + length
    if (size > this.#capacity && !this.#makeRoom(size)) return false

    const target = this.#bytes
    let at = writeVarint(target, this.size, length)
    target[at++] = 0
    at = isShort ? writeVarint(target, at, delta) : at + this.#longDelta.copy(target, at, 0, deltaSize)
    at = writeVarint(target, at, this.count)
    at = writeVarint(target, at, keyLength)
    if (keyLength > 0) {
      this.#copier.copy(records.keyBytes, keyStart, keyLength, target, at)
      at += keyLength
    }
    at = writeVarint(target, at, valueLength)
    if (valueLength > 0) {
      this.#copier.copy(records.valueBytes, valueStart, valueLength, target, at)
      at += valueLength
    }
    at = writeVarint(target, at, headerCount)
    if (headersLength > 0) this.#copier.copy(records.headersBytes, headersStart, headersLength, target, at)
    this.size = size
    this.count++
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    return true
  }

  /**
   * Closes the batch, of at least one record, and returns its bytes: valid until `reset()`, and complete once stamped.
   * @param level for gzip and zstd; undefined: the codec's own
   */
  finish(codec: Codec, level?: number): Buffer {
    const batch = this.#packed(codec, level)
    this.#batch = batch
    batch.writeInt32BE(batch.length - FIELD.leaderEpoch, FIELD.length)
    batch.writeInt8(MAGIC, FIELD.magic)
    batch.writeInt16BE(CODECS.indexOf(codec), FIELD.attributes)
    batch.writeInt32BE(this.count - 1, FIELD.lastOffsetDelta)
    batch.writeBigInt64BE(BigInt(this.#baseTimestamp), FIELD.baseTimestamp)
    batch.writeBigInt64BE(BigInt(this.#maxTimestamp), FIELD.maxTimestamp)
    batch.writeInt32BE(this.count, FIELD.count)
    return batch
  }

  /**
   * Takes a whole batch instead of records. Returns its bytes, as `finish` does. To be called with nothing taken yet.
   */
  adopt({ bytes, start, end, count }: WholeBatch): Buffer {
    const size = end - start
    if (size > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(size)
    bytes.copy(this.#bytes, 0, start, end)
    this.count = count
    this.size = size
    this.#batch = this.#bytes.subarray(0, size)
    return this.#batch
  }

  /** Makes the closed batch its sender's, and seals it. */
  stamp(stamp: Stamp): void {
    restamp(this.#batch, 0, stamp)
  }

  /** Begins the next batch. */
  reset(): void {
    this.count = 0
    this.size = FIELD.records
    this.#batch = NO_BYTES
  }

  #begin(timestamp: number | bigint): void {
    this.#baseTimestamp = this.#maxTimestamp = timestamp
    this.#base = typeof timestamp === 'number' ? timestamp : NaN
  }

  /** For what does not fit in 32 bits; returns its size. */
  #encodeLongDelta(timestamp: number | bigint): number {
    const delta = BigInt.asIntN(64, BigInt(timestamp) - BigInt(this.#baseTimestamp))
    return writeVarlong(this.#longDelta, 0, delta)
  }

  #packed(codec: Codec, level: number | undefined): Buffer {
    const raw = this.#bytes.subarray(0, this.size)
    if (codec === 'none') return raw
    const records = compress(codec, level, raw.subarray(FIELD.records))
    const batch = Buffer.allocUnsafeSlow(FIELD.records + records.length)
    records.copy(batch, FIELD.records)
    return batch
  }

  /** A record that is larger than a batch gets a batch of its own, within `maxBytes`. */
  #makeRoom(size: number): boolean {
    if (this.count > 0 || size > this.#maxBytes) return false
    if (size > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(size)
    return true
  }
}
