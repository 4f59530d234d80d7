/** Records as rows: a JSON object's members, by name; of a tombstone, the key alone. */
import { isUtf8 } from 'node:buffer'
import type { Message } from '../../endpoint-module.js'
import type { Row } from './database.js'

/** ES2025; Node has both from 21 on. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(this: void, text: string): unknown
  isRawJSON(this: void, value: unknown): value is { rawJSON: string }
}

export interface RowRules {
  /** The columns by which a row replaces another one. */
  keys: readonly string[]
  /** The members that are written; null: all. */
  fields: readonly string[] | null
  /** Those of the table. */
  columns: ReadonlyMap<string, string>
}

/** Rows that one statement can write: of the same fields, or to be removed. */
export interface Run {
  /** null: they are removed. */
  fields: readonly string[] | null
  rows: Row[]
}

/** Takes a record's row into the runs, behind those before it. @throws Error that says why it is none */
export function addRow(runs: Run[], message: Message, index: number, rules: RowRules): void {
  const values = message.value === null ? keyOf(message, rules.keys) : valuesOf(message, rules)
  const fields = message.value === null ? null : (rules.fields ?? Object.keys(values))
  if (rules.fields) for (const field of rules.fields) values[field] ??= null
  if (fields?.length === 0) throw new Error('the value has no members')
  const row = { index, values, json: JSON.stringify(values) }
  const last = runs.at(-1)
  if (last && sameNames(last.fields, fields)) last.rows.push(row)
  else runs.push({ fields, rows: [row] })
}

function sameNames(some: readonly string[] | null, others: readonly string[] | null): boolean {
  if (some === null || others === null) return some === others
  return some.length === others.length && some.every((name, i) => name === others[i])
}

/** The value's members, and where it has none for a key, the record's key. */
function valuesOf(message: Message, { keys, fields, columns }: RowRules): Record<string, unknown> {
  let values = objectOf(message.value!, 'value')
  if (fields) values = Object.fromEntries(fields.filter((name) => name in values).map((name) => [name, values[name]]))
  else for (const name in values) if (!columns.has(name)) throw new Error(`the table has no column ${name}`)
  if (keys.every((key) => values[key] != null)) return values
  const ofKey = Object.entries(keyOf(message, keys)).filter(([name]) => values[name] == null)
  return { ...values, ...Object.fromEntries(ofKey) }
}

/** A text is the key's one column, a JSON object has its columns. */
function keyOf({ key, value }: Message, keys: readonly string[]): Record<string, unknown> {
  const what = value === null ? 'the tombstone' : 'the value'
  if (keys.length === 0) throw new Error(`${what} is to remove a row: name its key with ?key=COLUMN`)
  if (key === null) throw new Error(`${what} has no ${keys.join(' and no ')}, and the record no key`)
  if (!isUtf8(key)) throw new Error('the key is no text')
  const values = keys.length === 1 && key[0] !== 0x7b ? { [keys[0]!]: key.toString() } : objectOf(key, 'key')
  const missing = keys.find((name) => values[name] == null)
  if (missing !== undefined) throw new Error(`the key has no ${missing}`)
  return Object.fromEntries(keys.map((name) => [name, values[name]]))
}

function objectOf(bytes: Buffer, what: string): Record<string, unknown> {
  if (!isUtf8(bytes)) throw new Error(`the ${what} is no UTF-8`)
  let parsed: unknown
  try {
    parsed = parseExact(bytes.toString())
  } catch {
    throw new Error(`the ${what} is no JSON`)
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>
  throw new Error(`the ${what} is no JSON object`)
}

/** Numbers of more digits than JavaScript's have stay the text that they are. */
function parseExact(text: string): unknown {
  // A reviver is called for every value: only where there may be such a number.
  if (!/\d[\d.]{15}|\d[eE]/.test(text)) return JSON.parse(text) as unknown
  const revive = (_: string, value: unknown, { source }: { source?: string }): unknown =>
    typeof value === 'number' && String(value) !== source ? rawJSON(source!) : value
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) as unknown
}

/** A value for a database that knows no JSON: null, a number, a text. Digits that are no number are text, too. */
export function plainOf(value: unknown): null | number | string {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' || typeof value === 'number') return value
  return isRawJSON(value) ? value.rawJSON : JSON.stringify(value)
}

/** The last row of each key: a statement can write a row once. */
export function lastByKey(rows: readonly Row[], keys: readonly string[]): readonly Row[] {
  if (keys.length === 0) return rows
  const last = new Map<string, Row>()
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row.values[name]))
    last.delete(key)
    last.set(key, row)
  }
  return [...last.values()]
}
