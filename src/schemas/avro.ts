/**
 * Avro: bytes to JSON and back by a schema, with avsc's codec. Values are as people write them rather than in Avro's own
 * JSON encoding: a union's value is plain wherever that says which branch it is (see avro-to-json.ts).
 */
import avsc, { type Schema as AvroSchema, type Type } from 'avsc'
import type { ByteWriter } from '../records/byte-writer.js'
import { boundCollections } from './avro-collections.js'
import { toJson, type ToJson } from './avro-to-json.js'
import { logicalTypes, longHook, longType } from './avro-types.js'
import type { Codec } from './codec.js'
import { fromJson, type FromJson } from './json-to-avro.js'
import { parseJson } from './json-numbers.js'
import type { Schema } from './registry.js'

const QUOTE = 0x22

export class AvroCodec implements Codec {
  readonly #type: Type
  readonly #toJson: ToJson | null
  readonly #fromJson: FromJson
  /** Text without quotes is a string, too: nobody quotes a key. */
  readonly #isText: boolean

  /** Throws for what is no Avro schema. */
  constructor({ text, references }: Pick<Schema, 'text' | 'references'>) {
    boundCollections()
    const registry = { long: longType }
    const read = (schema: string): Type =>
      avsc.Type.forSchema(JSON.parse(schema) as AvroSchema, {
        ...{ registry, logicalTypes, wrapUnions: true },
        typeHook: longHook
      })
    for (const each of references) read(each.text)
    this.#type = read(text)
    this.#toJson = toJson(this.#type)
    this.#fromJson = fromJson(this.#type)
    this.#isText = this.#type.typeName === 'string'
  }

  decode(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
    const value: unknown = this.#type.fromBuffer(bytes.subarray(start, end))
    out.text(JSON.stringify(this.#toJson === null ? value : this.#toJson(value as never)))
  }

  encode(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
    const text = bytes.toString('utf8', start, end)
    const value = this.#fromJson(this.#isText && bytes[start] !== QUOTE ? text : parseJson(text, BigInt))
    for (;;) {
      const at = this.#type.encode(value, out.bytes, out.length)
      if (at >= 0) {
        out.length = at
        return
      }
      out.ensure(out.bytes.length - out.length - at)
    }
  }
}
