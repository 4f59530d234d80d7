/**
 * JSON → what avsc writes, the inverse of avro-to-json.ts. It takes what that gives, and Avro's own JSON encoding, in which
 * every union but null is `{"BRANCH": value}`. What does not fit says where in the value.
 */
import type { Type, types } from 'avsc'
import { isPlain, type Kind, kindOf } from './avro-to-json.js'
import { Misfit } from './codec.js'

/** @throws Misfit */
export type FromJson = (value: unknown) => unknown

type Members = Record<string, unknown>

const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

export function fromJson(type: Type, known = new Map<Type, FromJson>()): FromJson {
  const before = known.get(type)
  if (before) return before
  known.set(type, (value) => known.get(type)!(value))
  const converter = converterOf(type, known)
  known.set(type, converter)
  return converter
}

function converterOf(type: Type, known: Map<Type, FromJson>): FromJson {
  switch (type.typeName) {
    case 'int':
    case 'abstract:long':
      return checked(type, (value) =>
        typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? integer(value) : value
      )
    case 'float':
    case 'double':
      return checked(type, toDouble)
    case 'bytes':
    case 'fixed':
      return checked(type, toBytes)
    case 'array':
      return arrayConverter(type as types.ArrayType, known)
    case 'map':
      return mapConverter(type as types.MapType, known)
    case 'record':
    case 'error':
      return recordConverter(type as types.RecordType, known)
    case 'union:wrapped':
      return unionConverter(type as types.WrappedUnionType, known)
    default:
      return checked(type, (value) => value)
  }
}

/** Numbers may stand in strings, as those of a CSV do. */
function checked(type: Type, convert: FromJson): FromJson {
  const what = nameOf(type)
  return (value) => {
    const converted = convert(value)
    // avsc's own types know no bigint.
    const isKnown = typeof converted !== 'bigint' || type.typeName === 'abstract:long'
    if (isKnown && type.isValid(converted)) return converted
    throw new Misfit(`${shown(value)} is no ${what}`)
  }
}

function nameOf(type: Type): string {
  const { typeName } = type
  if (typeName === 'enum')
    return `${(type as types.EnumType).name} (one of ${(type as types.EnumType).symbols.join(', ')})`
  return typeName.replace(/^(abstract|logical):/, '')
}

function integer(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

function toDouble(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'string' && (NUMBER.test(value) || /^(NaN|-?Infinity)$/.test(value)) ? Number(value) : value
}

/** Of characters up to 255. */
function toBytes(value: unknown): unknown {
  return typeof value === 'string' && /^[\0-\xff]*$/.test(value) ? Buffer.from(value, 'latin1') : undefined
}

function arrayConverter({ itemsType }: types.ArrayType, known: Map<Type, FromJson>): FromJson {
  const convert = fromJson(itemsType, known)
  return (value) => {
    if (!Array.isArray(value)) throw new Misfit(`${shown(value)} is no array`)
    return value.map((item, index) => within(index, convert, item))
  }
}

function mapConverter({ valuesType }: types.MapType, known: Map<Type, FromJson>): FromJson {
  const convert = fromJson(valuesType as Type, known)
  return (value) => {
    if (!isObject(value)) throw new Misfit(`${shown(value)} is no map`)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, within(name, convert, item)]))
  }
}

function recordConverter(type: types.RecordType, known: Map<Type, FromJson>): FromJson {
  const fields = type.fields.map((field) => ({
    name: field.name,
    convert: fromJson(field.type, known),
    isOptional: field.defaultValue() !== undefined
  }))
  const names = new Set(fields.map(({ name }) => name))
  return (value) => {
    if (!isObject(value)) throw new Misfit(`${shown(value)} is no ${type.name ?? 'record'}`)
    const unknown = Object.keys(value).find((name) => !names.has(name))
    if (unknown !== undefined) throw new Misfit('is no field of the schema').within(unknown)
    const record: Members = {}
    for (const { name, convert, isOptional } of fields) {
      if (Object.hasOwn(value, name)) record[name] = within(name, convert, value[name])
      else if (!isOptional) throw new Misfit('is missing').within(name)
    }
    return record
  }
}

function within(name: string | number, convert: FromJson, value: unknown): unknown {
  try {
    return convert(value)
  } catch (error) {
    throw error instanceof Misfit ? error.within(name) : error
  }
}

function unionConverter(union: types.WrappedUnionType, known: Map<Type, FromJson>): FromJson {
  const branches = union.types.map((type) => ({
    name: type.branchName!,
    kind: kindOf(type),
    convert: fromJson(type, known)
  }))
  const names = branches.map(({ name }) => name)
  const others = branches.filter(({ kind }) => kind !== 'null')
  const plain = isPlain(union)
  const tagged = (value: unknown): unknown => {
    const [name, ...more] = isObject(value) ? Object.keys(value) : []
    const branch = more.length > 0 ? undefined : others.find((each) => each.name === name)
    return branch && { [branch.name]: within(branch.name, branch.convert, (value as Members)[branch.name]) }
  }
  return (value) => {
    if (value === null && others.length < branches.length) return null
    const found = plain ? branches.find(({ kind }) => kind === kindOfJson(value)) : undefined
    // With one branch beside null there is no question which one is meant.
    const branch = found ?? (plain && others.length === 1 ? others[0] : undefined)
    if (!branch) return tagged(value) ?? fail(value, names, plain)
    try {
      return { [branch.name]: branch.convert(value) }
    } catch (error) {
      const other = tagged(value)
      if (other === undefined) throw error
      return other
    }
  }
}

function fail(value: unknown, names: string[], plain: boolean): never {
  if (plain) throw new Misfit(`${shown(value)} is none of ${names.join(', ')}`)
  throw new Misfit(`${shown(value)} does not say which of ${names.join(', ')} it is: write {"${names.at(-1)}": …}`)
}

function kindOfJson(value: unknown): Kind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'bigint' ? 'number' : (typeof value as Kind)
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const SHOWN = 40

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
