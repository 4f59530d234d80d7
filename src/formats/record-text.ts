/**
 * The fields every format prints the same: topic, offset and timestamp, as text. What stays the same from record to
 * record (the topic's bytes, the base offset as a number) is kept, so that a record costs no string and no BigInt.
 */
import { BadRecordError } from '../errors.js'
import type { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { writeLiteral } from './literal.js'

/** Below it every offset of a batch is a safe integer. */
const SAFE_BASE = BigInt(Number.MAX_SAFE_INTEGER - 2 ** 32)

export class RecordText {
  readonly #quote: (text: string) => string
  #topic = ''
  #topicBytes: Buffer
  #baseOffset = 0n
  /** NaN where offsets are beyond 2^53. */
  #base = 0

  /** @param quote what a format makes of a name, such as JSON.stringify */
  constructor(quote = (text: string) => text) {
    this.#quote = quote
    this.#topicBytes = Buffer.from(quote(''))
  }

  topic(records: Records, out: ByteWriter): void {
    if (records.topic !== this.#topic) {
      this.#topic = records.topic
      this.#topicBytes = Buffer.from(this.#quote(records.topic))
    }
    writeLiteral(this.#topicBytes, out)
  }

  offset(records: Records, out: ByteWriter): void {
    const { baseOffset } = records
    if (baseOffset !== this.#baseOffset) {
      this.#baseOffset = baseOffset
      this.#base = baseOffset < SAFE_BASE ? Number(baseOffset) : NaN
    }
    const offset = this.#base + records.offsetDelta
    if (Number.isNaN(offset)) out.text(records.offset().toString())
    else out.integer(offset)
  }

  /** Milliseconds since the epoch; -1 for none. */
  timestamp(records: Records, out: ByteWriter): void {
    const { timestamp } = records
    if (Number.isSafeInteger(timestamp)) out.integer(timestamp)
    else out.text(records.exactTimestamp().toString())
  }
}

/** A record that cannot be decoded. @param problem the rest of the sentence, such as `is not JSON (...)` */
export function undecodable(records: Records, what: string, problem: string): BadRecordError {
  const { topic, partition } = records
  const advice = 'choose another form, or skip such records with --on-error skip'
  if (topic === '') return new BadRecordError(`the ${what} ${problem}`, advice)
  const offset = records.offset()
  return new BadRecordError(`the ${what} of ${topic} [${partition}] at offset ${offset} ${problem}`, advice, {
    place: { topic, partition, offset }
  })
}
