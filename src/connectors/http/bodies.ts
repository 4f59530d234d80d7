/** Records as what a request has: lines, an array, or a single one; and the key by which a server knows it again. Pure. */
import { createHash, randomUUID } from 'node:crypto'
import type { Message } from '../../endpoint-module.js'
import { envelopeOf } from '../../endpoints/message-text.js'
import { isJson } from './json.js'

/** What a record lacks, as the rest of a line. */
export class Lack extends Error {}

/** A record as it is sent. */
export interface Item {
  /** Which of the messages it is. */
  index: number
  bytes: Buffer
  /** `topic-partition-offset`; null: nothing says where it stands. */
  place: string | null
}

export type BodyKind = 'lines' | 'array' | 'record'

const NEWLINE = Buffer.from('\n')
const COMMA = Buffer.from(',')
const LINE_BREAK = 0x0a

export const contentTypes: Readonly<Record<BodyKind, string>> = {
  lines: 'application/x-ndjson',
  array: 'application/json',
  record: 'application/json'
}

/** @throws Lack */
export function itemOf(message: Message, index: number, kind: BodyKind, format: 'value' | 'envelope'): Item {
  const { value } = message
  if (format === 'envelope') return { index, bytes: envelopeOf(message), place: placeOf(message) }
  if (value === null) throw new Lack('it is a tombstone, which format=envelope can say')
  return { index, bytes: bytesOf(value, kind), place: placeOf(message) }
}

function bytesOf(value: Buffer, kind: BodyKind): Buffer {
  if (kind === 'array' && !isJson(value)) throw new Lack('its value is no JSON')
  if (kind !== 'lines' || !value.includes(LINE_BREAK)) return value
  if (!isJson(value)) throw new Lack('its value has a line break (body=record, or format=envelope)')
  // In JSON it is white space between tokens.
  return Buffer.from(value.map((byte) => (byte === LINE_BREAK ? 0x20 : byte)))
}

function placeOf({ topic, partition, offset }: Message): string | null {
  // Headers are ASCII.
  return topic === '' || offset === null ? null : `${encodeURIComponent(topic)}-${partition}-${offset}`
}

export function bodyOf(items: readonly Item[], kind: BodyKind): Buffer {
  const parts = items.map(({ bytes }) => bytes)
  switch (kind) {
    case 'lines':
      return Buffer.concat(parts.flatMap((bytes) => [bytes, NEWLINE]))
    case 'array':
      return Buffer.concat([Buffer.from('['), ...parts.flatMap((bytes, i) => (i === 0 ? [bytes] : [COMMA, bytes])), Buffer.from(']')]) // prettier-ignore
    case 'record':
      return parts[0]!
  }
}

/** The same for the same records: the place of a single one, a digest of those of several; else one that nothing else has. */
export function idempotencyKey(items: readonly Item[]): string {
  const places = items.map(({ place }) => place)
  if (places.includes(null)) return randomUUID()
  if (places.length === 1) return places[0]!
  return createHash('sha256').update(places.join('\n')).digest('hex')
}
