// What is pure of an index as an endpoint: names made of records, and parts of answers as they stand.
import { describe, expect, test } from '@jest/globals'
import { documentOf, namingOf } from '../../../src/connectors/search/naming.js'
import { placeOf } from '../../../src/connectors/search/place.js'
import { elementsOf, membersAt } from '../../../src/connectors/search/raw-json.js'
import type { Message } from '../../../src/endpoint-module.js'

const record: Message = {
  ...{ key: Buffer.from('k'), value: Buffer.from('{}'), headers: [], topic: 't', partition: 3 },
  ...{ offset: 2n ** 63n - 1n, timestamp: BigInt(Date.UTC(2026, 0, 2, 23, 59)) }
}

describe('an id', () => {
  test.each([
    ['offset', {}, 't-3-9223372036854775807'],
    ['key', {}, 'k'],
    ['auto', {}, undefined],
    ['value.a.b', { a: { b: 'c' } }, 'c'],
    ['value.a', { a: false }, 'false']
  ])('%s', (id, document, wanted) => {
    expect(namingOf(id, 'i').id(record, document)).toBe(wanted)
  })

  test.each([
    ['offset', { topic: '' }, 'it has no topic and offset'],
    ['key', { key: null }, 'it has no key'],
    ['key', { key: Buffer.from([0xff]) }, 'its key is no UTF-8'],
    ['key', { key: Buffer.alloc(0) }, 'not 0'],
    ['key', { key: Buffer.alloc(513) }, 'not 513'],
    ['value.a.constructor', {}, 'it has no value.a.constructor']
  ])('%s of %j: %s', (id, lacking, why) => {
    expect(() => namingOf(id, 'i').id({ ...record, ...lacking }, { a: 1 })).toThrow(why)
  })

  test.each(['', 'topic', 'value', 'value.', 'value..a', 'headers.a'])('is not %j', (id) => {
    expect(() => namingOf(id, 'i')).toThrow('use one of offset, key, auto, value.NAME')
  })
})

describe('an index', () => {
  test.each([
    ['plain', 'plain'],
    ['{topic}-{date}', 't-2026.01.02'],
    ['a-{key}-{value.n}', 'a-k-12345678901234567890']
  ])('%s', (index, wanted) => {
    const document = documentOf(Buffer.from('{"n":12345678901234567890}'), true)
    expect(namingOf('key', index).index(record, document)).toBe(wanted)
  })

  test.each(['{', '{a', 'a}', '{}', '{offset}', '{value}'])('is not %j', (index) => {
    expect(() => namingOf('key', index)).toThrow()
  })
})

test.each(['', '1', '"a"', 'null', '[]', '{', '{"a":"\xff"}'])('%j is no document', (text) => {
  expect(() => documentOf(Buffer.from(text, 'latin1'), false)).toThrow('its value is no JSON object')
})

test.each([
  ['//localhost/a', { host: 'localhost', port: 9200, index: 'a' }],
  ['//[::1]:80/a-%7Btopic%7D', { host: '::1', port: 80, index: 'a-{topic}' }],
  ['//a:b%40c@h/a', { authorization: `Basic ${Buffer.from('a:b@c').toString('base64')}` }]
])('%s', (address, wanted) => {
  expect(placeOf({ address, options: { tls: false } as never })).toMatchObject(wanted)
})

test('parts of JSON stand where they stand', () => {
  const text = '{ "a\\"" : [1.0, "]\\\\", {"b":"}"} ,null], "c":{},"d" :12345678901234567890 }'
  const members = [...membersAt(Buffer.from(text))].map(([name, value]) => [name, value.toString()])
  expect(members).toEqual([
    ['a"', '[1.0, "]\\\\", {"b":"}"} ,null]'],
    ['c', '{}'],
    ['d', '12345678901234567890']
  ])
  expect(elementsOf(Buffer.from(members[0]![1]!)).map(String)).toEqual(['1.0', '"]\\\\"', '{"b":"}"}', 'null'])
  expect(elementsOf(Buffer.from('[ ]'))).toEqual([])
  expect(() => membersAt(Buffer.from('{"a":{"b":1'))).toThrow('an answer breaks off')
})
