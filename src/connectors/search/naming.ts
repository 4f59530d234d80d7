/** Ids of documents and names of indices, made of records. Pure. */
import { isUtf8 } from 'node:buffer'
import type { Message } from '../../endpoint-module.js'

/** A value as it was parsed; null: there is none. */
export type Document = Readonly<Record<string, unknown>> | null

/** undefined: the record has none. */
type Field = (message: Message, document: Document) => string | undefined

/** The server takes no longer one. Bytes. */
const LONGEST_ID = 512

const FIELDS = 'topic, key, date, value.NAME'

/** What a record lacks, as the rest of a line. */
export class Lack extends Error {}

export interface Naming {
  /** undefined: the server gives it one. */
  id: (message: Message, document: Document) => string | undefined
  index: (message: Message, document: Document) => string
  /** Whether a tombstone says which document is to go. */
  deletes: boolean
  /** Whether numbers of the document must keep all their digits. */
  readsFields: boolean
}

/**
 * @param id `offset`, `key`, `auto` or `value.NAME` @param index a name with `{topic}`, `{key}`, `{date}`, `{value.NAME}`
 * @throws Error for what is wrong usage
 */
export function namingOf(id: string, index: string): Naming {
  const parts = index.split(/\{([^{}]*)\}/)
  const fields = parts.map((part, i) => (i % 2 === 0 ? null : { name: part, field: fieldOf(part) }))
  if (parts.some((part, i) => i % 2 === 0 && /[{}]/.test(part))) throw new Error(`'${index}' has half a pair of braces`)
  return {
    id: idOf(id),
    index: (message, document) =>
      parts.map((part, i) => (fields[i] ? present(fields[i].field(message, document), part) : part)).join(''),
    deletes: id === 'key',
    readsFields: `${id}{${index}`.includes('value.')
  }
}

function idOf(id: string): Naming['id'] {
  if (id === 'auto') return () => undefined
  const field = id === 'offset' ? placeIn : fieldOf(id, `offset, key, auto, value.NAME`)
  const name = id === 'offset' ? 'topic and offset (choose another id)' : id
  return (message, document) => {
    const text = present(field(message, document), name)
    if (text === '' || Buffer.byteLength(text) > LONGEST_ID) {
      throw new Lack(`an id has 1 to ${LONGEST_ID} bytes, not ${Buffer.byteLength(text)}`)
    }
    return text
  }
}

function present(text: string | undefined, name: string): string {
  if (text === undefined) throw new Lack(`it has no ${name}`)
  return text
}

/** @throws Error for a name of none */
function fieldOf(name: string, known = FIELDS): Field {
  if (name === 'key') return keyIn
  if (name === 'topic' && known === FIELDS) return ({ topic }) => topic || undefined
  if (name === 'date' && known === FIELDS) return dateIn
  const [head, ...path] = name.split('.')
  if (head === 'value' && path.length > 0 && path.every((step) => step !== '')) return (_, value) => textAt(value, path)
  throw new Error(`there is no field '${name}': use one of ${known}`)
}

function placeIn({ topic, partition, offset }: Message): string | undefined {
  return topic === '' || offset === null ? undefined : `${topic}-${partition}-${offset}`
}

function keyIn({ key }: Message): string | undefined {
  if (key !== null && !isUtf8(key)) throw new Lack('its key is no UTF-8')
  return key?.toString()
}

/** Of the record's timestamp, as indices of a day are called: 2026.11.23. UTC. */
function dateIn({ timestamp }: Message): string | undefined {
  const date = new Date(timestamp === null ? NaN : Number(timestamp))
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10).replaceAll('-', '.')
}

/** Of a string, a boolean, or a number, which is its text here. */
function textAt(value: unknown, path: readonly string[]): string | undefined {
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined
}

/** @param exact whether numbers become their text, so that none loses a digit @throws Lack for what is no JSON object */
export function documentOf(value: Buffer, exact: boolean): Document {
  let document: unknown
  try {
    if (isUtf8(value)) document = JSON.parse(value.toString(), exact ? digits : undefined)
  } catch {
    // No JSON.
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new Lack('its value is no JSON object')
  }
  return document as Document
}

function digits(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? context!.source! : value
}
