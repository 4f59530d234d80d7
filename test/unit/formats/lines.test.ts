import { describe, expect, test } from '@jest/globals'
import { parserFor, random, read, readAll } from './records.js'

const colon = Buffer.from(':')
const pieces = [Infinity, 1, 2, 3, 7]

describe('lines', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['\n', ['']],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\n\nb\nlast', ['a', '', 'b', 'last']],
    ['\n\n', ['', '']],
    ['a\r\n\0\xff\n', ['a\r', '\0\xff']]
  ])('%j is %j', async (text, expected) => {
    for (const piece of pieces) expect(await read({}, Buffer.from(text, 'latin1'), piece)).toEqual(expected)
  })

  test('any delimiter: one byte, several, one that begins like itself, none', async () => {
    for (const piece of pieces) {
      expect(await read({ delimiter: Buffer.from('\0') }, 'a\nb\0c', piece)).toEqual(['a\nb', 'c'])
      expect(await read({ delimiter: Buffer.from('::') }, 'a:b::c:::d::', piece)).toEqual(['a:b', 'c', ':d'])
      expect(await read({ delimiter: Buffer.from('aab') }, 'xaaab-aabaab', piece)).toEqual(['xa', '-', ''])
      expect(await read({ delimiter: Buffer.alloc(0) }, 'a\nb\n', piece)).toEqual(['a\nb\n'])
      expect(await read({ delimiter: Buffer.alloc(0) }, '', piece)).toEqual([])
    }
  })

  test('keys: the first key delimiter splits, a line without one has a null key', async () => {
    for (const piece of pieces) {
      expect(await read({ keyDelimiter: colon }, 'k:v\nnokey\n:v\nk:\na:b:c\n\nlast', piece)).toEqual([
        'k=v',
        'nokey',
        '=v',
        'k=',
        'a=b:c',
        '',
        'last'
      ])
      expect(await read({ keyDelimiter: Buffer.from('::') }, 'k::v\nk:v\nk:\n:v\n::', piece)).toEqual([
        'k=v',
        'k:v',
        'k:',
        ':v',
        '='
      ])
    }
    // What looks like a key delimiter across the end of a line is none.
    expect(await read({ keyDelimiter: Buffer.from('x\n') }, 'ax\nb\n')).toEqual(['ax', 'b'])
  })

  test('-Z: an empty value is null, the key stays', async () => {
    const outcomes = readAll(await parserFor({ keyDelimiter: colon, emptyIsNull: true }), 'k:\n:\n\nx')
    expect(outcomes).toMatchObject([
      { key: Buffer.from('k'), value: null },
      { key: Buffer.from(''), value: null },
      { key: null, value: null },
      { key: null, value: Buffer.from('x') }
    ])
  })

  test('lines are counted, and forms that do not fit are named with them', async () => {
    const parser = await parserFor({ keyDelimiter: colon, keyAs: 'int64', valueAs: 'hex' })
    expect(readAll(parser, '1:00ff\nx:00\n2:zz\n3:\nplain\n4:0a', 5)).toMatchObject([
      { line: 1, key: Buffer.from('0000000000000001', 'hex'), value: Buffer.from([0, 0xff]) },
      { message: 'the key is not int64: "x"', place: { line: 2 } },
      { message: 'the value is not hex: "zz"', place: { line: 3 } },
      { line: 4, value: Buffer.alloc(0) },
      { message: 'the value is not hex: "plain"', place: { line: 5 } },
      { line: 6, key: Buffer.from('0000000000000004', 'hex'), value: Buffer.from('\n') }
    ])
  })

  test('it is split and join, for random input in random pieces', async () => {
    const below = random(8)
    for (let round = 0; round < 300; round++) {
      const delimiter = ['\n', '::', 'aba', '\r\n'][below(4)]!
      const text = Array.from({ length: below(40) }, () => 'ab:\r\n'[below(5)]!).join('')
      const expected = text.split(delimiter)
      if (expected.at(-1) === '') expected.pop()
      expect(await read({ delimiter: Buffer.from(delimiter) }, text, 1 + below(9))).toEqual(expected)
    }
  })

  test('a long line that comes in small pieces is searched once', async () => {
    const parser = await parserFor({})
    const size = 32 << 20
    const window = Buffer.alloc(size + 1, 'x')
    window[size] = 0x0a
    const start = performance.now()
    for (let end = 1 << 12; end < size; end += 1 << 12) {
      parser.feed(window, 0, end, false)
      if (parser.next()) throw new Error('a line without an end')
    }
    parser.feed(window, 0, size + 1, true)
    expect(parser.next()).toBe(true)
    expect([parser.valueStart, parser.valueEnd, parser.next()]).toEqual([0, size, false])
    // Searched from its beginning each time, these would be 128 GiB.
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

describe('file', () => {
  test.each(['', 'a', 'a\nb\n', '\0'])('%j is one record', async (text) => {
    for (const piece of pieces) expect(await read({ format: 'file' }, text, piece)).toEqual([text])
  })

  test('-Z and forms', async () => {
    expect(await read({ format: 'file', emptyIsNull: true }, '')).toEqual(['-'])
    expect(await read({ format: 'file', valueAs: 'base64' }, 'YWI=')).toEqual(['ab'])
  })
})

describe('length-prefixed', () => {
  const format = 'length-prefixed'
  const input = Buffer.concat([
    Buffer.from([0, 0, 0, 2]),
    Buffer.from('a\n'),
    Buffer.from([0, 0, 0, 0]),
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0, 0, 0, 1, 0xff])
  ])

  test('values of any bytes, empty and null ones', async () => {
    for (const piece of pieces) {
      expect(await read({ format }, input, piece)).toEqual(['a\n', '', '-', '\xff'])
      expect(await read({ format, emptyIsNull: true }, input, piece)).toEqual(['a\n', '-', '-', '\xff'])
      expect(await read({ format }, '', piece)).toEqual([])
    }
  })

  test('input that is cut off or something else is named with the record', async () => {
    for (const piece of pieces) {
      const cut = async (bytes: Buffer): Promise<unknown[]> => readAll(await parserFor({ format }), bytes, piece)
      expect(await cut(input.subarray(0, 8))).toMatchObject([
        { line: 1 },
        { message: 'the input ends within its length, in record 2', place: { line: 2 } }
      ])
      expect(await cut(input.subarray(0, -1))).toMatchObject([
        { line: 1 },
        { line: 2 },
        { line: 3 },
        { message: 'the input ends within a value of 1 bytes, in record 4', place: { line: 4 } }
      ])
      const [error] = await cut(Buffer.from([0x80, 0, 0, 0]))
      expect(error).toMatchObject({ message: 'record 1 has a length of -2147483648' })
    }
  })
})
