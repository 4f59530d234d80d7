/**
 * Fuzzes keys and values that name a schema of a registry, and the schemas themselves: a record is decoded to JSON, or is
 * a bad record; a schema is taken, or is refused with FailedError.
 */
import { readFileSync } from 'node:fs'
import { BadRecordError, FailedError } from '../../src/errors.js'
import { ByteWriter } from '../../src/records/byte-writer.js'
import { type Codec, createCodec, type Form, Misfit, schemaTypes } from '../../src/schemas/codec.js'
import { RecordDecoder } from '../../src/schemas/decoder.js'
import type { ReferredSchema, Registry, Schema } from '../../src/schemas/registry.js'
import { PREFIX } from '../../src/schemas/wire-format.js'
import { GivenRecords } from '../unit/formats/records.js'
import { damagedBytes, damagedText } from './damage.js'
import { type Below, type Case, type Fuzzer, oneOf } from './fuzzer.js'

interface Sample {
  form: Form
  schema: Schema
  /** With the schema's id. */
  bytes: Buffer
  codec: Codec
  /** With a registry that has this schema, and no other. */
  decoder: RecordDecoder
}

/** What Avro has that the recorded ones have not, and JSON that fits. */
const collections = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'list', type: { type: 'array', items: 'int' } },
    { name: 'map', type: { type: 'map', values: ['null', 'string', 'R'] } },
    { name: 'nested', type: { type: 'array', items: { type: 'array', items: 'string' } } },
    { name: 'fixed', type: { type: 'fixed', name: 'F', size: 3 } },
    { name: 'choice', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } }
  ]
}
const ofCollections =
  '{"list":[1,2,300],"map":{"a":"x","__proto__":"y","b":null},"nested":[["a",""],[]],"fixed":"\\u0001\\u0002\\u0003","choice":"B","price":"12.34","at":"2024-03-01T12:00:00.123456Z"}'

export async function schemasFuzzer(): Promise<Fuzzer> {
  const samples = await Promise.all([...recorded(), made()])
  return {
    name: 'schemas',
    cases: 400_000,
    next(below) {
      const sample = oneOf(samples, below)
      return below(50) === 0 ? schemaCase(sample, below) : recordCase(sample, below)
    }
  }
}

function recorded(): Promise<Sample>[] {
  const file = new URL('../fixtures/schemas/serialized.json', import.meta.url)
  const all = JSON.parse(readFileSync(file, 'utf8')) as {
    form: Form
    schema: string
    references: ReferredSchema[]
    hex: string
  }[]
  return all.map(async ({ form, schema: text, references, hex }) => {
    const bytes = Buffer.from(hex, 'hex')
    bytes.writeInt32BE(1, 1)
    const schema: Schema = { id: 1, type: schemaTypes[form], text, references, name: 'schema 1' }
    return sampleOf(form, schema, bytes)
  })
}

async function made(): Promise<Sample> {
  const schema: Schema = { id: 1, type: 'AVRO', text: JSON.stringify(collections), references: [], name: 'schema 1' }
  const codec = await createCodec('avro', schema, null)
  const out = new ByteWriter(PREFIX)
  const json = Buffer.from(ofCollections)
  codec.encode(json, 0, json.length, out)
  return sampleOf('avro', schema, Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), out.view()]))
}

async function sampleOf(form: Form, schema: Schema, bytes: Buffer): Promise<Sample> {
  const known = (id: number): Promise<Schema | undefined> => Promise.resolve(id === 1 ? schema : undefined)
  const decoder = new RecordDecoder({ name: 'it', schema: known } as unknown as Registry, { key: null, value: form })
  return { form, schema, bytes, codec: await createCodec(form, schema, null), decoder }
}

function recordCase({ form, bytes, codec, decoder }: Sample, below: Below): Case {
  let input = bytes
  for (let left = below(4); left > 0; left--) input = damagedBytes(input, below(4) === 0 ? 0 : PREFIX, below)
  return {
    input,
    about: form,
    async check() {
      const records = new GivenRecords([{ key: null, value: input }])
      records.next()
      try {
        for (let wait = decoder.decode(records); wait; wait = decoder.decode(records)) await wait
      } catch (error) {
        if (!(error instanceof BadRecordError)) throw error
        return
      }
      if (form === 'json-schema') return
      const { valueBytes, valueStart, valueEnd } = records
      const text = valueBytes.toString('utf8', valueStart, valueEnd)
      JSON.parse(text)
      // Which message of a file a record is of, its JSON does not say; and a NaN in it is a string.
      if (form === 'protobuf' || /NaN|Infinity/.test(text)) return
      const [encoded, decoded] = [new ByteWriter(1), new ByteWriter(1)]
      try {
        codec.encode(valueBytes, valueStart, valueEnd, encoded)
      } catch (error) {
        // Out of the bounds of its type it is read, but not written.
        if (error instanceof Misfit) return
        throw error
      }
      codec.decode(encoded.bytes, 0, encoded.length, decoded)
      if (decoded.view().toString() !== text) throw new Error(`${text} comes back as ${decoded.view().toString()}`)
    }
  }
}

function schemaCase({ form, schema }: Sample, below: Below): Case {
  const words = [
    '"type":',
    '{"type":"array","items":"null"}',
    'message M {',
    'repeated M m = 1;',
    '"$ref":"#"',
    '"R"',
    'import "a.proto";'
  ]
  const text = damagedText(schema.text, words, below)
  return {
    input: text,
    about: `schema of ${form}`,
    async check() {
      try {
        await createCodec(form, { ...schema, text }, null)
      } catch (error) {
        if (!(error instanceof FailedError)) throw error
      }
    }
  }
}
