/**
 * One record of its own: a copy that outlives the chunk it was taken from, for what has to wait.
 */
import { Records } from './records.js'

/** As a cursor it gives its record once, and stands on it before that too. */
export class RecordCopy extends Records {
  readonly #exactTimestamp: bigint | null
  #given = false

  /** Copies the record at the cursor. */
  constructor(records: Records) {
    super()
    this.topic = records.topic
    this.partition = records.partition
    this.baseOffset = records.baseOffset
    this.offsetDelta = records.offsetDelta
    this.timestamp = records.timestamp
    this.logAppendTime = records.logAppendTime
    this.codec = records.codec
    this.file = records.file
    this.line = records.line
    this.#exactTimestamp = Number.isSafeInteger(records.timestamp) ? null : records.exactTimestamp()

    const keyLength = records.keyStart < 0 ? 0 : records.keyEnd - records.keyStart
    const valueLength = records.valueStart < 0 ? 0 : records.valueEnd - records.valueStart
    const headersLength = records.headerCount === 0 ? 0 : records.headersEnd - records.headersStart
    const bytes = Buffer.allocUnsafe(keyLength + valueLength + headersLength)
    this.keyBytes = this.valueBytes = this.headersBytes = bytes
    if (records.keyStart >= 0) {
      this.keyStart = 0
      this.keyEnd = keyLength
      records.keyBytes.copy(bytes, 0, records.keyStart, records.keyEnd)
    }
    if (records.valueStart >= 0) {
      this.valueStart = keyLength
      this.valueEnd = keyLength + valueLength
      records.valueBytes.copy(bytes, keyLength, records.valueStart, records.valueEnd)
    }
    this.headersStart = keyLength + valueLength
    this.headersEnd = this.headersStart + headersLength
    this.headerCount = records.headerCount
    records.headersBytes.copy(bytes, this.headersStart, records.headersStart, records.headersStart + headersLength)
  }

  next(): boolean {
    if (this.#given) return false
    this.#given = true
    return true
  }

  /** Gives the record another value. */
  setValue(value: Buffer): void {
    this.valueBytes = value
    this.valueStart = 0
    this.valueEnd = value.length
  }

  override exactTimestamp(): bigint {
    return this.#exactTimestamp ?? super.exactTimestamp()
  }
}
