/**
 * What protobufjs reads → values for JSON.stringify: ProtoJSON. Compiled once for each message, since protobufjs's own
 * way, which is left the types with a form of their own (google.protobuf.Timestamp, Struct, …), takes ten times as long.
 */
import protobuf, { type Field, type Message, type Type } from 'protobufjs'
import protojson from 'protobufjs/ext/protojson.js'
import { double, float } from './json-numbers.js'

export type ToJson = (message: Message) => unknown

type Convert = (value: never) => unknown
type Members = Record<string, unknown>

const ownForm =
  /^\.google\.protobuf\.(Any|Duration|FieldMask|ListValue|Struct|Timestamp|Value|(Bool|Bytes|Double|Float|U?Int(32|64)|String)Value)$/

export function messageToJson(type: Type, known = new Map<Type, ToJson>()): ToJson {
  const before = known.get(type)
  if (before) return before
  if (ownForm.test(type.fullName)) return (message) => protojson.toJson(type, message) as unknown
  known.set(type, (message) => known.get(type)!(message))
  const members = type.fieldsArray.map((field) => {
    const { name, jsonName, hasPresence, repeated, map, resolvedType } = field.resolve()
    const isMessage = resolvedType instanceof protobuf.Type && !repeated && !map
    return { name, jsonName, isOptional: hasPresence || isMessage, convert: fieldToJson(field, known) }
  })
  const toJson: ToJson = (message) => {
    const json: Members = {}
    for (const { name, jsonName, isOptional, convert } of members) {
      // One that is not there has its default on the prototype.
      if (isOptional && !Object.hasOwn(message, name)) continue
      json[jsonName] = convert((message as unknown as Members)[name] as never)
    }
    return json
  }
  known.set(type, toJson)
  return toJson
}

function fieldToJson(field: Field, known: Map<Type, ToJson>): Convert {
  const convert = valueToJson(field, known)
  if (field.repeated) return (values: unknown[]) => values.map((value) => convert(value as never))
  if (!(field instanceof protobuf.MapField)) return convert
  const isLong = /64$/.test(field.keyType)
  const isUnsigned = /^(uint|fixed)/.test(field.keyType)
  const nameOf = (key: string): string =>
    isLong ? (protobuf.util.longFromKey(key, isUnsigned) as unknown as bigint).toString() : key
  return (values: Members) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [nameOf(key), convert(value as never)]))
}

function valueToJson({ type, resolvedType }: Field, known: Map<Type, ToJson>): Convert {
  if (resolvedType instanceof protobuf.Type) return messageToJson(resolvedType, known)
  if (resolvedType instanceof protobuf.Enum) {
    if (resolvedType.fullName === '.google.protobuf.NullValue') return () => null
    const names = resolvedType.valuesById
    return (value: number) => names[value] ?? value
  }
  switch (type) {
    case 'float':
      return float
    case 'double':
      return double
    case 'bytes':
      return (value: Uint8Array) => Buffer.from(value).toString('base64')
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return String
    default:
      return (value) => value
  }
}
