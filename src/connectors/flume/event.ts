/**
 * Records as Flume's events and back. An event is a body with a map of texts: the time is in the header `timestamp`, where
 * agents and their interceptors have it, and the key in one that is named by the user (Flume's sink of Kafka reads `key`).
 */
import { isUtf8 } from 'node:buffer'
import type { Message } from '../../endpoint-module.js'
import type { AvroReader, AvroWriter } from './avro.js'

const TIME = 'timestamp'
const DIGITS = /^\d{1,18}$/

export function readEvent(reader: AvroReader, keyHeader: string): Partial<Message> {
  const headers: Message['headers'] = []
  let key: Buffer | null = null
  let timestamp: bigint | null = null
  reader.items(() => {
    const name = reader.string()
    const text = reader.bytes()
    if (name === keyHeader) key = text
    else if (name === TIME && DIGITS.test(text.toString('latin1'))) timestamp = BigInt(text.toString('latin1'))
    else headers.push([name, text])
  })
  return { key, value: reader.bytes(), headers, timestamp }
}

/** @throws Error that says why the record cannot be one; nothing is written then */
export function writeEvent(writer: AvroWriter, message: Message, keyHeader: string): void {
  const { key, value, timestamp } = message
  if (value === null) throw new Error('it is a tombstone, and an event has a body')
  if (key !== null && !isUtf8(key)) throw new Error('its key is no text, as headers of events are')
  const headers = new Map<string, Buffer>()
  for (const [name, bytes] of message.headers) {
    if (bytes !== null && !isUtf8(bytes)) throw new Error(`its header ${name} is no text, as headers of events are`)
    headers.set(name, bytes ?? Buffer.alloc(0))
  }
  if (timestamp !== null) headers.set(TIME, Buffer.from(String(timestamp)))
  if (key !== null) headers.set(keyHeader, key)
  if (headers.size > 0) writer.long(headers.size)
  for (const [name, text] of headers) {
    writer.string(name)
    writer.bytes(text)
  }
  writer.long(0)
  writer.bytes(value)
}
