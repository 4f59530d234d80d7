/**
 * Protobuf: bytes to JSON and back by a .proto text, with protobufjs's codec. The JSON is ProtoJSON, as the specification
 * of Protocol Buffers maps it, with fields that have no presence written out, as Java's JsonFormat can do.
 */
import protobuf, { type NamespaceBase, type Type } from 'protobufjs'
import protojson from 'protobufjs/ext/protojson.js'
import { FailedError } from '../errors.js'
import type { ByteWriter } from '../records/byte-writer.js'
import { type Codec, Misfit } from './codec.js'
import { parseJson } from './json-numbers.js'
import { messageToJson, type ToJson } from './protobuf-to-json.js'
import type { Schema } from './registry.js'
import { indexesEnd, readMessageIndexes, writeMessageIndexes } from './wire-format.js'

interface Message {
  type: Type
  toJson: ToJson
}

export class ProtobufCodec implements Codec {
  readonly #root: protobuf.Root
  /** The names of a file's messages in their order, each with those in it. */
  readonly #file: NamespaceBase
  readonly #messages = new Map<string, Message>()
  readonly #written: { indexes: number[]; type: Type }

  /** Throws for what is no .proto text, or has no such message. */
  constructor({ text, references, name }: Pick<Schema, 'text' | 'references' | 'name'>, message: string | null) {
    const root = new protobuf.Root()
    const known = new Set(references.map((each) => each.name))
    for (const each of [...references.map((each) => each.text), text]) {
      for (const path of protobuf.parse(each, root).imports ?? []) addWellKnown(root, path, known)
    }
    root.resolveAll()
    pinNames(root)
    this.#root = root
    this.#file = fileOf(text)
    this.#written = this.#find(message, name)
  }

  decode(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
    const indexes = readMessageIndexes(bytes, start, end)
    if (!indexes) throw new Error('it does not say which message it is')
    const { type, toJson } = this.#messageAt(indexes)
    out.text(JSON.stringify(toJson(type.decode(bytes.subarray(indexesEnd, end)))))
  }

  encode(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
    const { indexes, type } = this.#written
    const json = parseJson(bytes.toString('utf8', start, end), (digits) => digits)
    writeMessageIndexes(indexes, out)
    const encoded = type.encode(this.#fromJson(type, json)).finish() as Buffer
    out.copy(encoded, 0, encoded.length)
  }

  #fromJson(type: Type, json: unknown): protobuf.Message {
    try {
      return protojson.fromJson(type, json)
    } catch (error) {
      throw new Misfit((error as Error).message.replace(/^\./, ''))
    }
  }

  #messageAt(indexes: number[]): Message {
    const key = indexes.join()
    const known = this.#messages.get(key)
    if (known) return known
    let found = this.#file
    for (const index of indexes) {
      const inner = messagesOf(found)[index]
      if (!inner) throw new Error(`it is message ${key}, and there are not as many`)
      found = inner
    }
    const type = this.#root.lookupType(found.fullName)
    const message = { type, toJson: messageToJson(type) }
    this.#messages.set(key, message)
    return message
  }

  /** @param wanted as in `Order`, `Order.Line` or `shop.Order`; null: the first */
  #find(wanted: string | null, name: string): { indexes: number[]; type: Type } {
    const all = messagesIn(this.#file, [])
    const prefix = this.#file.fullName === '' ? '.' : `${this.#file.fullName}.`
    const found =
      wanted === null ? all[0] : all.find(({ type }) => [`.${wanted}`, prefix + wanted].includes(type.fullName))
    if (found) return { indexes: found.indexes, type: this.#root.lookupType(found.type.fullName) }
    if (wanted === null) throw new FailedError(`${name} has no message`)
    const names = all.map(({ type }) => type.fullName.slice(prefix.length)).join(', ')
    throw new FailedError(`${name} has no message ${wanted}`, `it has ${names}`)
  }
}

/** What protobufjs brings with it, under Google's paths. */
function addWellKnown(root: protobuf.Root, path: string, known: Set<string>): void {
  const common = known.has(path) ? null : protobuf.common.get(path)
  known.add(path)
  if (common) root.addJSON(common.nested!)
}

/** The file's package, with this file's messages alone: those of other files may have the same one. */
function fileOf(text: string): NamespaceBase {
  const root = new protobuf.Root()
  const { package: name } = protobuf.parse(text, root)
  return name ? (root.lookup(name) as NamespaceBase) : root
}

/** Maps, which are messages too on the wire, do not count: as in the Java clients. */
function messagesOf(within: NamespaceBase): Type[] {
  return within.nestedArray.filter((inner) => inner instanceof protobuf.Type)
}

function messagesIn(within: NamespaceBase, at: number[]): { type: Type; indexes: number[] }[] {
  return messagesOf(within).flatMap((type, index) => {
    const indexes = [...at, index]
    return [{ type, indexes }, ...messagesIn(type, indexes)]
  })
}

/** protobufjs joins a full name anew each time it is looked at: three quarters of the time that reading JSON takes. */
function pinNames(within: NamespaceBase): void {
  for (const inner of within.nestedArray) {
    pin(inner)
    if (inner instanceof protobuf.Type) inner.fieldsArray.forEach(pin)
    if (inner instanceof protobuf.Namespace) pinNames(inner)
  }
}

function pin(object: protobuf.ReflectionObject): void {
  Object.defineProperty(object, 'fullName', { value: object.fullName })
}
