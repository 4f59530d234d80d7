/**
 * Records as AMQP messages and back. AMQP has no key, no null for a body, seconds for a timestamp and one value a header
 * name: what it lacks is in headers, so that a record comes back as it was, byte for byte. Pure.
 */
import { isUtf8 } from 'node:buffer'
import type { ConsumeMessage, Options } from 'amqplib'
import type { Message } from '../../endpoint-module.js'

/** Text, or bytes where the key is none. */
const KEY = 'kafka.key'
/** `true`: the value is null, which an empty body is not. */
const TOMBSTONE = 'kafka.tombstone'
/** Beside the property of seconds, as RabbitMQ itself has it (its plugin that adds timestamps). */
const MILLISECONDS = 'timestamp_in_ms'
/** Of a message that came by an exchange, and by which one without `routing-key` is sent. */
const ROUTING_KEY = 'amqp.routing-key'
const PRIORITY = 'amqp.priority'
const PERSISTENT = 2

/** Headers of records, and the properties of messages that they are. */
const texts = {
  'amqp.content-type': 'contentType',
  'amqp.content-encoding': 'contentEncoding',
  'amqp.correlation-id': 'correlationId',
  'amqp.reply-to': 'replyTo',
  'amqp.message-id': 'messageId',
  'amqp.type': 'type',
  'amqp.app-id': 'appId'
} as const

/** RabbitMQ sends messages to the queues that these name. */
const copies = ['CC', 'BCC']

export interface Outgoing {
  content: Buffer
  properties: Options.Publish
  /** What the record itself says; undefined: nothing. */
  routingKey: string | undefined
}

/** @throws Error that says why the record cannot be one */
export function outgoing({ key, value, headers, timestamp }: Message): Outgoing {
  const table = Object.create(null) as Record<string, unknown>
  const properties: Options.Publish = { headers: table, deliveryMode: PERSISTENT, mandatory: true }
  let routingKey: string | undefined
  for (const [name, bytes] of headers) {
    if (copies.includes(name)) throw new Error(`the header ${name} would send it elsewhere, too`)
    const text = bytes !== null && bytes.length < 256 && isUtf8(bytes) ? bytes.toString() : null
    const property = Object.hasOwn(texts, name) ? texts[name as keyof typeof texts] : undefined
    if (text !== null && property && properties[property] === undefined) properties[property] = text
    else if (name === PRIORITY && isPriority(text)) properties.priority = Number(text)
    else {
      if (name === ROUTING_KEY && text !== null) routingKey = text
      add(table, name, field(bytes))
    }
  }
  if (key !== null) table[KEY] = field(key)
  if (value === null) table[TOMBSTONE] = true
  if (timestamp !== null) {
    table[MILLISECONDS] = Number(timestamp)
    properties.timestamp = Number(timestamp / 1000n)
  }
  return { content: value ?? Buffer.alloc(0), properties, routingKey }
}

/** The record that a message is. */
export function incoming({ content, properties, fields }: ConsumeMessage): Partial<Message> {
  const { timestamp } = properties as { timestamp?: number }
  const table = (properties.headers ?? {}) as Record<string, unknown>
  const { [KEY]: key = null, [TOMBSTONE]: tombstone, [MILLISECONDS]: milliseconds, ...others } = table
  const headers: Message['headers'] = []
  for (const [name, property] of Object.entries(texts)) {
    const text = properties[property] as string | undefined
    if (text !== undefined) headers.push([name, Buffer.from(text)])
  }
  if (properties.priority !== undefined) headers.push([PRIORITY, bytesOf(properties.priority)])
  if (fields.exchange !== '') {
    headers.push([ROUTING_KEY, Buffer.from(fields.routingKey)])
    delete others[ROUTING_KEY]
  }
  for (const [name, value] of Object.entries(others)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) headers.push([name, bytesOf(one)])
  }
  const exact = typeof milliseconds === 'number' ? milliseconds : timestamp === undefined ? null : timestamp * 1000
  return {
    key: bytesOf(key),
    value: tombstone === true && content.length === 0 ? null : content,
    headers,
    timestamp: exact === null || !Number.isSafeInteger(exact) ? null : BigInt(exact)
  }
}

function isPriority(text: string | null): boolean {
  return text !== null && /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) < 256
}

/** A name that is there again has a list. */
function add(table: Record<string, unknown>, name: string, value: unknown): void {
  const before = table[name]
  if (before === undefined) table[name] = value
  else if (Array.isArray(before)) before.push(value)
  else table[name] = [before, value]
}

/** Text is what other programs expect of a header. */
function field(bytes: Buffer | null): string | Buffer | null {
  return bytes === null || !isUtf8(bytes) ? bytes : bytes.toString()
}

/** Of other programs' headers, what stands for a number, a time or a table is written out. */
function bytesOf(value: unknown): Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value === 'object' && '!' in value && 'value' in value) return bytesOf(value.value)
  return Buffer.from(JSON.stringify(value))
}
