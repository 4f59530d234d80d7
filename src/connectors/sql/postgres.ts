/**
 * PostgreSQL, by the package pg. Rows come and go as JSON that the server itself writes and reads, so every type is exact
 * and means what PostgreSQL says it means.
 */
import type pgModule from 'pg'
import type { Client, ClientConfig, QueryArrayResult } from 'pg'
import { CONNECT_TIMEOUT } from '../connect-timeout.js'
import { importPackage } from '../client-package.js'
import type { Json } from '../../endpoint-module.js'
import {
  type Connection,
  type Dialect,
  type ReadRow,
  type Reader,
  type Result,
  type Row,
  type Select,
  type Table,
  onOneLine,
  quoted,
  quotedTable
} from './database.js'
import { connectorOf } from './connector.js'
import { type Asker, type LookupDialect, sqlLookup } from './lookup.js'
import { type ConnectionOptions, connectionSpecs, serverOf } from './options.js'
import { type TlsNames, tlsOf } from './tls.js'

/** A type's number in pg_type. */
const BYTEA = 17

export const postgres: Dialect = {
  check(address, options) {
    postgresConfig(address, options)
  },

  async connect({ address, options }) {
    const { default: pg } = await importPackage<{ default: typeof pgModule }>('pg')
    const client = new pg.Client(postgresConfig(address, options))
    const connection = new PostgresConnection(client)
    await client.connect()
    return connection
  },

  isPassing(error) {
    const { code = '', message } = error as { code?: string; message: string }
    // Codes of Node; lost connections, shutdowns and starts, too many clients, deadlocks.
    return /^(E[A-Z_]+|08...|57P0[123]|53300|40...)$/.test(code) || (code === '' && /timeout|terminated/.test(message))
  },

  isRefusal(error) {
    // Data, constraints, one row twice in a statement, views with a check, exceptions that triggers raise.
    return /^(22|23|21|44|P0001)/.test((error as { code?: string }).code ?? '')
  }
}

const askers: LookupDialect = {
  check: (...asked) => postgres.check(...asked),

  async asker(address, options, query, connections): Promise<Asker> {
    const { default: pg } = await importPackage<{ default: typeof pgModule }>('pg')
    const pool = new pg.Pool({ ...postgresConfig(address, options), max: connections })
    // One that breaks while nobody uses it is replaced.
    pool.on('error', () => undefined)
    const run: Run = (text, values = []) => pool.query({ text, values: [...values], rowMode: 'array', types })
    const text = query.reduce((before, after, i) => `${before}$${i}${after}`)
    try {
      const { row } = await jsonOf(
        run,
        text,
        query.slice(1).map(() => null)
      )
      const prepared = {
        name: 'sluice',
        text: `SELECT ${row} FROM (${text}\n) q LIMIT 2`,
        rowMode: 'array' as const,
        types
      }
      return {
        async ask(values) {
          const { rows } = await pool.query<(string | null)[]>({ ...prepared, values: [...values] })
          return rows.map(([value]) => Buffer.from(onOneLine(value!)))
        },
        close: () => pool.end()
      }
    } catch (error) {
      await pool.end()
      throw error
    }
  }
}

/** As libpq has them. */
const tls: TlsNames = {
  ...{ mode: 'sslmode', ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' },
  words: ['disable', 'require', 'verify-ca', 'verify-full']
}
const specs = connectionSpecs('PGPASSWORD', tls)

export const lookup = sqlLookup(askers, specs)

export const endpoint = connectorOf(postgres, specs)

export function postgresConfig(address: string, options: ConnectionOptions): ClientConfig {
  const { host, user, password, port, database } = serverOf(address, options)
  return {
    ...{ host, database, keepAlive: true, connectionTimeoutMillis: CONNECT_TIMEOUT, application_name: 'sluice' },
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ssl: tlsOf(host, options, tls) ?? false,
    // As JSON has it.
    options: '-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c extra_float_digits=1'
  }
}

/** All values as the text that the server wrote. */
const types = { getTypeParser: () => (text: string) => text }

type Run = (text: string, values?: readonly unknown[]) => Promise<QueryArrayResult<(string | null)[]>>

export class PostgresConnection implements Connection {
  isBroken = false
  readonly begin = 'BEGIN'
  readonly longText = 'TEXT'
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
    client.on('error', () => (this.isBroken = true))
    client.on('end', () => (this.isBroken = true))
  }

  async run(sql: string, values: readonly unknown[] = []): Promise<Result> {
    let number = 0
    const { rows, rowCount } = await this.#run(
      sql.replace(/\?/g, () => `$${++number}`),
      values
    )
    return { rows, changed: rowCount ?? 0 }
  }

  async reader(select: Select): Promise<Reader> {
    const { key, column } = select
    const { row, types } = await jsonOf(this.#run, select.query)
    const at = column === null ? 'NULL' : `q.${quoted(column)}`
    const keyText = key === null ? 'NULL' : keyOf(`q.${quoted(key)}`, types.get(key) === BYTEA)
    const text = `SELECT ${row}, ${keyText}, ${at}::text FROM (${select.query}) q`
    for (const name of [key, column])
      if (name !== null && !types.has(name)) throw new Error(`there is no column ${name}`)
    if (column === null) {
      await this.#run(`BEGIN READ ONLY`)
      await this.#run(`DECLARE sluice NO SCROLL CURSOR FOR ${text}`)
      return { rows: async (_, limit) => (await this.#run(`FETCH ${limit} FROM sluice`)).rows.map(readRow) }
    }
    return {
      rows: async (after, limit) => {
        const where = after === null ? `${at} IS NOT NULL` : `${at} > $1`
        const page = `${text} WHERE ${where} ORDER BY ${at} LIMIT ${limit}`
        return (await this.#run(page, after === null ? [] : [after])).rows.map(readRow)
      }
    }
  }

  async columnsOf(table: string): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#run(
      `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [quotedTable(table)]
    )
    return new Map(rows as [string, string][])
  }

  async insert({ name, columns, keys }: Table, fields: readonly string[], rows: readonly Row[]): Promise<void> {
    const others = fields.filter((field) => !keys.includes(field))
    const update = others.map((field) => `${quoted(field)} = EXCLUDED.${quoted(field)}`).join(', ')
    const conflict = `ON CONFLICT (${list(keys)}) DO ${update === '' ? 'NOTHING' : `UPDATE SET ${update}`}`
    const select = `SELECT ${fields.map((field) => columnOf(columns, field)).join(', ')} FROM ${recordset(columns, fields)}`
    const sql = `INSERT INTO ${quotedTable(name)} (${list(fields)}) ${select} ${keys.length === 0 ? '' : conflict}`
    await this.#run(sql, [jsonArray(rows)])
  }

  async remove({ name, columns, keys }: Table, rows: readonly Row[]): Promise<void> {
    const same = keys.map((key) => `t.${quoted(key)} = ${columnOf(columns, key)}`).join(' AND ')
    const sql = `DELETE FROM ${quotedTable(name)} t USING ${recordset(columns, keys)} WHERE ${same}`
    await this.#run(sql, [jsonArray(rows)])
  }

  async close(): Promise<void> {
    // What is under way on a broken connection never ends.
    if (!this.isBroken) await this.#client.end()
  }

  readonly #run: Run = (text, values = []) => this.#client.query({ text, values: [...values], rowMode: 'array', types })
}

/** An expression for the rows of a query `q` as JSON; and their columns, by number of their types. */
export async function jsonOf(
  run: Run,
  query: string,
  values: readonly unknown[] = []
): Promise<{ row: string; types: ReadonlyMap<string, number> }> {
  const { fields } = await run(`SELECT * FROM (${query}) q LIMIT 0`, values)
  const columns = fields.map(({ name, dataTypeID }) => {
    const column = `q.${quoted(name)}`
    return dataTypeID === BYTEA ? `translate(encode(${column}, 'base64'), E'\\n', '') AS ${quoted(name)}` : column
  })
  const row = `(SELECT row_to_json(sluice_row) FROM (SELECT ${columns.join(', ')}) sluice_row)::text`
  return { row, types: new Map(fields.map(({ name, dataTypeID }) => [name, dataTypeID])) }
}

function keyOf(column: string, isBytes: boolean): string {
  return isBytes ? `encode(${column}, 'hex')` : `encode(convert_to(${column}::text, 'UTF8'), 'hex')`
}

function readRow([value, key, at]: (string | null)[]): ReadRow {
  return { value: Buffer.from(onOneLine(value!)), key: key == null ? null : Buffer.from(key, 'hex'), at: at as Json }
}

function list(names: readonly string[]): string {
  return names.map((name) => quoted(name)).join(', ')
}

/** Rows of these fields, from a parameter that is an array of JSON objects. */
function recordset(columns: ReadonlyMap<string, string>, fields: readonly string[]): string {
  const typed = fields.map((field) => `${quoted(field)} ${isBytes(columns, field) ? 'text' : columns.get(field)}`)
  return `json_to_recordset($1::json) AS x(${typed.join(', ')})`
}

function columnOf(columns: ReadonlyMap<string, string>, field: string): string {
  return isBytes(columns, field) ? `decode(x.${quoted(field)}, 'base64')` : `x.${quoted(field)}`
}

function isBytes(columns: ReadonlyMap<string, string>, field: string): boolean {
  return columns.get(field) === 'bytea'
}

function jsonArray(rows: readonly Row[]): string {
  return `[${rows.map(({ json }) => json).join(',')}]`
}
