/**
 * SQLite, by the one in Node. It is in this process: each statement holds everything else up, so a page or a batch is one
 * call. A write waits 10 s for other writers of the file before it says that it is locked.
 */
import { existsSync } from 'node:fs'
import { getBuiltinModule } from 'node:process'
import type sqliteModule from 'node:sqlite'
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { FailedError } from '../../errors.js'
import { connectorOf } from './connector.js'
import {
  type Connection,
  type Dialect,
  type ReadRow,
  type Reader,
  type Result,
  type Row,
  type Select,
  type Table,
  bytesOf,
  quoted,
  quotedTable
} from './database.js'
import { type LookupDialect, sqlLookup } from './lookup.js'
import { plainOf } from './rows.js'

/** Result codes: https://sqlite.org/rescode.html */
const [BUSY, LOCKED, TOO_BIG, CONSTRAINT, MISMATCH] = [5, 6, 18, 19, 20]

export const sqlite: Dialect = {
  check(address) {
    if (address === '') throw new Error('write it as in sqlite:shop.db')
  },

  connect({ address }) {
    if (!existsSync(address)) throw new FailedError('there is no such file', 'check the path')
    return new SqliteConnection(new (sqliteOfNode().DatabaseSync)(address))
  },

  isPassing: (error) => [BUSY, LOCKED].includes(codeOf(error)),
  isRefusal: (error) => [CONSTRAINT, MISMATCH, TOO_BIG].includes(codeOf(error))
}

const askers: LookupDialect = {
  check: (...asked) => sqlite.check(...asked),

  async asker(address, options, query) {
    const connection = await sqlite.connect({ address, options })
    const asker = (connection as SqliteConnection).asker(`SELECT * FROM (${query.join('?')}\n) q LIMIT 2`)
    return { ask: (values) => Promise.resolve(values).then(asker), close: async () => connection.close() }
  }
}

export const lookup = sqlLookup(askers, {})

export const endpoint = connectorOf(sqlite, {})

/** Node 22 has a warning that it is an experiment. */
function sqliteOfNode(): typeof sqliteModule {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is put back as it was
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Of the extended ones, what they extend. */
function codeOf(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff
}

export class SqliteConnection implements Connection {
  readonly isBroken = false
  readonly begin = 'BEGIN IMMEDIATE'
  readonly longText = 'TEXT'
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec('PRAGMA busy_timeout = 10000')
  }

  run(sql: string, values: readonly unknown[] = []): Result {
    const statement = this.#prepared(sql)
    const bound = values.map((value) => boundOf(value, ''))
    if (sql.startsWith('SELECT')) return { rows: statement.all(...bound).map((row) => Object.values(row)), changed: 0 }
    return { rows: [], changed: Number(statement.run(...bound).changes) }
  }

  reader({ query, key, column }: Select): Reader {
    const name = column === null ? '' : `q.${quoted(column)}`
    const [text, order] = [`SELECT * FROM (${query}) q`, `ORDER BY ${name} LIMIT ?`]
    const readRow = readerOf(key, column)
    if (column === null) {
      const rows = this.#prepared(text).iterate()
      return { rows: (_, limit) => firstOf(rows, limit).map(readRow) }
    }
    const first = this.#prepared(`${text} WHERE ${name} IS NOT NULL ${order}`)
    const further = this.#prepared(`${text} WHERE ${name} > ? ${order}`)
    return {
      rows: (after, limit) =>
        (after === null ? first.all(limit) : further.all(after as SQLInputValue, limit)).map(readRow)
    }
  }

  /** Rows by parameters. */
  asker(sql: string): (values: readonly string[]) => Buffer[] {
    const statement = this.#prepared(sql)
    const read = readerOf(null, null)
    return (values) => statement.all(...values).map((row) => read(row).value)
  }

  columnsOf(table: string): ReadonlyMap<string, string> {
    const columns = this.#database.prepare('SELECT name, type FROM pragma_table_info(?)').all(table)
    if (columns.length === 0) throw new FailedError(`there is no table ${table}`)
    return new Map(columns.map(({ name, type }) => [String(name), String(type).toUpperCase()]))
  }

  insert({ name, columns, keys }: Table, fields: readonly string[], rows: readonly Row[]): void {
    const others = fields.filter((field) => !keys.includes(field))
    const update = others.map((field) => `${quoted(field)} = excluded.${quoted(field)}`).join(', ')
    const conflict = `ON CONFLICT (${list(keys)}) DO ${update === '' ? 'NOTHING' : `UPDATE SET ${update}`}`
    const values = fields.map(() => '?').join(', ')
    const insert = `INSERT INTO ${quotedTable(name)} (${list(fields)}) VALUES (${values})`
    this.#runEach(keys.length === 0 ? insert : `${insert} ${conflict}`, fields, columns, rows)
  }

  remove({ name, columns, keys }: Table, rows: readonly Row[]): void {
    const same = keys.map((key) => `${quoted(key)} = ?`).join(' AND ')
    this.#runEach(`DELETE FROM ${quotedTable(name)} WHERE ${same}`, keys, columns, rows)
  }

  close(): void {
    this.#database.close()
  }

  #runEach(sql: string, fields: readonly string[], columns: Table['columns'], rows: readonly Row[]): void {
    const statement = this.#prepared(sql)
    for (const { values } of rows) statement.run(...fields.map((field) => boundOf(values[field], columns.get(field)!)))
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#database.prepare(sql)
      statement.setReadBigInts(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function firstOf<T>(rows: Iterator<T>, limit: number): T[] {
  const found: T[] = []
  while (found.length < limit) {
    const next = rows.next()
    if (next.done) break
    found.push(next.value)
  }
  return found
}

function list(names: readonly string[]): string {
  return names.map((name) => quoted(name)).join(', ')
}

/** A value as it is stored: whole numbers as such, which Node would make floats. */
function boundOf(value: unknown, type: string): SQLInputValue {
  if (type === 'BLOB') return bytesOf(value)
  const plain = plainOf(value)
  if (typeof plain === 'number' && Number.isSafeInteger(plain)) return BigInt(plain)
  const isWhole = typeof value === 'object' && typeof plain === 'string' && /^-?\d+$/.test(plain)
  return isWhole && BigInt(plain) === BigInt.asIntN(64, BigInt(plain)) ? BigInt(plain) : plain
}

function readerOf(key: string | null, column: string | null): (row: Record<string, SQLOutputValue>) => ReadRow {
  return (row) => {
    for (const name of [key, column]) {
      if (name !== null && !(name in row)) throw new FailedError(`there is no column ${name}`)
    }
    const at = column === null ? null : row[column]!
    if (at instanceof Uint8Array)
      throw new FailedError(`the column ${column} has bytes`, 'give one of numbers or texts')
    const members = Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}:${jsonOf(value)}`)
    return { value: Buffer.from(`{${members.join(',')}}`), key: key === null ? null : keyOf(row[key]!), at: at }
  }
}

function jsonOf(value: SQLOutputValue): string {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (typeof value === 'bigint') return value.toString()
  return JSON.stringify(typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)
}

function keyOf(value: SQLOutputValue): Buffer | null {
  return value === null ? null : Buffer.from(value instanceof Uint8Array ? value : String(value))
}
