import { describe, expect, test } from '@jest/globals'
import { decoderFor, forms } from '../../../src/formats/decode.js'
import { encoderFor } from '../../../src/formats/encode.js'
import { UsageError } from '../../../src/errors.js'
import { ByteWriter } from '../../../src/records/byte-writer.js'

function decode(form: string, bytes: Buffer, as: 'text' | 'json' = 'text'): string {
  const out = new ByteWriter(1)
  const placed = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('xyz')])
  return decoderFor(form, '--value-as')![as](placed, 3, 3 + bytes.length, out) ?? out.view().toString()
}

function encode(form: string, text: string): Buffer | string {
  const out = new ByteWriter(1)
  const placed = Buffer.from(`123${text}123`)
  const problem = encoderFor(form, '--value-as')!(placed, 3, placed.length - 3, out)
  return problem ?? Buffer.from(out.view())
}

// Bytes as Kafka's IntegerSerializer, LongSerializer, DoubleSerializer and UUIDs in 16 bytes have them.
const pairs: [string, string, string, string][] = [
  ['int32', '0000002a', '42', '42'],
  ['int32', 'ffffffff', '-1', '-1'],
  ['int32', '80000000', '-2147483648', '-2147483648'],
  ['int64', '000000000000002a', '42', '42'],
  ['int64', 'ffffffffffffffff', '-1', '-1'],
  ['int64', '001fffffffffffff', '9007199254740991', '9007199254740991'],
  ['int64', '0020000000000001', '9007199254740993', '9007199254740993'],
  ['int64', '7fffffffffffffff', '9223372036854775807', '9223372036854775807'],
  ['int64', '8000000000000000', '-9223372036854775808', '-9223372036854775808'],
  ['float64', '3ff8000000000000', '1.5', '1.5'],
  ['float64', '8000000000000000', '-0', '-0'],
  ['float64', '7ff8000000000000', 'NaN', '"NaN"'],
  ['float64', 'fff0000000000000', '-Infinity', '"-Infinity"'],
  [
    'uuid',
    '123e4567e89b12d3a456426614174000',
    '123e4567-e89b-12d3-a456-426614174000',
    '"123e4567-e89b-12d3-a456-426614174000"'
  ],
  ['hex', '00ff10', '00ff10', '"00ff10"'],
  ['hex', '', '', '""'],
  ['base64', '00ff10', 'AP8Q', '"AP8Q"'],
  ['base64', '00ff', 'AP8=', '"AP8="'],
  ['json', '7b2261223a20317d', '{"a":1}', '{"a":1}']
]

describe('from bytes', () => {
  test.each(pairs)('%s of %s is %s, in JSON %s', (form, hex, text, json) => {
    expect(decode(form, Buffer.from(hex, 'hex'))).toBe(text)
    expect(decode(form, Buffer.from(hex, 'hex'), 'json')).toBe(json)
  })

  test.each([
    ['int32', 3, 'is not 4 bytes of int32 (it is 3)'],
    ['int64', 4, 'is not 8 bytes of int64 (it is 4)'],
    ['float64', 0, 'is not 8 bytes of float64 (it is 0)'],
    ['uuid', 17, 'is not 16 bytes of uuid (it is 17)']
  ])('%s of %d bytes is refused', (form, length, message) => {
    expect(decode(form, Buffer.alloc(length))).toBe(message)
    expect(decode(form, Buffer.alloc(length), 'json')).toBe(message)
  })

  test('json has to be JSON', () => {
    expect(decode('json', Buffer.from('{"a":'))).toBe('is not JSON (it ends too early)')
  })
})

describe('to bytes', () => {
  test.each(pairs.filter(([form]) => form !== 'json'))('%s: %s from %s', (form, hex, text) => {
    expect(encode(form, text)).toEqual(Buffer.from(hex, 'hex'))
  })

  test('json stays as it is', () => {
    expect(encode('json', ' {"a": 1}')).toEqual(Buffer.from(' {"a": 1}'))
  })

  test('base64 may lack its padding, and may be of the alphabet for URLs', () => {
    expect(encode('base64', 'AP8')).toEqual(Buffer.from([0, 0xff]))
    expect(encode('base64', '-_-_')).toEqual(encode('base64', '+/+/'))
  })

  const bad: [string, string][] = [
    ['int32', '2147483648'],
    ['int32', ''],
    ['int32', '1.0'],
    ['int32', ' 1'],
    ['int64', '9223372036854775808'],
    ['int64', '-9223372036854775809'],
    ['int64', '1e3'],
    ['int64', '9'.repeat(50)],
    ['float64', 'abc'],
    ['float64', '0x10'],
    ['uuid', '123e4567e89b12d3a456426614174000'],
    ['hex', 'abc'],
    ['hex', 'zz'],
    ['base64', 'A'],
    ['base64', 'AP8=='],
    ['base64', 'A P8'],
    ['json', '{']
  ]
  test.each(bad)('%s refuses %j', (form, text) => {
    expect(encode(form, text)).toMatch(form === 'json' ? /^is not JSON/ : `is not ${form}: "`)
  })
})

test('the form string leaves bytes as they are', () => {
  expect([decoderFor('string', '--key-as'), encoderFor('string', '--key-as')]).toEqual([null, null])
})

test.each(['avro', 'int23', 'toString', ''])('there is no form %j', (form) => {
  for (const find of [decoderFor, encoderFor]) expect(() => find(form, '--key-as')).toThrow(UsageError)
  expect(() => decoderFor(form, '--key-as')).toThrow(`--key-as '${form}' is not known`)
})

test('the message lists the forms', () => {
  try {
    decoderFor('avro', '--value-as')
  } catch (error) {
    for (const form of forms) expect((error as UsageError).line).toContain(form)
  }
  expect.assertions(forms.length)
})
