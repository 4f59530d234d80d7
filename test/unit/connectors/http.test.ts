// What is pure of HTTP as an endpoint: bodies taken apart and put together, events, keys, and when to try again.
import { once } from 'node:events'
import { type IncomingMessage, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { BodyReader } from '../../../src/connectors/http/body-reader.js'
import { idempotencyKey, itemOf } from '../../../src/connectors/http/bodies.js'
import { EventParser, type ServerEvent } from '../../../src/connectors/http/event-parser.js'
import { retryAfter } from '../../../src/connectors/http/retry-after.js'
import { splitterOf } from '../../../src/connectors/http/splitting.js'
import type { Message } from '../../../src/endpoint-module.js'

/** The same, whole and byte by byte. */
function inPieces<T>(text: string, begin: () => { take(piece: Buffer): T[]; end?(): T[] }): T[] {
  const bytes = Buffer.from(text)
  const results = [bytes.length, 1].map((size) => {
    const made = begin()
    const taken: T[] = []
    for (let at = 0; at < bytes.length; at += size) taken.push(...made.take(bytes.subarray(at, at + size)))
    return [...taken, ...(made.end?.() ?? [])]
  })
  expect(results[1]).toEqual(results[0])
  return results[0]!
}

const split = (kind: 'lines' | 'array' | 'record', text: string): string[] =>
  inPieces(text, () => splitterOf(kind)).map(String)

describe('a body', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\n\n é\n', ['a\r', '', ' é']]
  ])('of lines: %j', (text, records) => expect(split('lines', text)).toEqual(records))

  test.each([
    ['[]', []],
    [' [ ]\n', []],
    ['[1]', ['1']],
    ['[ {"a": [1, 2]} ,\n"],\\"[" , 12345678901234567890,[{}],null ] ', ['{"a": [1, 2]}', '"],\\"["', '12345678901234567890', '[{}]', 'null']] // prettier-ignore
  ])('with an array: %j', (text, records) => expect(split('array', text)).toEqual(records))

  test.each([
    ['', 'after 0 records: it ends before'],
    ['{}', 'after 0 records: it is no JSON array'],
    ['[1', 'after 0 records: it ends before'],
    ['[1,', 'after 1 records: it ends before'],
    ['[1,]', 'after 1 records: it is no JSON'],
    ['[,1]', 'after 0 records: it is no JSON'],
    ['[1}', 'after 0 records: it is no JSON'],
    ['[1 2]', 'after 0 records: it is no JSON'],
    ['["a]', 'after 0 records: it ends before'],
    ['[1] 2', 'after 1 records: it is no JSON array']
  ])('with no array: %j', (text, why) => expect(() => split('array', text)).toThrow(why))

  test('as one record', () => expect(split('record', 'a\n\nb')).toEqual(['a\n\nb']))

  test('with a record that has no end', () => {
    for (const kind of ['lines', 'array', 'record'] as const) {
      const splitter = splitterOf(kind)
      const piece = Buffer.alloc(1 << 20, '"')
      const take = (): void => {
        for (let i = 0; i < 17; i++) splitter.take(kind === 'array' && i === 0 ? Buffer.from('["a') : piece.fill('x'))
      }
      expect(take).toThrow('a record is longer than 16 MiB')
    }
  })
})

describe('events', () => {
  const parse = (text: string, id = ''): string[] =>
    inPieces(text, () => new EventParser(id)).map(({ data, type, id, isNumbered }: ServerEvent) =>
      [data, type, isNumbered ? id : `(${id})`].join('|')
    )

  test.each([
    ['data: a\n\n', ['a||()']],
    ['\ufeffdata:a\r\n\r\n', ['a||()']],
    ['data:  a\rdata\rdata: b\r\r', [' a\n\nb||()']],
    [': comment\nevent: x\nid: 1\ndata: a\n\ndata: b\n\n', ['a|x|1', 'b||(1)']],
    // What has no data is none, but its id counts.
    ['id: 1\nevent: x\n\ndata: b\n\n', ['b||(1)']],
    ['id: 1\ndata: a\n\nid\ndata: b\n\n', ['a||1', 'b||']],
    ['id: a\0b\ndata: a\n\n', ['a||()']],
    ['data: é\nother: x\nretry: x\n\n', ['é||()']],
    ['data: a\n\ndata: b\n', ['a||()']],
    ['data: a\n\ndata: b', ['a||()']]
  ])('%j', (text, events) => expect(parse(text)).toEqual(events))

  test('go on behind the last id, and say when', () => {
    expect(parse('data: a\n\n', '7')).toEqual(['a||(7)'])
    const parser = new EventParser('')
    parser.take(Buffer.from('retry: 250\n'))
    expect(parser.retry).toBe(250)
    parser.take(Buffer.from('retry: 1e9\nretry:\n'))
    expect(parser.retry).toBe(250)
  })
})

const record: Message = {
  ...{ key: null, value: Buffer.from('1'), headers: [], topic: 't', partition: 3 },
  ...{ offset: 2n ** 63n - 1n, timestamp: null }
}

test('a request is known by where its records stand', () => {
  const at = (more: Partial<Message>): ReturnType<typeof itemOf> => itemOf({ ...record, ...more }, 0, 'lines', 'value')
  const [one, two, ä, none] = [at({}), at({ offset: 0n }), at({ topic: 'ä\n' }), at({ offset: null })]
  expect(idempotencyKey([one])).toBe('t-3-9223372036854775807')
  expect(idempotencyKey([ä])).toBe('%C3%A4%0A-3-9223372036854775807')
  expect(idempotencyKey([one, two])).toBe(idempotencyKey([at({ value: Buffer.from('2') }), two]))
  expect(new Set([[one, two], [two, one], [one, two, one], [two]].map(idempotencyKey)).size).toBe(4) // prettier-ignore
  expect(idempotencyKey([one, none])).not.toBe(idempotencyKey([one, none]))
})

test('a body that does not come breaks off, one that nobody asks for does not', async () => {
  const server = createServer((_, answer) => void answer.write('a')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const asked = get({ port, host: '127.0.0.1' }).on('error', () => undefined)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.on('error', () => undefined)
  const body = new BodyReader(answer, 100)
  const { signal } = new AbortController()
  await sleep(150)
  expect(String(await body.next(signal))).toBe('a')
  await sleep(150)
  expect(await body.next(signal)).toBe('it says nothing')
  server.close()
})

test.each([
  ['lines', '{"a":\n1}', '{"a": 1}'],
  ['lines', 'any text', 'any text'],
  ['lines', 'two\nlines', 'its value has a line break'],
  ['array', 'text', 'its value is no JSON'],
  ['array', '"\n"', 'its value is no JSON'],
  ['record', 'two\nlines', 'two\nlines'],
  ['record', null, 'it is a tombstone']
] as const)('%s of %j: %s', (kind, value, wanted) => {
  const make = (): string => String(itemOf({ ...record, value: value === null ? null : Buffer.from(value) }, 0, kind, 'value').bytes) // prettier-ignore
  if (wanted.startsWith('it')) expect(make).toThrow(wanted)
  else expect(make()).toBe(wanted)
})

test('when to try again: seconds or a date', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5)
  const values = [undefined, '0', '120', 'Fri, 02 Jan 2026 03:04:15 GMT', 'Fri, 02 Jan 2026 03:00:00 GMT', 'soon', '-5']
  expect(values.map((value) => retryAfter(value, now))).toEqual([0, 0, 120_000, 10_000, 0, 0, 0])
})
