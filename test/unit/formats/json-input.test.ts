import { describe, expect, test } from '@jest/globals'
import { type Given, parserFor, print, random, read, readAll } from './records.js'

const pieces = [Infinity, 1, 3, 17]

describe('jsonl', () => {
  const format = 'jsonl'

  test('a line is a value, byte for byte', async () => {
    for (const piece of pieces) {
      expect(await read({ format }, '{"a": 1.0}\n"x"\r\n [1]\nnull', piece)).toEqual([
        '{"a": 1.0}',
        '"x"\r',
        ' [1]',
        'null'
      ])
    }
  })

  test('lines that are no JSON value are named, and the next ones are read', async () => {
    expect(readAll(await parserFor({ format }), '{}\n\nplain\n{"a":1}{}\n[]')).toMatchObject([
      { line: 1 },
      { message: 'the line is not JSON (it is empty)', place: { line: 2 } },
      { message: "the line is not JSON (unexpected 'p' at byte 1)", place: { line: 3 } },
      { message: "the line is not JSON (unexpected '{' at byte 8)", place: { line: 4 } },
      { line: 5 }
    ])
  })

  test('fields: the text of strings, the JSON of all else', async () => {
    const options = { format, keyField: 'user.id', valueField: 'body', timestampField: 'at' }
    const input = [
      '{"user":{"id":"a\\n"},"body":"t\\"xt","at":1700000000000}',
      '{"user":{"id":12345678901234567890},"body":{"x": [1, 2]},"at":"2023-11-14T22:13:20.5Z"}',
      '{"user":{},"body":null,"at":null}',
      '{"user":{"id":null},"body":""}'
    ].join('\n')
    for (const piece of pieces) {
      expect(readAll(await parserFor(options), input, piece)).toMatchObject([
        { key: Buffer.from('a\n'), value: Buffer.from('t"xt'), timestamp: 1700000000000n },
        { key: Buffer.from('12345678901234567890'), value: Buffer.from('{"x":[1,2]}'), timestamp: 1700000000500n },
        { key: null, value: null, timestamp: -1n },
        { key: null, value: Buffer.from(''), timestamp: -1n }
      ])
    }
    expect(readAll(await parserFor({ ...options, emptyIsNull: true }), '{"body":""}')).toMatchObject([{ value: null }])
  })

  test('forms', async () => {
    const parser = await parserFor({ format, keyField: 'k', valueField: 'v', keyAs: 'int32', valueAs: 'base64' })
    expect(readAll(parser, '{"k":258,"v":"YQ=="}\n{"k":"x","v":""}')).toMatchObject([
      { key: Buffer.from([0, 0, 1, 2]), value: Buffer.from('a') },
      { message: 'the key is not int32: "x"', place: { line: 2 } }
    ])
  })

  test('fields that are not what they should be', async () => {
    const parser = await parserFor({ format, keyField: 'k', valueField: 'v', timestampField: 't' })
    expect(
      readAll(parser, '{"k":1}\n{"v":1,"t":"soon"}\n{"v":1,"t":-5}\n{"v":1,"k":"\\ud800"}\n{"v":2}')
    ).toMatchObject([
      { message: "the line has no field 'v'" },
      { message: '"soon" is no timestamp' },
      { message: '"-5" is no timestamp' },
      { message: 'a field holds half of a surrogate pair' },
      { key: null, value: Buffer.from('2'), timestamp: -1n, line: 5 }
    ])
  })
})

describe('envelope', () => {
  const format = 'envelope'

  test('what is missing is null, what is not known is ignored', async () => {
    expect(
      readAll(await parserFor({ format }), '{}\n {"x": [{"key": 1}], "value": "v", "topic": null} \r\n')
    ).toMatchObject([
      { key: null, value: null, timestamp: -1n, partition: -1, headers: [] },
      { key: null, value: Buffer.from('v') }
    ])
  })

  test('nothing of a record is left to the next', async () => {
    const full = '{"key":"k","value":"v","timestamp":5,"partition":3,"headers":[["h","1"]]}'
    const [, second] = readAll(await parserFor({ format }), `${full}\n{}\n`)
    expect(second).toEqual({ key: null, value: null, timestamp: -1n, partition: -1, headers: [], line: 2 })
  })

  test('embedded JSON is its own text', async () => {
    expect(await read({ format }, '{"key":{"index": 4},"value":[1, 2.50]}\n{"key":7,"value":true}')).toEqual([
      '{"index":4}=[1,2.50]',
      '7=true'
    ])
    expect(await read({ format, keyAs: 'json', valueAs: 'json' }, '{"key":"k","value":"v"}')).toEqual(['"k"="v"'])
    const [outcome] = readAll(await parserFor({ format, keyAs: 'int32', valueAs: 'hex' }), '{"key":7,"value":"00ff"}')
    expect(outcome).toMatchObject({ key: Buffer.from([0, 0, 0, 7]), value: Buffer.from([0, 0xff]) })
  })

  test('lines of kcat -J, as kcat 1.7.1 prints them', async () => {
    const input =
      '{"topic":"f1","partition":0,"offset":0,"tstype":"create","ts":1795389179378,"broker":1,"headers":["a","1","a","2","e","","n",null],"key":"k1","payload":"v1"}\n' +
      '{"topic":"f1","partition":0,"offset":1,"tstype":"create","ts":1795389180500,"broker":1,"key":null,"payload":null}\n'
    const text = (...pairs: [string, string | null][]): unknown[] =>
      pairs.map(([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value)])
    expect(readAll(await parserFor({ format }), input)).toMatchObject([
      {
        key: Buffer.from('k1'),
        value: Buffer.from('v1'),
        timestamp: 1795389179378n,
        partition: 0,
        headers: text(['a', '1'], ['a', '2'], ['e', ''], ['n', null])
      },
      { key: null, value: null, headers: [] }
    ])
  })

  test.each([
    ['', 'the line is no JSON object'],
    ['[]', 'the line is no JSON object'],
    ['"x"', 'the line is no JSON object'],
    ['{"key":"k"', 'the line is not JSON (it ends too early)'],
    ['{"key":"k"} x', "the line is not JSON (unexpected 'x' at byte 13)"],
    ['{"key":k}', "the line is not JSON (unexpected 'k' at byte 8)"],
    ['{"key_base64":"A"}', 'key_base64 is not base64: "A"'],
    ['{"value_base64":5}', 'value_base64 is no string'],
    ['{"value":"\\ud83d"}', 'the value holds half of a surrogate pair'],
    ['{"partition":"x"}', '"\\"x\\"" is no partition'],
    ['{"partition":1e9}', '"1e9" is no partition'],
    ['{"partition":2147483648}', '"2147483648" is no partition'],
    ['{"timestamp":[]}', '"[]" is no timestamp'],
    ['{"timestamp":1.5}', '"1.5" is no timestamp'],
    ['{"headers":{}}', 'the line has headers that are no list of [name, value]'],
    ['{"headers":5}', 'the line has headers that are no list of [name, value]'],
    ['{"headers":["a"]}', 'the line has headers that are no list of [name, value]'],
    ['{"headers":[["a"]]}', 'the line has headers that are no list of [name, value]'],
    ['{"headers":[["a","b","c"]]}', 'the line has headers that are no list of [name, value]'],
    ['{"headers":[[null,"b"]]}', 'the line has a header that is neither a string, null nor {"base64": "…"}'],
    ['{"headers":[["a",1]]}', 'the line has a header that is neither a string, null nor {"base64": "…"}'],
    ['{"headers":[["a",{"base64":"A"}]]}', 'the line has a header that is neither a string, null nor {"base64": "…"}'],
    ['{"headers":[["a",{"base64":5}]]}', 'the line has a header that is neither a string, null nor {"base64": "…"}'],
    ['{"headers":[["a","b"}', "the line is not JSON (unexpected '}' at byte 21)"]
  ])('%s is named', async (line, message) => {
    expect(readAll(await parserFor({ format }), `{}\n${line}\n{"key":"k"}\n`)).toMatchObject([
      { line: 1 },
      { message, place: { line: 2 } },
      { line: 3, key: Buffer.from('k') }
    ])
  })

  test('gives back every record that it printed, in pieces of any size', async () => {
    const below = random(9)
    const units = [
      'a',
      '"',
      '\\',
      '\n',
      '\0',
      '\x1f',
      '{"a":1}',
      'é',
      '😀',
      '\xff',
      'long text without anything special in it '
    ]
    const bytes = (): Buffer =>
      Buffer.concat(
        Array.from({ length: below(7) }, () => {
          const unit = units[below(units.length)]!
          return Buffer.from(unit, unit === '\xff' ? 'latin1' : 'utf8')
        })
      )
    const orNull = (): Buffer | null => (below(5) === 0 ? null : bytes())
    for (let round = 0; round < 200; round++) {
      const given = Array.from({ length: 1 + below(12) }, () => ({
        topic: 'any',
        partition: below(100),
        offset: BigInt(below(1000)),
        timestamp: [-1n, 0n, 1700000000000n, 2n ** 53n + 1n, 2n ** 63n - 1n][below(5)]!,
        key: orNull(),
        value: orNull(),
        headers: Array.from({ length: below(4) }, (): [Buffer, Buffer | null] => [bytes(), orNull()])
      })) satisfies Given[]
      const delimiter = Buffer.from(['\n', '\r\n', '\0'][below(3)]!)
      const text = await print({ format, delimiter }, given)
      const outcomes = readAll(await parserFor({ format, delimiter }), text, 1 + below(300))
      expect(outcomes).toEqual(
        given.map(({ key, value, headers, timestamp, partition }, i) => ({
          key,
          value,
          headers,
          timestamp,
          partition,
          line: i + 1
        }))
      )
    }
  })

  test('gives back numbers and JSON that were printed in their forms', async () => {
    const forms = { format, keyAs: 'int64', valueAs: 'json' }
    const given: Given[] = [
      { key: Buffer.from('8000000000000001', 'hex'), value: '{"a":"b"}' },
      { key: Buffer.alloc(8), value: '"x\\n"' }
    ]
    const outcomes = readAll(await parserFor(forms), await print(forms, given))
    expect(outcomes).toMatchObject(given.map(({ key, value }) => ({ key, value: Buffer.from(value as string) })))
  })
})

test('%R%s of consume is length-prefixed of produce', async () => {
  const given = [{ value: 'a' }, { value: null }, { value: '' }, { value: Buffer.from([0, 0, 0, 9, 0xff]) }]
  const printed = await print({ format: '%R%s' }, given)
  const outcomes = readAll(await parserFor({ format: 'length-prefixed' }), printed, 3)
  expect(outcomes).toMatchObject(
    given.map(({ value }) => ({ value: value === null ? null : Buffer.from(value as string) }))
  )
})
