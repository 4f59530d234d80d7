import { expect, test } from '@jest/globals'
import type { ConsumeMessage } from 'amqplib'
import { incoming, outgoing } from '../../../src/connectors/amqp/properties.js'
import type { Message } from '../../../src/endpoint-module.js'

const record = (parts: Partial<Message>): Message => ({
  ...{ key: null, value: null, headers: [], timestamp: null, topic: '', partition: -1, offset: null, ...parts }
})

/** As a broker hands on what was sent to it. */
function delivered(message: Message, exchange = '', routingKey = 'queue'): ConsumeMessage {
  const { content, properties } = outgoing(message)
  const own = { ...properties, headers: { ...(properties.headers as object) } }
  return { content, properties: own, fields: { exchange, routingKey } } as unknown as ConsumeMessage
}

const bytes = (...values: number[]): Buffer => Buffer.from(values)
const text = (value: string): Buffer => Buffer.from(value)

test.each<Partial<Message>>([
  { value: text('plain') },
  { key: text('k'), value: text('v'), timestamp: 1_700_000_000_123n },
  { key: bytes(0, 255, 10), value: bytes(255, 0) },
  { key: text(''), value: text('') },
  { key: text('k'), value: null },
  { value: text('v'), timestamp: 0n },
  {
    value: text('v'),
    headers: [
      ['a', text('1')],
      ['a', null],
      ['a', bytes(255)],
      ['n', null],
      ['e', text('')],
      ['ä', text('ö')]
    ]
  },
  {
    value: text('{}'),
    headers: [
      ['amqp.content-type', text('application/json')],
      ['amqp.message-id', text('m-1')],
      ['amqp.priority', text('9')]
    ]
  },
  // What a property cannot be is a header.
  { value: text('v'), headers: [['amqp.type', bytes(255)]] },
  { value: text('v'), headers: [['amqp.type', text('x'.repeat(256))]] },
  { value: text('v'), headers: [['amqp.priority', text('256')]] },
  { value: text('v'), headers: [['amqp.priority', text('07')]] },
  { value: text('v'), headers: [['amqp.type', null]] }
])('a record comes back as it was: %j', (parts) => {
  const { key, value, headers, timestamp } = record(parts)
  expect(incoming(delivered(record(parts)))).toEqual({ key, value, headers, timestamp })
})

test('properties, seconds and milliseconds are those that other programs know', () => {
  const message = record({
    value: text('{}'),
    timestamp: 1_700_000_000_123n,
    headers: [
      ['amqp.content-type', text('application/json')],
      ['amqp.priority', text('3')],
      ['trace', text('abc')]
    ]
  })
  expect(outgoing(message).properties).toEqual({
    ...{ contentType: 'application/json', priority: 3, deliveryMode: 2, mandatory: true, timestamp: 1_700_000_000 },
    headers: Object.assign(Object.create(null) as object, { trace: 'abc', timestamp_in_ms: 1_700_000_000_123 })
  })
})

test('what other programs write is read', () => {
  const message = {
    content: text('x'),
    fields: { exchange: 'events', routingKey: 'a.b' },
    properties: {
      ...{ correlationId: 'c', priority: 0, timestamp: 1_700_000_000 },
      headers: { n: 7, yes: true, at: { '!': 'timestamp', value: 5 }, deaths: [{ count: 1 }, { count: 2 }] }
    }
  } as unknown as ConsumeMessage
  expect(incoming(message)).toEqual({
    ...{ key: null, value: text('x'), timestamp: 1_700_000_000_000n },
    headers: [
      ['amqp.correlation-id', text('c')],
      ['amqp.priority', text('0')],
      ['amqp.routing-key', text('a.b')],
      ['n', text('7')],
      ['yes', text('true')],
      ['at', text('5')],
      ['deaths', text('{"count":1}')],
      ['deaths', text('{"count":2}')]
    ]
  })
  expect(incoming({ ...message, properties: {} } as unknown as ConsumeMessage).timestamp).toBeNull()
})

test('a routing key of its own is said, and kept', () => {
  const message = record({ value: text('x'), headers: [['amqp.routing-key', text('a.b')]] })
  expect(outgoing(message).routingKey).toBe('a.b')
  expect(incoming(delivered(message)).headers).toEqual(message.headers)
  expect(incoming(delivered(message, 'events', 'c.d')).headers).toEqual([['amqp.routing-key', text('c.d')]])
})

test('a header that would send a message elsewhere is refused', () => {
  expect(() => outgoing(record({ headers: [['CC', text('other')]] }))).toThrow('the header CC would send it elsewhere')
})
