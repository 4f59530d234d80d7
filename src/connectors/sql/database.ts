/**
 * What the endpoints of databases need of one: a file each has what is its own (`postgres.ts`, `mysql.ts`, `sqlite.ts`),
 * everything else is the same for all.
 */
import type { Endpoint, Json } from '../../endpoint-module.js'
import type { ConnectionOptions } from './options.js'

/** SQLite answers at once, a server later. */
type Soon<T> = T | Promise<T>

export interface Dialect {
  /** @throws Error for an address that is none, or options that do not go together */
  check(address: string, options: ConnectionOptions): void
  /** Resolves when there is a connection, within 10 s. */
  connect(endpoint: Pick<Endpoint, 'address'> & { options: ConnectionOptions }): Soon<Connection>
  /** The database is away, or broke off what would be done if it were tried again. */
  isPassing(error: unknown): boolean
  /** It refuses a row: by its type, by a constraint. */
  isRefusal(error: unknown): boolean
}

export interface Connection {
  /** It broke off. */
  readonly isBroken: boolean
  /** What a transaction for writing begins with. */
  readonly begin: string
  /** The type of a text of any length. */
  readonly longText: string
  /** A statement with `?` for values. */
  run(sql: string, values?: readonly unknown[]): Soon<Result>
  reader(select: Select): Soon<Reader>
  /** Types by the names of columns. @throws Error for a table that is none */
  columnsOf(table: string): Soon<ReadonlyMap<string, string>>
  /** Inserts rows of the same fields; with keys, in place of those that have the same ones. */
  insert(table: Table, fields: readonly string[], rows: readonly Row[]): Soon<void>
  remove(table: Table, rows: readonly Row[]): Soon<void>
  close(): Soon<void>
}

export interface Result {
  rows: readonly (readonly unknown[])[]
  /** Rows that were changed. */
  changed: number
}

/** What a source reads. */
export interface Select {
  /** A query, as it can stand in the brackets of another one. */
  query: string
  /** Whose value is a record's key; null: records have none. */
  key: string | null
  /** By which rows are ordered, and gone on from; null: they are read once. */
  column: string | null
}

export interface Reader {
  /**
   * The next rows, at most so many; none: that is the end.
   * @param after of a select with a column: where to go on, as `at` of a row says it; null: at the first row
   */
  rows(after: Json, limit: number): Soon<ReadRow[]>
}

export interface ReadRow {
  /** A JSON object, on one line. */
  value: Buffer
  key: Buffer | null
  /** The column's value. */
  at: Json
}

/** Where a sink writes. */
export interface Table {
  name: string
  /** Types by names. */
  columns: ReadonlyMap<string, string>
  /** None: rows are added. */
  keys: readonly string[]
}

/** What a sink writes. */
export interface Row {
  /** Of the batch. */
  index: number
  /** Members by name; a number that JavaScript has no number for is raw JSON. */
  values: Readonly<Record<string, unknown>>
  /** All of them as JSON text. */
  json: string
}

/** A row is, before the database sees it. */
export class Refused extends Error {}

/** Of a column of bytes, which JSON has as base64. @throws Refused */
export function bytesOf(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : null
  if (bytes?.toString('base64') === value) return bytes
  throw new Refused('a column of bytes needs base64')
}

/** A name in double quotes, as standard SQL has it; with dots between, several. */
export function quoted(name: string, quote = '"'): string {
  return quote + name.replaceAll(quote, quote + quote) + quote
}

export function quotedTable(name: string, quote = '"'): string {
  return name
    .split('.')
    .map((part) => quoted(part, quote))
    .join('.')
}

/** JSON on one line: line breaks stand only between its tokens. */
export function onOneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]\s*/g, ' ') : json
}
