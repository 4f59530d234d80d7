/**
 * Records as the objects that modules give and take (`endpoint-module.ts`), in both directions: messages as a cursor, and
 * the record at a cursor as a message of its own.
 */
import type { Message } from '../endpoint-module.js'
import { FailedError } from '../errors.js'
import { HeaderCursor, HeaderWriter } from '../records/header-cursor.js'
import { Records } from '../records/records.js'

const NO_BYTES = Buffer.alloc(0)
const NO_OFFSET = -1n

export class MessageRecords extends Records {
  /** How many of the messages were given, those included that were left out at the beginning. */
  given = 0
  #messages: readonly Partial<Message>[] = []
  #place = ''
  #line = 0
  #exactTimestamp = -1n
  readonly #headers = new HeaderWriter()

  /**
   * @param from the first one to give
   * @param place how errors call a record that does not say where it stands, together with its number, which of the first
   * message is `line`
   */
  open(messages: readonly Partial<Message>[], from: number, place: string, line: number): void {
    this.#messages = messages
    this.#place = place
    this.#line = line
    this.given = from
  }

  get ended(): boolean {
    return this.given >= this.#messages.length
  }

  next(): boolean {
    if (this.ended) return false
    const { key, value, headers, timestamp, topic = '', partition = -1, offset } = this.#messages[this.given]!
    // A place in a topic says more.
    this.file = topic !== '' && partition >= 0 && offset != null ? '' : this.#place
    this.line = this.#line + this.given
    this.given++
    this.topic = topic
    this.partition = partition
    this.baseOffset = offset ?? NO_OFFSET
    this.#exactTimestamp = timestamp ?? -1n
    this.timestamp = Number(this.#exactTimestamp)
    this.keyBytes = this.#bytes(key, 'key')
    this.keyStart = key == null ? -1 : 0
    this.keyEnd = key == null ? -1 : key.length
    this.valueBytes = this.#bytes(value, 'value')
    this.valueStart = value == null ? -1 : 0
    this.valueEnd = value == null ? -1 : value.length
    this.#headers.clear()
    for (const [name, content] of headers ?? []) this.#headers.add(name, content)
    this.headersBytes = this.#headers.bytes
    this.headersEnd = this.#headers.length
    this.headerCount = this.#headers.count
    return true
  }

  override exactTimestamp(): bigint {
    return this.#exactTimestamp
  }

  /** Authors of modules write JavaScript, where a text is easily given for its bytes. */
  #bytes(part: Buffer | null | undefined, what: string): Buffer {
    if (part == null) return NO_BYTES
    if (Buffer.isBuffer(part)) return part
    throw new FailedError(`${this.#place} gave a ${what} that is a ${typeof part}`, 'give a Buffer, or null')
  }
}

const cursor = new HeaderCursor()

/** A copy of the record at the cursor. */
export function messageAt(records: Records): Message {
  const { keyStart, keyEnd, keyBytes, valueStart, valueEnd, valueBytes } = records
  const { topic, partition } = records
  // Of a text, nothing says it.
  const offset = topic === '' ? NO_OFFSET : records.offset()
  return {
    key: keyStart < 0 ? null : copyOf(keyBytes, keyStart, keyEnd),
    value: valueStart < 0 ? null : copyOf(valueBytes, valueStart, valueEnd),
    headers: headersAt(records),
    timestamp: records.timestamp < 0 ? null : records.exactTimestamp(),
    ...{ topic, partition },
    offset: offset === NO_OFFSET ? null : offset
  }
}

function headersAt(records: Records): Message['headers'] {
  const headers: Message['headers'] = []
  cursor.reset(records)
  while (cursor.next()) {
    const { bytes, nameStart, nameEnd, valueStart, valueEnd } = cursor
    const value = valueStart < 0 ? null : copyOf(bytes, valueStart, valueEnd)
    headers.push([bytes.toString('utf8', nameStart, nameEnd), value])
  }
  return headers
}

function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  return Buffer.from(bytes.subarray(start, end))
}
