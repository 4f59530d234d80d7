// Flume's protocol against avsc's implementation of it, and against bytes that are none.
import { expect, test } from '@jest/globals'
import avsc from 'avsc'
import { AvroReader, AvroWriter } from '../../../src/connectors/flume/avro.js'
import { readEvent, writeEvent } from '../../../src/connectors/flume/event.js'
import { Frames, framed } from '../../../src/connectors/flume/frames.js'
import { Callee, Caller, succeed } from '../../../src/connectors/flume/rpc.js'
import type { Message } from '../../../src/endpoint-module.js'
import { type AvroEvent, service } from '../../support/flume-caller.js'

const text = (value: string): Buffer => Buffer.from(value)
const record = (parts: Partial<Message>): Message => ({
  ...{ key: null, value: text('v'), headers: [], timestamp: null, topic: '', partition: -1, offset: null, ...parts }
})
const eventType = service.type('org.apache.flume.source.avro.AvroFlumeEvent')!
const read = (event: AvroEvent, keyHeader = 'key'): Partial<Message> =>
  readEvent(new AvroReader(eventType.toBuffer(event)), keyHeader)
function written(parts: Partial<Message>, keyHeader = 'key'): AvroEvent {
  const writer = new AvroWriter()
  writeEvent(writer, record(parts), keyHeader)
  return eventType.fromBuffer(writer.view) as AvroEvent
}
/** Of a call: its events' values. */
const valuesOf = (callee: Callee, payload: Buffer): string[] | null =>
  callee.take(payload, (reader) => String(readEvent(reader, 'key').value)).events

test.each([0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 31, -(2 ** 31), 2 ** 52])('the number %d', (number) => {
  const writer = new AvroWriter()
  writer.long(number)
  const long = avsc.Type.forSchema('long')
  expect(writer.view.toString('hex')).toBe(long.toBuffer(number).toString('hex'))
  expect(new AvroReader(writer.view).long()).toBe(number)
})

test('an event is a record', () => {
  const headers = { key: 'k', timestamp: '1700000000123', host: 'ä' }
  expect(read({ headers, body: text('v') })).toEqual({
    ...{ key: text('k'), value: text('v'), timestamp: 1_700_000_000_123n },
    headers: [['host', text('ä')]]
  })
  const odd = { headers: { timestamp: 'noon', key: '' }, body: text('') }
  expect(read(odd, 'id')).toEqual({
    ...{ key: null, value: text(''), timestamp: null },
    headers: [['timestamp', text('noon')], ['key', text('')]] // prettier-ignore
  })
})

test('a record is an event', () => {
  expect(written({})).toMatchObject({ headers: {}, body: text('v') })
  const headers: Message['headers'] = [['a', text('1')], ['a', text('2')], ['empty', null]] // prettier-ignore
  const event = written({ key: text('k'), headers, timestamp: 5n }, 'id')
  expect({ ...event.headers }).toEqual({ a: '2', empty: '', timestamp: '5', id: 'k' })
})

test.each<[Partial<Message>, string]>([
  [{ value: null }, 'it is a tombstone'],
  [{ key: Buffer.from([255]) }, 'its key is no text'],
  [{ headers: [['h', Buffer.from([255])]] }, 'its header h is no text']
])('what no event can be is said: %#', (parts, why) => {
  const writer = new AvroWriter()
  expect(() => writeEvent(writer, record(parts), 'key')).toThrow(why)
  expect(writer.view).toHaveLength(0)
})

test('a caller and a callee understand each other, from the first call on', () => {
  const [caller, callee] = [new Caller(), new Callee()]
  const events = new AvroWriter()
  events.long(1)
  writeEvent(events, record({ value: text('one') }), 'key')
  events.long(0)
  for (let i = 0; i < 2; i++) {
    const call = callee.take(caller.appendBatch(events.view), (reader) => String(readEvent(reader, 'key').value))
    expect(call.events).toEqual(['one'])
    expect(caller.answer(succeed(call))).toBe('OK')
  }
})

/** A first call with the greeting of somebody who speaks `protocol`; null: who says only its hash. */
function greeting(protocol: string | null, body: Buffer): Buffer {
  const writer = new AvroWriter()
  writer.fixed(Buffer.alloc(16, 1))
  writer.long(protocol === null ? 0 : 1)
  if (protocol !== null) writer.string(protocol)
  writer.fixed(Buffer.alloc(16, 2))
  writer.long(0)
  writer.long(0)
  writer.fixed(body)
  return writer.view
}
/** In blocks, the first of which says its bytes, too. */
function batch(): Buffer {
  const event = eventType.toBuffer({ headers: {}, body: text('a') })
  const writer = new AvroWriter()
  writer.string('appendBatch')
  writer.long(-2)
  writer.long(event.length * 2)
  writer.fixed(Buffer.concat([event, event]))
  writer.long(1)
  writer.fixed(event)
  writer.long(0)
  return writer.view
}
const theirs = JSON.stringify(service.protocol)

test('a hash that is not known is asked about', () => {
  const callee = new Callee()
  const first = callee.take(greeting(null, batch()), () => undefined)
  expect(first.events).toBeNull()
  // NONE, and what we speak.
  expect(new AvroReader(first.answer.view).long()).toBe(2)
  expect(first.answer.view.toString()).toContain('AvroSourceProtocol')
  expect(valuesOf(callee, greeting(theirs, batch()))).toEqual(['a', 'a', 'a'])
})

test('texts as Java names them are texts', () => {
  const java = theirs.replaceAll('"string"', '{"type":"string","avro.java.string":"String"}')
  expect(java).not.toBe(theirs)
  expect(valuesOf(new Callee(), greeting(java, batch()))).toEqual(['a', 'a', 'a'])
})

test.each([
  ['another order', theirs.replace(/\{"name":"headers".*?\}\},\{"name":"body".*?\}/, '{"name":"body","type":"bytes"},{"name":"headers","type":{"type":"map","values":"string"}}')], // prettier-ignore
  ['another call', theirs.replaceAll('appendBatch', 'mail')],
  ['nothing', '{}']
])('a protocol with %s is refused', (_, protocol) => {
  expect(protocol).not.toBe(theirs)
  expect(() => valuesOf(new Callee(), greeting(protocol, batch()))).toThrow('does not speak as agents do')
})

test('a call that there is not is answered so', () => {
  const writer = new AvroWriter()
  writer.string('mail')
  const { events, answer } = new Callee().take(greeting(theirs, writer.view), () => undefined)
  expect(events).toBeNull()
  expect(answer.view.toString()).toContain("there is no call 'mail'")
})

test('messages come out of a stream however it is cut', () => {
  const sent = [0, 1, 5000].map((length, serial) => ({ serial, payload: Buffer.alloc(length, serial + 1) }))
  const bytes = Buffer.concat(sent.map(framed))
  for (const length of [1, 7, 1000, bytes.length]) {
    const frames = new Frames()
    const got = []
    for (let at = 0; at < bytes.length; at += length) {
      frames.push(bytes.subarray(at, at + length))
      for (let frame = frames.take(); frame !== null; frame = frames.take()) got.push(frame)
    }
    expect(got).toEqual(sent)
  }
})

test('a message may be in several buffers', () => {
  const frames = new Frames()
  frames.push(Buffer.from('0000000700000002' + '0000000161' + '000000026263', 'hex'))
  expect(frames.take()).toEqual({ serial: 7, payload: text('abc') })
  expect(frames.take()).toBeNull()
})

test.each([
  ['HTTP', text('GET / HTTP/1.1\r\n\r\n')],
  ['TLS', Buffer.from('16030100f1010000ed0303aabbccddee', 'hex')],
  ['a length beyond all', Buffer.from('00000001000000017fffffff', 'hex')]
])('%s is no message', (_, bytes) => {
  const frames = new Frames()
  frames.push(bytes)
  expect(() => frames.take()).toThrow('that is no Avro RPC')
})

test('calls that are cut or changed anywhere are refused or read, in time and memory of their own length', () => {
  const whole = greeting(theirs, batch())
  for (let end = 0; end < whole.length; end += 3) expect(() => valuesOf(new Callee(), whole.subarray(0, end))).toThrow()
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0, 0x7e, 0xff]) {
      const changed = Buffer.from(whole)
      changed[at] = byte
      try {
        expect((valuesOf(new Callee(), changed) ?? []).length).toBeLessThan(whole.length)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
  }
})
