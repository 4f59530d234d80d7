/**
 * Keys and values of records from JSON to the wire format of schema registries. The schemas are found, or registered,
 * before the first record.
 */
import { readFile } from 'node:fs/promises'
import { BadRecordError, FailedError, UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { type Codec, createCodec, type Form, Misfit, schemaTypes } from './codec.js'
import type { Registry } from './registry.js'
import { writeSchemaId } from './wire-format.js'

/** Which schema to write with. */
export interface SchemaChoice {
  /** What is in the file, registered under the subject of the topic; null: what the registry has. */
  file: string | null
  /** null: that of the topic. */
  subject: string | null
  /** null: the latest. */
  version: number | null
  /** Of a protobuf schema; null: the first. */
  message: string | null
}

export interface Part {
  form: Form
  schema: SchemaChoice
}

export interface EncoderOptions {
  key: Part | null
  value: Part | null
  topic: string
  /** Whether a schema that is not there is registered. */
  register: boolean
  notice: (text: string) => void
}

export class RecordEncoder {
  readonly #key: PartEncoder | null
  readonly #value: PartEncoder | null

  /** @throws FailedError where there is no such schema, or it cannot be registered */
  static async open(registry: Registry, options: EncoderOptions): Promise<RecordEncoder> {
    return new RecordEncoder(await partOf('key', registry, options), await partOf('value', registry, options))
  }

  private constructor(key: PartEncoder | null, value: PartEncoder | null) {
    this.#key = key
    this.#value = value
  }

  /** Encodes the record at the cursor in place. @throws BadRecordError, and the record stays as it was */
  encode(records: Records): void {
    const value = records.valueStart < 0 ? null : this.#value
    // A parser without keys leaves that of the record before in place.
    const key = records.keyStart < 0 || records.keyBytes === this.#key?.out.bytes ? null : this.#key
    value?.encode(records.valueBytes, records.valueStart, records.valueEnd)
    key?.encode(records.keyBytes, records.keyStart, records.keyEnd)
    if (key) [records.keyBytes, records.keyStart, records.keyEnd] = [key.out.bytes, 0, key.out.length]
    if (value) [records.valueBytes, records.valueStart, records.valueEnd] = [value.out.bytes, 0, value.out.length]
  }
}

class PartEncoder {
  readonly out = new ByteWriter(1 << 12)
  readonly #part: string
  readonly #codec: Codec
  readonly #id: number
  readonly #name: string

  constructor(part: string, codec: Codec, id: number, name: string) {
    this.#part = part
    this.#codec = codec
    this.#id = id
    this.#name = name
  }

  encode(bytes: Buffer, start: number, end: number): void {
    const { out } = this
    out.clear()
    writeSchemaId(this.#id, out)
    try {
      this.#codec.encode(bytes, start, end, out)
    } catch (error) {
      const what = error instanceof Misfit ? [this.#part, ...error.path].join('.') : `the ${this.#part}`
      const why = error instanceof SyntaxError ? 'is not JSON: ' : ''
      throw new BadRecordError(`${what} ${why}${(error as Error).message}`, `see ${this.#name}`, { cause: error })
    }
  }
}

async function partOf(
  part: 'key' | 'value',
  registry: Registry,
  { topic, register, notice, ...options }: EncoderOptions
): Promise<PartEncoder | null> {
  if (!options[part]) return null
  const { form, schema: choice } = options[part]
  const { file, version, message } = choice
  const subject = choice.subject ?? `${topic}-${part}`
  if (file === null) {
    const schema = await registry.version(subject, version)
    return new PartEncoder(part, await createCodec(form, schema, message), schema.id, schema.name)
  }
  const schema = { type: schemaTypes[form], text: await textOf(file) }
  // What is no schema is not sent anywhere.
  const codec = await createCodec(form, { ...schema, id: -1, references: [], name: file }, message)
  const known = await registry.lookUp(subject, schema)
  if (known === undefined && !register) {
    const what = `${file} is not registered under ${subject}, and auto.register.schemas is false`
    throw new FailedError(what, 'register it, or name the subject of another schema')
  }
  const id = known ?? (await registry.register(subject, schema))
  if (known === undefined) notice(`registered ${file} under ${subject} (schema ${id})`)
  return new PartEncoder(part, codec, id, file)
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'it does not exist' : code
    throw new UsageError(`cannot read the schema ${file}: ${why}`, 'a schema in a registry is named without an ending')
  }
}
