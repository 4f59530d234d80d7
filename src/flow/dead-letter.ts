/**
 * A record that is bad, for whoever looks at it later: as it was, with headers behind its own that say what is wrong and
 * where it stood. Of a text that no record can be made of, the bytes are the value.
 */
import { BadRecordError, SluiceError } from '../errors.js'
import { HeaderWriter } from '../records/header-cursor.js'
import { Records } from '../records/records.js'

/** As a cursor it gives its one record. */
export class DeadLetter extends Records {
  readonly #exactTimestamp: bigint
  #given = false

  /** Copies the record at the cursor. @param error says what is wrong with it, and where it stands */
  constructor(records: Records, error: Error) {
    super()
    const raw = rawOf(error)
    const headers = new HeaderWriter()
    if (raw) this.#setValue(raw, 0, raw.length)
    else {
      const { keyBytes, keyStart, keyEnd, headersBytes, headersStart, headersEnd, headerCount } = records
      this.topic = records.topic
      this.partition = records.partition
      this.baseOffset = records.baseOffset
      this.offsetDelta = records.offsetDelta
      this.timestamp = records.timestamp
      if (keyStart >= 0) {
        this.keyBytes = Buffer.from(keyBytes.subarray(keyStart, keyEnd))
        ;[this.keyStart, this.keyEnd] = [0, this.keyBytes.length]
      }
      if (records.valueStart >= 0) this.#setValue(records.valueBytes, records.valueStart, records.valueEnd)
      if (headerCount > 0) headers.copy(headersBytes, headersStart, headersEnd)
      headers.count = headerCount
    }
    this.#exactTimestamp = raw ? -1n : records.exactTimestamp()
    const { place } = error instanceof SluiceError ? error : { place: {} }
    headers.add('sluice.error', error.message)
    for (const [name, value] of Object.entries(place)) headers.add(`sluice.${name}`, String(value))
    this.headersBytes = headers.view()
    this.headersEnd = headers.length
    this.headerCount = headers.count
  }

  next(): boolean {
    if (this.#given) return false
    this.#given = true
    return true
  }

  override exactTimestamp(): bigint {
    return this.#exactTimestamp
  }

  #setValue(bytes: Buffer, start: number, end: number): void {
    this.valueBytes = Buffer.from(bytes.subarray(start, end))
    ;[this.valueStart, this.valueEnd] = [0, this.valueBytes.length]
  }
}

/** Whoever located the error has put it into another one. */
function rawOf(error: unknown): Buffer | null {
  if (!(error instanceof Error)) return null
  return error instanceof BadRecordError ? error.raw : rawOf(error.cause)
}
