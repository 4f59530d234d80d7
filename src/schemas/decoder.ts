/**
 * Keys and values of records from the wire format of schema registries to JSON. A schema is asked for once, when its id is
 * first seen, which is the only moment that waits; from then on a record is decoded at once.
 */
import { BadRecordError, FailedError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { type Codec, createCodec, type Form } from './codec.js'
import { jsonDecoder } from './json-schema.js'
import type { Registry } from './registry.js'
import { PREFIX, readSchemaId } from './wire-format.js'

const SKIP = 'skip such records with --on-error skip'

export class RecordDecoder {
  readonly #key: PartDecoder | null
  readonly #value: PartDecoder | null

  /** @param registry null: nothing asks it · @param forms null: the part stays as it is */
  constructor(registry: Registry | null, { key, value }: { key: Form | null; value: Form | null }) {
    this.#key = key && new PartDecoder('key', key, registry)
    this.#value = value && new PartDecoder('value', value, registry)
  }

  /**
   * Decodes the record at the cursor in place. A promise: once that resolves, it is to be asked again.
   * @throws BadRecordError, and the record stays as it was
   */
  decode(records: Records): Promise<void> | null {
    const { keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd } = records
    const key = keyStart < 0 ? null : this.#key
    const value = valueStart < 0 ? null : this.#value
    const wait = key?.need(keyBytes, keyStart, keyEnd) ?? value?.need(valueBytes, valueStart, valueEnd)
    if (wait) return wait
    key?.decode(keyBytes, keyStart, keyEnd)
    value?.decode(valueBytes, valueStart, valueEnd)
    if (key) [records.keyBytes, records.keyStart, records.keyEnd] = [key.out.bytes, 0, key.out.length]
    if (value) [records.valueBytes, records.valueStart, records.valueEnd] = [value.out.bytes, 0, value.out.length]
    return null
  }
}

class PartDecoder {
  readonly out = new ByteWriter(1 << 12)
  readonly #part: string
  readonly #form: Form
  readonly #registry: Registry | null
  /** By id; what cannot be had keeps saying so. */
  readonly #codecs = new Map<number, Pick<Codec, 'decode'> | FailedError>()
  /** Most records have the schema of the one before. */
  #id = -1
  #codec: Pick<Codec, 'decode'> | FailedError | undefined

  constructor(part: string, form: Form, registry: Registry | null) {
    this.#part = part
    this.#form = form
    this.#registry = registry
  }

  /** A promise where the schema has to be asked for. @throws BadRecordError */
  need(bytes: Buffer, start: number, end: number): Promise<void> | null {
    const id = readSchemaId(bytes, start, end)
    if (typeof id === 'string') throw new BadRecordError(`the ${this.#part} ${id}`, SKIP)
    if (id === this.#id) return null
    this.#codec = this.#form === 'json-schema' ? jsonDecoder : this.#codecs.get(id)
    if (this.#codec === undefined) return this.#ask(id)
    this.#id = id
    return null
  }

  decode(bytes: Buffer, start: number, end: number): void {
    const codec = this.#codec!
    if (codec instanceof FailedError) throw codec
    this.out.clear()
    try {
      codec.decode(bytes, start + PREFIX, end, this.out)
    } catch (error) {
      const what = `the ${this.#part} does not fit schema ${this.#id}: ${(error as Error).message}`
      throw new BadRecordError(what, SKIP, { cause: error })
    }
  }

  async #ask(id: number): Promise<void> {
    this.#codecs.set(id, await this.#codecFor(id).catch((error: FailedError) => error))
  }

  /** A schema that is not there or is none is a fault of the record, a registry that does not answer is not. */
  async #codecFor(id: number): Promise<Codec | FailedError> {
    const registry = this.#registry!
    const schema = await registry.schema(id)
    if (!schema)
      return new BadRecordError(`the ${this.#part} has schema ${id}, which ${registry.name} does not have`, SKIP)
    return createCodec(this.#form, schema, null).catch(({ message, advice }: FailedError) => {
      throw new BadRecordError(`the ${this.#part} has a schema of no use: ${message}`, advice ?? SKIP)
    })
  }
}
