import { describe, expect, test } from '@jest/globals'
import { FailedError } from '../../../src/errors.js'
import { print, printText } from './records.js'

const colon = Buffer.from(':')

describe('value', () => {
  test('a line a record, whatever is in it', async () => {
    const given = [
      { value: 'a' },
      { value: '' },
      { value: null },
      { value: Buffer.from([0, 0xff, 0x0a]) },
      { value: 'b' }
    ]
    expect(await print({}, given)).toEqual(
      Buffer.concat([Buffer.from('a\n\n\n'), Buffer.from([0, 0xff, 0x0a]), Buffer.from('\nb\n')])
    )
  })

  test('any delimiter, and none', async () => {
    const given = [{ value: 'a' }, { value: 'b' }]
    expect(await printText({ delimiter: Buffer.from('\r\n') }, given)).toBe('a\r\nb\r\n')
    expect(await printText({ delimiter: Buffer.from('\0') }, given)).toBe('a\0b\0')
    expect(await printText({ delimiter: Buffer.alloc(0) }, given)).toBe('ab')
  })

  test('keys in front, if their delimiter is given', async () => {
    const given = [
      { key: 'k', value: 'v' },
      { key: null, value: 'v' },
      { key: '', value: null }
    ]
    expect(await printText({ keyDelimiter: colon }, given)).toBe('k:v\n:v\n:\n')
    expect(await printText({ keyDelimiter: Buffer.from('::'), delimiter: Buffer.from(';') }, given)).toBe(
      'k::v;::v;::;'
    )
  })

  test('in another form', async () => {
    expect(
      await printText({ keyDelimiter: colon, keyAs: 'int64', valueAs: 'int32' }, [{ key: null, value: null }])
    ).toBe(':\n')
    const key = Buffer.from('0000000000000005', 'hex')
    expect(await printText({ keyDelimiter: colon, keyAs: 'int64', valueAs: 'hex' }, [{ key, value: 'ab' }])).toBe(
      '5:6162\n'
    )
    expect(await printText({ valueAs: 'json' }, [{ value: '{ "a" : 1 }' }, { value: null }])).toBe('{"a":1}\n\n')
  })

  test('a long value', async () => {
    const value = Buffer.alloc(1 << 20, 'x')
    expect((await print({}, [{ value }])).length).toBe(value.length + 1)
  })

  test('a record that is not of the form is named', async () => {
    const given = [{ topic: 'orders', partition: 7, offset: 2n ** 62n, value: 'abc' }]
    const error = await print({ valueAs: 'int32' }, given).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FailedError)
    expect((error as FailedError).message).toBe(
      'the value of orders [7] at offset 4611686018427387904 is not 4 bytes of int32 (it is 3)'
    )
    expect((error as FailedError).place).toEqual({ topic: 'orders', partition: 7, offset: 2n ** 62n })
    await expect(print({ keyDelimiter: colon, keyAs: 'uuid' }, [{ key: 'k' }])).rejects.toThrow(
      'the key of t [0] at offset 0 is not 16 bytes of uuid (it is 1)'
    )
  })
})

describe('kcat format strings', () => {
  // What kcat 1.7.1 prints of the same records with the same format string.
  const given = [
    {
      topic: 'f1',
      key: 'k1',
      value: 'v1',
      timestamp: 1795389179378,
      headers: [
        ['a', '1'],
        ['a', '2'],
        ['e', ''],
        ['n', null]
      ]
    },
    { topic: 'f1', key: null, value: null, timestamp: 1795389180500 },
    { topic: 'f1', key: 'k', value: null, timestamp: 1795389180500 },
    { topic: 'f1', key: 'é', value: Buffer.from([0xff, 0, 0x7a]), timestamp: 1795389180500 }
  ] satisfies Parameters<typeof print>[1]

  test('every token', async () => {
    const expected = [
      'f1|0|0|k1|2|v1|2|1795389179378|a=1,a=2,e=,n=NULL|%\n',
      'f1|0|1||-1||-1|1795389180500||%\n',
      'f1|0|2|k|1||-1|1795389180500||%\n',
      'f1|0|3|\xc3\xa9|2|\xff\0z|3|1795389180500||%\n'
    ]
    const printed = await print({ format: '%t|%p|%o|%k|%K|%s|%S|%T|%h|%%\\n' }, given)
    expect(printed.toString('latin1')).toBe(expected.join(''))
  })

  test('%R is the length in 4 bytes, big-endian', async () => {
    const printed = await print({ format: '%R%s' }, given)
    expect(printed.toString('hex')).toBe('000000027631' + 'ffffffff' + 'ffffffff' + '00000003ff007a')
  })

  test.each([
    ['\\n\\r\\t\\\\', '\n\r\t\\'],
    ['x\\x41\\x4ag', 'xAJg'],
    ['\\012\\0\\07z', '\n\0\x07z'],
    ['{"é":%%}', '{"é":%}'],
    ['%s%s', 'v1v1'],
    ['%%s', '%s']
  ])('%j prints %j', async (format, expected) => {
    expect(await printText({ format }, given.slice(0, 1))).toBe(expected)
  })

  test('forms go for %k and %s, lengths stay those of the bytes', async () => {
    expect(await printText({ format: '%k %K %s %S\\n', keyAs: 'hex', valueAs: 'base64' }, given.slice(0, 2))).toBe(
      '6b31 2 djE= 2\n -1  -1\n'
    )
  })

  test('offsets, partitions and timestamps of any size', async () => {
    const record = { partition: 2 ** 31 - 1, offset: 2n ** 63n - 2n, timestamp: 2n ** 63n - 1n }
    expect(await printText({ format: '%p %o %T' }, [record])).toBe('2147483647 9223372036854775806 9223372036854775807')
    expect(await printText({ format: '%p %o %T' }, [{ partition: -1, offset: 2n ** 53n + 1n, timestamp: -1 }])).toBe(
      '-1 9007199254740993 -1'
    )
  })

  test('offsets go on from batch to batch, also across 2^53', async () => {
    const given = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n, 5n, 2n ** 53n + 2n].map((offset) => ({ offset }))
    expect(await printText({ format: '%o ' }, given)).toBe('0 1 9007199254740991 9007199254740992 5 9007199254740994 ')
  })
})

test('hexdump', async () => {
  const given = [
    { topic: 'orders', partition: 3, offset: 12n, key: 'k', value: Buffer.from('0123456789abcdef\x00\xff', 'latin1') },
    { key: null, value: '', timestamp: -1 }
  ]
  expect(await printText({ format: 'hexdump' }, given)).toBe(
    [
      'orders [3] offset 12 timestamp 1700000000000 key 1 value 18',
      'key   00000000  6b                                                |k|',
      'value 00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|',
      'value 00000010  00 ff                                             |..|',
      't [0] offset 1 timestamp -1 key null value 0',
      ''
    ].join('\n')
  )
})
