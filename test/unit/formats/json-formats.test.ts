import { describe, expect, test } from '@jest/globals'
import { FailedError } from '../../../src/errors.js'
import { type Given, print, printText } from './records.js'

const format = 'envelope'

describe('envelope', () => {
  test('has everything, in this order', async () => {
    const given: Given = {
      topic: 'orders',
      partition: 2,
      offset: 2n ** 60n,
      timestamp: 1700000000123,
      key: 'k"1',
      value: '{"a":1}\n',
      headers: [
        ['h', '1'],
        ['h', null],
        ['', '']
      ]
    }
    expect(await printText({ format }, [given])).toBe(
      '{"topic":"orders","partition":2,"offset":1152921504606846976,"timestamp":1700000000123,' +
        '"headers":[["h","1"],["h",null],["",""]],"key":"k\\"1","value":"{\\"a\\":1}\\n"}\n'
    )
  })

  test('null and empty are told apart, and base64 takes the place of what is not UTF-8', async () => {
    const tail = async (given: Given): Promise<string> =>
      (await printText({ format }, [given])).replace(/.*"headers"/, '"headers"')
    expect(await tail({ key: null, value: null })).toBe('"headers":[],"key":null,"value":null}\n')
    expect(await tail({ key: '', value: '' })).toBe('"headers":[],"key":"","value":""}\n')
    expect(await tail({ key: Buffer.from([0xff]), value: Buffer.from([0xed, 0xa0, 0x80]) })).toBe(
      '"headers":[],"key_base64":"/w==","value_base64":"7aCA"}\n'
    )
    const bytes = Buffer.from([0xc3])
    expect(
      await tail({
        headers: [
          [bytes, bytes],
          ['b', bytes]
        ]
      })
    ).toBe('"headers":[[{"base64":"ww=="},{"base64":"ww=="}],["b",{"base64":"ww=="}]],"key":null,"value":null}\n')
  })

  test('records of several topics and partitions, with and without a timestamp', async () => {
    const given = [
      { topic: 'a' },
      { topic: 'a', partition: 1 },
      { topic: 'b"', partition: 1, timestamp: -1 },
      { topic: 'a' }
    ]
    const lines = (await printText({ format }, given)).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { topic: 'a', partition: 0, offset: 0, timestamp: 1700000000000 },
      { topic: 'a', partition: 1, offset: 1 },
      { topic: 'b"', partition: 1, offset: 2, timestamp: -1 },
      { topic: 'a', partition: 0, offset: 3 }
    ])
  })

  test('JSON is embedded, as it was written but on one line', async () => {
    const given = [{ key: '{"index":4}', value: '{"word":\n "world", "n": 12345678901234567890}' }]
    const printed = await printText({ format, keyAs: 'json', valueAs: 'json' }, given)
    expect(printed).toContain('"key":{"index":4},"value":{"word":"world","n":12345678901234567890}}\n')
    const numbers = await printText({ format, keyAs: 'int64', valueAs: 'uuid' }, [
      { key: Buffer.alloc(8, 0x11), value: Buffer.alloc(16) }
    ])
    expect(numbers).toContain('"key":1229782938247303441,"value":"00000000-0000-0000-0000-000000000000"}')
  })

  test('300 tombstones are 300 nulls', async () => {
    const printed = await printText(
      { format, valueAs: 'json' },
      Array.from({ length: 300 }, () => ({ key: 'k', value: null }))
    )
    expect(printed.match(/"value":null}\n/g)).toHaveLength(300)
  })

  test('what is not JSON is named', async () => {
    await expect(print({ format, valueAs: 'json' }, [{ value: '{}' }, { value: '{' }])).rejects.toThrow(
      'the value of t [0] at offset 1 is not JSON (it ends too early)'
    )
    await expect(print({ format, keyAs: 'json' }, [{ key: '' }])).rejects.toThrow(
      'the key of t [0] at offset 0 is not JSON (it is empty)'
    )
  })

  test('another delimiter, for jq --seq and the like', async () => {
    expect(await printText({ format, delimiter: Buffer.from(';') }, [{}])).toMatch(/};$/)
  })
})

describe('jsonl', () => {
  const given: Given[] = [
    {
      key: 'k',
      value: '{"user":{"id":12345678901234567890,"tags":["x", 1.50]},"ok":true}',
      headers: [
        ['h', '1'],
        ['h', '2']
      ]
    },
    { key: null, value: null },
    { key: Buffer.from([0xff]), value: '{"user":null}', headers: [['h', null]] }
  ]

  test('without fields: those of the record', async () => {
    expect(await printText({ format: 'jsonl' }, given.slice(1, 2))).toBe(
      '{"topic":"t","partition":0,"offset":0,"timestamp":1700000000000,"key":null,"value":null}\n'
    )
  })

  test('fields under their names, with their types and digits', async () => {
    const fields = ['key', 'value.user.id', 'value.user.tags', 'value.user.tags.1', 'value.ok', 'headers.h', 'headers']
    expect(await printText({ format: 'jsonl', fields }, given)).toBe(
      [
        '{"key":"k","value.user.id":12345678901234567890,"value.user.tags":["x",1.50],"value.user.tags.1":1.50,"value.ok":true,"headers.h":"2","headers":[["h","1"],["h","2"]]}',
        '{"key":null,"value.user.id":null,"value.user.tags":null,"value.user.tags.1":null,"value.ok":null,"headers.h":null,"headers":[]}',
        '{"key_base64":"/w==","value.user.id":null,"value.user.tags":null,"value.user.tags.1":null,"value.ok":null,"headers.h":null,"headers":[["h",null]]}',
        ''
      ].join('\n')
    )
  })

  test('values that are not UTF-8, and embedded ones', async () => {
    const value = Buffer.from([0xff])
    expect(
      await printText({ format: 'jsonl', fields: ['value', 'headers.b'] }, [{ value, headers: [['b', value]] }])
    ).toBe('{"value_base64":"/w==","headers.b_base64":"/w=="}\n')
    expect(await printText({ format: 'jsonl', fields: ['value'], valueAs: 'json' }, given.slice(2))).toBe(
      '{"value":{"user":null}}\n'
    )
  })

  test('fields of a key', async () => {
    expect(
      await printText({ format: 'jsonl', fields: ['key.0', 'key.x'] }, [{ key: '["a"]' }, { key: '{"x":"y"}' }])
    ).toBe('{"key.0":"a","key.x":null}\n{"key.0":null,"key.x":"y"}\n')
  })

  test('a value that is not JSON is named, where a path leads into it', async () => {
    const error = await print({ format: 'jsonl', fields: ['value.a'] }, [{ offset: 7n, value: 'plain' }]).catch(
      (e: unknown) => e
    )
    expect(error).toBeInstanceOf(FailedError)
    expect(error).toMatchObject({
      message: "the value of t [0] at offset 7 is not JSON (unexpected 'p' at byte 1)",
      place: { topic: 't', partition: 0, offset: 7n }
    })
  })
})
