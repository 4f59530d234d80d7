/**
 * The protocol that Flume's agents speak with each other (flume-ng-sdk, flume.avdl), and the handshake of Avro RPC by which
 * two ends of a connection tell each other their protocols, or the hashes of those that are known (Avro specification,
 * "Handshake").
 */
import { createHash } from 'node:crypto'
import type { AvroReader, AvroWriter } from './avro.js'

/** The answers of an agent, as numbers on the wire. */
export const statuses = ['OK', 'FAILED', 'UNKNOWN'] as const
export type Status = (typeof statuses)[number]

const event = {
  ...{ type: 'record', name: 'AvroFlumeEvent' },
  fields: [
    { name: 'headers', type: { type: 'map', values: 'string' } },
    { name: 'body', type: 'bytes' }
  ]
}
const protocol = JSON.stringify({
  protocol: 'AvroSourceProtocol',
  namespace: 'org.apache.flume.source.avro',
  types: [{ type: 'enum', name: 'Status', symbols: statuses }, event],
  messages: {
    append: { request: [{ name: 'event', type: 'AvroFlumeEvent' }], response: 'Status' },
    appendBatch: { request: [{ name: 'events', type: { type: 'array', items: 'AvroFlumeEvent' } }], response: 'Status' }
  }
})
const hash = createHash('md5').update(protocol).digest()

const matches = ['BOTH', 'CLIENT', 'NONE'] as const
/** In a union of null and something. */
const SOMETHING = 1

/** Who calls says all that there is to say. */
export function greet(call: AvroWriter): void {
  call.fixed(hash)
  call.long(SOMETHING)
  call.string(protocol)
  call.fixed(hash)
  call.long(0)
}

/** @throws Error where the other end speaks something else */
export function readWelcome(answer: AvroReader): void {
  const match = matches[answer.long()]
  const theirs = answer.long() === SOMETHING ? answer.string() : protocol
  if (answer.long() === SOMETHING) answer.fixed(hash.length)
  skipMeta(answer, true)
  if (match === undefined || match === 'NONE' || !isFlume(theirs)) throw new Error('it does not speak as agents do')
}

/** Reads a greeting, and answers it. False: the call is to come again, with their protocol. @throws Error where that is another */
export function welcome(call: AvroReader, answer: AvroWriter): boolean {
  const isOurs = call.fixed(hash.length).equals(hash)
  const theirs = call.long() === SOMETHING ? call.string() : null
  const knowsUs = call.fixed(hash.length).equals(hash)
  skipMeta(call, true)
  if (theirs !== null && !isFlume(theirs)) throw new Error('it does not speak as agents do')
  const isMet = isOurs || theirs !== null
  answer.long(matches.indexOf(!isMet ? 'NONE' : knowsUs ? 'BOTH' : 'CLIENT'))
  answer.long(SOMETHING)
  answer.string(protocol)
  answer.long(SOMETHING)
  answer.fixed(hash)
  answer.long(0)
  return isMet
}

/** What is said beside a call or an answer, which Flume has no use for. */
export function skipMeta(reader: AvroReader, isOptional = false): void {
  if (isOptional && reader.long() !== SOMETHING) return
  reader.items(() => {
    reader.bytes()
    reader.bytes()
  })
}

type Schema = string | { type: Schema; items?: Schema; values?: Schema; name?: string; fields?: { type: Schema }[] }

/** Whether calls of that protocol are, byte by byte, calls of ours. */
function isFlume(text: string): boolean {
  const { types = [], messages = {} } = JSON.parse(text) as {
    types?: (Schema & object)[]
    messages?: Record<string, { request: { type: Schema }[] }>
  }
  const shape = (schema: Schema): string => {
    if (typeof schema === 'string') {
      const named = types.find(({ name }) => name === schema.split('.').at(-1))
      return named ? shape(named) : schema
    }
    const { type, items, values, fields } = schema
    if (fields) return fields.map((field) => shape(field.type)).join()
    if (items ?? values) return `${shape(type)}(${shape((items ?? values)!)})`
    return shape(type)
  }
  const [events] = messages['appendBatch']?.request ?? []
  return events !== undefined && shape(events.type) === 'array(map(string),bytes)'
}
