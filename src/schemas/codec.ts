/**
 * What a schema makes of bytes: JSON text, and back. Avro, Protobuf and JSON Schema each have a file that is loaded when
 * the first schema of its kind is used, with the library that reads such schemas.
 */
import { FailedError } from '../errors.js'
import type { ByteWriter } from '../records/byte-writer.js'
import type { Schema } from './registry.js'

export type Form = 'avro' | 'protobuf' | 'json-schema'

export const forms: readonly string[] = ['avro', 'protobuf', 'json-schema'] satisfies Form[]

/** What registries call it. */
export const schemaTypes: Record<Form, Schema['type']> = { avro: 'AVRO', protobuf: 'PROTOBUF', 'json-schema': 'JSON' }

export interface Codec {
  /** Appends as JSON what `bytes[start, end)` is, all behind the schema's id. Throws for bytes that do not fit the schema. */
  decode(bytes: Buffer, start: number, end: number, out: ByteWriter): void

  /** Appends the bytes for the JSON text `bytes[start, end)`. Throws a Misfit, or whatever else is wrong. */
  encode(bytes: Buffer, start: number, end: number, out: ByteWriter): void
}

/** A value that does not fit a schema: where in it, and why, as the rest of a sentence. */
export class Misfit extends Error {
  readonly path: (string | number)[] = []

  /** The same, seen from what holds the value under `name`. */
  within(name: string | number): this {
    this.path.unshift(name)
    return this
  }
}

/**
 * @param message of a protobuf schema that has several; null: its first
 * @throws FailedError for a schema that is none of this form
 */
export async function createCodec(form: Form, schema: Schema, message: string | null): Promise<Codec> {
  const { type, name } = schema
  if (type !== schemaTypes[form]) {
    const other = forms.find((each) => schemaTypes[each as Form] === type)
    throw new FailedError(`${name} is ${type}, not ${schemaTypes[form]}`, other && `use ${other} instead of ${form}`)
  }
  try {
    switch (form) {
      case 'avro':
        return new (await import('./avro.js')).AvroCodec(schema)
      case 'protobuf':
        return new (await import('./protobuf.js')).ProtobufCodec(schema, message)
      case 'json-schema':
        return await (await import('./json-schema.js')).JsonSchemaCodec.create(schema)
    }
  } catch (error) {
    if (error instanceof FailedError) throw error
    throw new FailedError(`${name} cannot be used: ${(error as Error).message}`, undefined, { cause: error })
  }
}
