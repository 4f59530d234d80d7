// What schemas make of bytes. serialized.json is from Confluent's own serializers (test/fixtures/schemas/serialize.py).
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { ByteWriter } from '../../../src/records/byte-writer.js'
import { type Codec, createCodec, type Form, Misfit, schemaTypes } from '../../../src/schemas/codec.js'
import type { ReferredSchema } from '../../../src/schemas/registry.js'
import { PREFIX, readSchemaId } from '../../../src/schemas/wire-format.js'

interface Serialized {
  name: string
  form: Form
  schema: string
  references: ReferredSchema[]
  hex: string
  json: string
}

const serialized = JSON.parse(readFileSync('test/fixtures/schemas/serialized.json', 'utf8')) as Serialized[]

function codecFor(form: Form, text: string, references: ReferredSchema[] = [], message: string | null = null) {
  return createCodec(form, { id: 1, type: schemaTypes[form], text, references, name: 'schema 1' }, message)
}

function decode(codec: Codec, bytes: Buffer): string {
  const out = new ByteWriter(1)
  const placed = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('xyz')])
  codec.decode(placed, 3, 3 + bytes.length, out)
  return out.view().toString()
}

function encode(codec: Codec, json: string): Buffer {
  const out = new ByteWriter(1)
  const placed = Buffer.from(`123${json}123`)
  codec.encode(placed, 3, placed.length - 3, out)
  return Buffer.from(out.view())
}

/** Where and why, as users read it. */
function misfit(codec: Codec, value: unknown): string {
  try {
    return encode(codec, typeof value === 'string' ? value : JSON.stringify(value)).toString('hex')
  } catch (error) {
    const path = error instanceof Misfit ? ['value', ...error.path].join('.') : ''
    return `${path} ${(error as Error).message}`
  }
}

describe('what other serializers wrote', () => {
  const messages: Record<string, string> = { 'second-message': 'Order', 'empty-message': 'shop.Order' }
  test.each(serialized)('$form, $name', async ({ name, form, schema, references, hex, json }) => {
    const codec = await codecFor(form, schema, references, messages[name])
    const bytes = Buffer.from(hex, 'hex')
    expect(readSchemaId(bytes, 0, bytes.length)).toBeGreaterThan(0)
    const body = bytes.subarray(PREFIX)
    expect(JSON.parse(decode(codec, body))).toEqual(JSON.parse(json))
    if (form !== 'json-schema') expect(decode(codec, body)).toBe(json)
    const again = encode(codec, json)
    expect(decode(codec, again)).toBe(decode(codec, body))
    if (form === 'avro') expect(again.toString('hex')).toBe(body.toString('hex'))
  })

  test('cut off anywhere, they are wrong and nothing worse', async () => {
    for (const { form, schema, references, hex } of serialized.filter(({ form }) => form !== 'json-schema')) {
      const codec = await codecFor(form, schema, references)
      const bytes = Buffer.from(hex, 'hex').subarray(PREFIX)
      for (let end = 0; end < bytes.length; end++) {
        try {
          decode(codec, bytes.subarray(0, end))
        } catch (error) {
          expect((error as Error).message).not.toMatch(/undefined|null|BigInt/)
        }
      }
    }
  })
})

const avro = (schema: unknown): Promise<Codec> => codecFor('avro', JSON.stringify(schema))
const record = (...fields: [string, unknown, unknown?][]): object => ({
  type: 'record',
  name: 'R',
  fields: fields.map(([name, type, value]) => (value === undefined ? { name, type } : { name, type, default: value }))
})

describe('avro', () => {
  test('longs have all their digits', async () => {
    const codec = await avro('long')
    for (const text of [
      '0',
      '-1',
      '9007199254740991',
      '9007199254740993',
      '9223372036854775807',
      '-9223372036854775808'
    ])
      expect(decode(codec, encode(codec, text))).toBe(text)
    expect(misfit(codec, '9223372036854775808')).toBe('value 9223372036854775808 is no long')
    expect(misfit(codec, '1.5')).toBe('value 1.5 is no long')
    expect(decode(await avro({ type: 'long' }), encode(codec, '9007199254740993'))).toBe('9007199254740993')
  })

  test('a union is plain where that says which branch it is', async () => {
    const codec = await avro(
      record(['a', ['null', 'string']], ['b', ['null', 'long', 'string']], ['c', ['int', 'long']])
    )
    const json = '{"a":"x","b":5,"c":{"long":7}}'
    expect(decode(codec, encode(codec, json))).toBe(json)
    const tagged = '{"a":{"string":"x"},"b":{"long":5},"c":{"long":7}}'
    expect(encode(codec, tagged)).toEqual(encode(codec, json))
    expect(misfit(codec, { a: 1, b: null, c: { int: 1 } })).toBe('value.a 1 is no string')
    expect(misfit(codec, { a: null, b: true, c: { int: 1 } })).toBe('value.b true is none of null, long, string')
    expect(misfit(codec, { a: null, b: null, c: 5 })).toBe(
      'value.c 5 does not say which of int, long it is: write {"long": …}'
    )
  })

  test('a record or map in a union may be tagged or plain', async () => {
    const user = { type: 'record', name: 'User', namespace: 'x', fields: [{ name: 'id', type: 'int' }] }
    const codec = await avro(record(['u', ['null', user]], ['m', ['null', { type: 'map', values: 'int' }]]))
    const json = '{"u":{"id":1},"m":{"map":5}}'
    expect(decode(codec, encode(codec, json))).toBe(json)
    expect(encode(codec, '{"u":{"x.User":{"id":1}},"m":{"map":{"map":5}}}')).toEqual(encode(codec, json))
  })

  test('what does not fit says where', async () => {
    const codec = await avro(
      record(
        ['id', 'int'],
        ['lines', { type: 'array', items: { ...record(['n', 'double']), name: 'Line' } }],
        ['x', 'int', 3]
      )
    )
    expect(misfit(codec, { id: 'a', lines: [] })).toBe('value.id "a" is no int')
    expect(misfit(codec, { id: 2 ** 31, lines: [] })).toBe('value.id 2147483648 is no int')
    expect(misfit(codec, { lines: [] })).toBe('value.id is missing')
    expect(misfit(codec, { id: 1, lines: [], y: 1 })).toBe('value.y is no field of the schema')
    expect(misfit(codec, [])).toBe('value [] is no R')
    const nested = await avro({
      type: 'array',
      items: { type: 'map', values: { type: 'enum', name: 'E', symbols: ['A', 'B'] } }
    })
    expect(misfit(nested, [{}, { k: 'C' }])).toBe('value.1.k "C" is no E (one of A, B)')
    expect(decode(codec, encode(codec, '{"id":"1","lines":[{"n":"2.5"}]}'))).toBe('{"id":1,"lines":[{"n":2.5}],"x":3}')
  })

  test('logical types are as people write them', async () => {
    const logical = (type: string, logicalType: string, more = {}): Promise<Codec> =>
      avro({ type, logicalType, ...more })
    const same: [Codec, string][] = [
      [await logical('int', 'date'), '"2026-02-28"'],
      [await logical('int', 'time-millis'), '"07:29:33.186"'],
      [await logical('long', 'time-micros'), '"23:59:59.999999"'],
      [await logical('long', 'timestamp-millis'), '"1969-12-31T23:59:59.999Z"'],
      [await logical('long', 'timestamp-nanos'), '"2026-05-09T07:29:33.186123456Z"'],
      [await logical('long', 'local-timestamp-micros'), '"2026-05-09T07:29:33.186123"'],
      [await logical('long', 'timestamp-millis'), '253402300800000'],
      [await logical('bytes', 'decimal', { precision: 30, scale: 3 }), '"-123456789012345678901234.567"'],
      [await logical('bytes', 'decimal', { precision: 4 }), '"-128"'],
      [await logical('string', 'uuid'), '"7d444840-9dc0-11d1-b245-5ffdce74fad2"'],
      // What a schema gets wrong is not there.
      [await logical('string', 'date'), '"x"'],
      [await logical('bytes', 'decimal', { precision: 2, scale: 3 }), '"\u00ff"']
    ]
    for (const [codec, json] of same) expect(decode(codec, encode(codec, json))).toBe(json)
    const millis = same[3]![0]
    expect(decode(millis, encode(millis, '"2026-05-09T09:29:33+02:00"'))).toBe('"2026-05-09T07:29:33.000Z"')
    expect(misfit(millis, '"2026-05-09T07:29:33.1234Z"')).toBe(
      'value "2026-05-09T07:29:33.1234Z" is no timestamp-millis'
    )
    expect(misfit(same[0]![0], '"2026-02-30"')).toBe('value "2026-02-30" is no date')
    expect(misfit(same[7]![0], '"1.2345"')).toBe('value "1.2345" is no decimal')
    const fixed = await avro({ type: 'fixed', name: 'F', size: 2, logicalType: 'decimal', precision: 4, scale: 2 })
    expect(encode(fixed, '"-0.01"').toString('hex')).toBe('ffff')
  })

  test('numbers that JSON does not have', async () => {
    const codec = await avro({ type: 'array', items: 'double' })
    const json = '["NaN","-Infinity",-0,0.1]'
    expect(decode(codec, encode(codec, json))).toBe(json)
  })

  test('a key needs no quotes', async () => {
    const codec = await avro('string')
    expect(encode(codec, 'user 7')).toEqual(encode(codec, '"user 7"'))
    expect(encode(codec, '7').toString('hex')).toBe('0237')
  })

  test('a count of items that the bytes cannot hold is refused at once', async () => {
    const codec = await avro(record(['list', { type: 'array', items: 'int' }], ['map', { type: 'map', values: 'int' }]))
    // 2^49, then nothing; and less than nothing, with a block's size.
    for (const hex of ['8080808080808002', '00808080808080808001', 'ffffffffffffff3f02', '80808020']) {
      expect(() => decode(codec, Buffer.from(hex, 'hex'))).toThrow(/\d{7,} items cannot be in what is left of it/)
    }
    expect(decode(codec, encode(codec, '{"list":[1,2,3],"map":{"a":1,"__proto__":2}}'))).toBe(
      '{"list":[1,2,3],"map":{"a":1,"__proto__":2}}'
    )
    const nulls = await avro({ type: 'array', items: 'null' })
    expect(decode(nulls, encode(nulls, '[null,null,null]'))).toBe('[null,null,null]')
  })

  test('types within themselves, and of other schemas', async () => {
    const tree = record(['n', 'long'], ['next', ['null', 'R']])
    const codec = await avro(tree)
    const json = '{"n":9007199254740993,"next":{"n":1,"next":null}}'
    expect(decode(codec, encode(codec, json))).toBe(json)
    const user = '{"type":"record","name":"User","namespace":"x","fields":[{"name":"id","type":"long"}]}'
    const order = '{"type":"record","name":"Order","namespace":"x","fields":[{"name":"user","type":"User"}]}'
    const referring = await codecFor('avro', order, [{ name: 'x.User', text: user }])
    expect(decode(referring, encode(referring, '{"user":{"id":5}}'))).toBe('{"user":{"id":5}}')
  })
})

describe('protobuf', () => {
  const text =
    'syntax = "proto3"; package p; message A { message B { int32 n = 1; } message C { int64 n = 1; } } message D { C c = 1; message C {} }'

  test('which message', async () => {
    const all = { A: '00', 'A.C': '040002', 'p.A.B': '040000', D: '0202', 'D.C': '040200' }
    for (const [name, hex] of Object.entries(all)) {
      const codec = await codecFor('protobuf', text, [], name)
      expect(encode(codec, '{}').toString('hex')).toBe(hex)
    }
    const codec = await codecFor('protobuf', text)
    expect(decode(codec, Buffer.from('0400020805', 'hex'))).toBe('{"n":"5"}')
    expect(() => decode(codec, Buffer.from('04000a', 'hex'))).toThrow('it is message 0,5, and there are not as many')
    await expect(codecFor('protobuf', text, [], 'E')).rejects.toMatchObject({ advice: 'it has A, A.B, A.C, D, D.C' })
  })

  test('what does not fit says where', async () => {
    const codec = await codecFor('protobuf', text, [], 'A.C')
    expect(decode(codec, encode(codec, '{"n":9007199254740993}'))).toBe('{"n":"9007199254740993"}')
    expect(misfit(codec, { n: 'x' })).toBe('value p.A.C.n: invalid integer: "x"')
    expect(misfit(codec, { m: 1 })).toBe('value p.A.C: unknown field: "m"')
  })
})

describe('json-schema', () => {
  const schema = (draft: string): string =>
    JSON.stringify({
      ...{ $schema: draft, type: 'object', required: ['id'], additionalProperties: false },
      properties: {
        id: { type: 'integer' },
        kind: { enum: ['a', 'b'] },
        'a/b': { type: 'array', items: { $ref: 'other.json' } }
      }
    })
  const references = [{ name: 'other.json', text: '{"type":"string"}' }]

  test.each([
    'http://json-schema.org/draft-07/schema#',
    'http://json-schema.org/draft-06/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema'
  ])('%s', async (draft) => {
    const codec = await codecFor('json-schema', schema(draft), references)
    expect(encode(codec, '{"id": 9007199254740993}').toString()).toBe('{"id": 9007199254740993}')
    expect(misfit(codec, { id: 'x' })).toBe('value.id must be integer')
    expect(misfit(codec, {})).toBe("value must have required property 'id'")
    expect(misfit(codec, { id: 1, kind: 'c' })).toBe('value.kind must be equal to one of the allowed values ("a", "b")')
    expect(misfit(codec, { id: 1, 'a/b': ['x', 1] })).toBe('value.a/b.1 must be string')
    expect(misfit(codec, { id: 1, no: 1 })).toBe('value must NOT have additional properties (no)')
  })
})

test('a schema of another form is said to be one', async () => {
  const schema = { id: 4, type: 'PROTOBUF' as const, text: '', references: [], name: 'schema 4' }
  await expect(createCodec('avro', schema, null)).rejects.toMatchObject({
    line: 'schema 4 is PROTOBUF, not AVRO: use protobuf instead of avro'
  })
})
