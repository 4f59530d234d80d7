/**
 * The header of a record batch, format v2: where its fields lie, reading it, stamping a batch for another partition or
 * producer. Whole batches pass through with this alone, their records unopened.
 * Layout: https://kafka.apache.org/documentation/#recordbatch
 */
import { FailedError } from '../errors.js'
import { CODECS, TooLargeError, type Codec } from './compression.js'
import { crc32c } from './crc32c.js'

/** Where each field begins, counted from the batch's own start. */
export const FIELD = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61
} as const

/** What the length field does not count: itself and the base offset. */
const OUTSIDE_LENGTH = FIELD.leaderEpoch
export const MAGIC = 2

/** Attributes, beside the codec in the three lowest bits. The delete horizon, bit 6, changes nothing for a reader. */
const CODEC_BITS = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const DELETE_HORIZON = 0x40

/** Which producer a batch is from, and where it stands in that one's sequence. */
export interface Stamp {
  /** -1 for none; then epoch and sequence are -1 too. */
  producerId: bigint
  producerEpoch: number
  /** Number of the first record in the producer's sequence for the partition. */
  baseSequence: number
  transactional: boolean
}

export const NO_PRODUCER: Stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false }

/** What the records of a whole batch, at the beginning of `bytes`, are compressed with. */
export function codecOf(bytes: Buffer): Codec | undefined {
  return CODECS[bytes.readInt16BE(FIELD.attributes) & CODEC_BITS]
}

export class BatchHeader {
  topic = ''
  partition = -1
  /** Where the batch lies in its bytes. */
  start = 0
  end = 0
  baseOffset = 0n
  attributes = 0
  lastOffsetDelta = 0
  /** Milliseconds since the epoch, of the first record; log-append time stands in `maxTimestamp` instead. */
  baseTimestamp = 0n
  maxTimestamp = 0n
  /** -1 for a batch without one. */
  producerId = -1n
  producerEpoch = -1
  baseSequence = -1
  /** Records in it; compaction can leave none. */
  count = 0

  /**
   * Reads the batch at `bytes[at]` and checks that it is whole and undamaged, by its CRC. False where it goes on beyond
   * `end`: a broker cuts the last one off. Throws FailedError, which names topic, partition and offset.
   */
  read(topic: string, partition: number, bytes: Buffer, at: number, end: number): boolean {
    if (at + FIELD.crc > end) return false
    this.topic = topic
    this.partition = partition
    this.baseOffset = bytes.readBigInt64BE(at + FIELD.baseOffset)
    const size = OUTSIDE_LENGTH + bytes.readInt32BE(at + FIELD.length)
    if (at + size > end) return false
    this.start = at
    this.end = at + size
    const magic = bytes.readInt8(at + FIELD.magic)
    if (magic === 0 || magic === 1) throw this.#oldFormat(magic)
    const damage = magic === MAGIC ? this.#damage(bytes, size) : `it has an unknown format, ${magic}`
    if (damage) throw this.damaged(damage)
    return true
  }

  #damage(bytes: Buffer, size: number): string | null {
    const { start, end } = this
    if (size < FIELD.records) return 'it has an impossible length'
    if (crc32c(bytes, start + FIELD.attributes, end) !== bytes.readUInt32BE(start + FIELD.crc)) {
      return 'its CRC-32C does not match'
    }
    this.attributes = bytes.readInt16BE(start + FIELD.attributes)
    this.lastOffsetDelta = bytes.readInt32BE(start + FIELD.lastOffsetDelta)
    this.baseTimestamp = bytes.readBigInt64BE(start + FIELD.baseTimestamp)
    this.maxTimestamp = bytes.readBigInt64BE(start + FIELD.maxTimestamp)
    this.producerId = bytes.readBigInt64BE(start + FIELD.producerId)
    this.producerEpoch = bytes.readInt16BE(start + FIELD.producerEpoch)
    this.baseSequence = bytes.readInt32BE(start + FIELD.baseSequence)
    this.count = bytes.readInt32BE(start + FIELD.count)
    if (this.baseOffset < 0n || this.lastOffsetDelta < 0) return 'it has an impossible offset'
    if (this.count < 0 || this.count > this.lastOffsetDelta + 1) return 'it has an impossible number of records'
    if ((this.attributes & CODEC_BITS) >= CODECS.length) return 'it has an unknown compression'
    return null
  }

  /** The offset after the batch's last one, also where compaction has removed records there. */
  get nextOffset(): bigint {
    return this.baseOffset + BigInt(this.lastOffsetDelta) + 1n
  }

  get codec(): Codec {
    return CODECS[this.attributes & CODEC_BITS]!
  }

  /** True: `maxTimestamp` is every record's timestamp. */
  get logAppendTime(): boolean {
    return (this.attributes & LOG_APPEND_TIME) !== 0
  }

  get transactional(): boolean {
    return (this.attributes & TRANSACTIONAL) !== 0
  }

  /** A batch of the broker's own, such as the marker that ends a transaction. */
  get control(): boolean {
    return (this.attributes & CONTROL) !== 0
  }

  /**
   * True where a producer could have sent it: a broker takes no batch with gaps, and what a broker wrote into the
   * timestamps (log-append time, a delete horizon) would be taken for the records' own.
   */
  get complete(): boolean {
    const byBroker = LOG_APPEND_TIME | CONTROL | DELETE_HORIZON
    return this.count > 0 && this.count === this.lastOffsetDelta + 1 && (this.attributes & byBroker) === 0
  }

  /** The error that says what is wrong with the batch, and where it is. */
  damaged(problem: string, cause?: unknown): FailedError {
    return this.#error(
      `the record batch is damaged (${problem})`,
      "read on from a later offset, and look at the broker's log with kafka-dump-log",
      cause
    )
  }

  /** The error for records that could not be decompressed; those that would be too many may have been made for that. */
  unopened(cause: Error): FailedError {
    if (!(cause instanceof TooLargeError)) return this.damaged(cause.message, cause)
    return this.#error(`the record batch is not opened (${cause.message})`, 'read on from a later offset', cause)
  }

  #oldFormat(magic: number): FailedError {
    return this.#error(
      `written by Kafka before 0.11, in record format v${magic}`,
      'copy the topic with a Java client, which reads that format, or read on from a later offset'
    )
  }

  #error(what: string, advice: string, cause?: unknown): FailedError {
    const { topic, partition, baseOffset: offset } = this
    return new FailedError(`topic "${topic}" partition ${partition} offset ${offset}: ${what}`, advice, {
      place: { topic, partition, offset },
      ...(cause !== undefined && { cause })
    })
  }
}

/**
 * The first offset after the whole batches in `bytes[start, end)`, by their headers alone: `from` if there is none. Damage
 * counts as one offset, so that it is not taken for "nothing yet": whoever opens the batches says what it is.
 */
export function nextOffsetAfter(bytes: Buffer, start: number, end: number, from: bigint): bigint {
  let next = from
  for (let at = start; at + FIELD.crc <= end;) {
    const size = OUTSIDE_LENGTH + bytes.readInt32BE(at + FIELD.length)
    if (at + size > end) break
    const readable = size >= FIELD.records && bytes.readInt8(at + FIELD.magic) === MAGIC
    const base = readable ? bytes.readBigInt64BE(at + FIELD.baseOffset) : -1n
    const delta = readable ? bytes.readInt32BE(at + FIELD.lastOffsetDelta) : -1
    if (base < 0n || delta < 0) return next > from ? next : from + 1n
    next = base + BigInt(delta) + 1n
    at += size
  }
  return next > from ? next : from
}

/**
 * Makes the batch at `bytes[at]` one that a producer may send: base offset 0, no leader epoch, its sender's stamp, and
 * the CRC renewed. Brokers refuse anything else (INVALID_RECORD).
 */
export function restamp(bytes: Buffer, at: number, stamp: Stamp): void {
  const attributes = bytes.readInt16BE(at + FIELD.attributes) & ~TRANSACTIONAL
  bytes.writeBigInt64BE(0n, at + FIELD.baseOffset)
  bytes.writeInt32BE(-1, at + FIELD.leaderEpoch)
  bytes.writeInt16BE(attributes | (stamp.transactional ? TRANSACTIONAL : 0), at + FIELD.attributes)
  bytes.writeBigInt64BE(stamp.producerId, at + FIELD.producerId)
  bytes.writeInt16BE(stamp.producerEpoch, at + FIELD.producerEpoch)
  bytes.writeInt32BE(stamp.baseSequence, at + FIELD.baseSequence)
  seal(bytes, at)
}

/** Renews the CRC of the batch at `bytes[at]`. */
export function seal(bytes: Buffer, at: number): void {
  const end = at + OUTSIDE_LENGTH + bytes.readInt32BE(at + FIELD.length)
  bytes.writeUInt32BE(crc32c(bytes, at + FIELD.attributes, end), at + FIELD.crc)
}
