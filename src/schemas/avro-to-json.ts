/**
 * What avsc reads → values for JSON.stringify. Most are that already; null stands for "as it is". The value of a union is
 * plain where its kind of JSON says which branch it is, as in ["null","string"], and `{"BRANCH": value}`, as in Avro's
 * JSON encoding, where it does not, as in ["int","long"]. Bytes are strings of the characters 0 to 255, as there.
 */
import type { Type, types } from 'avsc'
import { double, float, rawJson } from './json-numbers.js'

export type ToJson = (value: never) => unknown

type Members = Record<string, unknown>

export function toJson(type: Type, known = new Map<Type, ToJson | null>()): ToJson | null {
  const before = known.get(type)
  if (before !== undefined) return before
  // Within itself a recursive type is converted, needed or not.
  known.set(type, (value) => (known.get(type) as ((value: unknown) => unknown) | null)?.(value) ?? value)
  const converter = converterOf(type, known)
  known.set(type, converter)
  return converter
}

function converterOf(type: Type, known: Map<Type, ToJson | null>): ((value: never) => unknown) | null {
  switch (type.typeName) {
    case 'abstract:long':
      return (value: number | bigint) => (typeof value === 'bigint' ? rawJson(value.toString()) : value)
    case 'float':
      return float
    case 'double':
      return double
    case 'bytes':
    case 'fixed':
      return (value: Buffer) => value.toString('latin1')
    case 'array':
      return inPlace(toJson((type as types.ArrayType).itemsType, known))
    case 'map':
      return inPlace(toJson((type as types.MapType).valuesType as Type, known))
    case 'record':
    case 'error':
      return recordConverter(type as types.RecordType, known)
    case 'union:wrapped':
      return unionConverter(type as types.WrappedUnionType, known)
    default:
      return null
  }
}

/** Of all items or members. */
function inPlace(convert: ToJson | null): ((values: Members) => Members) | null {
  if (!convert) return null
  return (values) => {
    for (const name of Object.keys(values)) values[name] = convert(values[name] as never)
    return values
  }
}

function recordConverter({ fields }: types.RecordType, known: Map<Type, ToJson | null>): ToJson | null {
  const converted = fields.flatMap(({ name, type }) => {
    const convert = toJson(type, known)
    return convert ? [{ name, convert }] : []
  })
  if (converted.length === 0) return null
  return (record: Members) => {
    for (const { name, convert } of converted) record[name] = convert(record[name] as never)
    return record
  }
}

function unionConverter(union: types.WrappedUnionType, known: Map<Type, ToJson | null>): ToJson {
  const branches = new Map(union.types.map((type) => [type.branchName!, toJson(type, known)]))
  const plain = isPlain(union)
  return (value: Members | null) => {
    if (value === null) return null
    const name = Object.keys(value)[0]!
    const convert = branches.get(name)
    const inner = convert ? convert(value[name] as never) : value[name]
    return plain ? inner : { [name]: inner }
  }
}

export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

const kinds: Record<string, Kind> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  'abstract:long': 'number',
  float: 'number',
  double: 'number',
  array: 'array',
  map: 'object',
  record: 'object',
  error: 'object'
}

/** What JSON has for it; a string also for bytes, enums and all logical types. */
export function kindOf({ typeName }: Type): Kind {
  return kinds[typeName] ?? 'string'
}

/** Whether the kind of a value says of which branch it is. */
export function isPlain({ types }: types.WrappedUnionType): boolean {
  return new Set(types.map(kindOf)).size === types.length
}
