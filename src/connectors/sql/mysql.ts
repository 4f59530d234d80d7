/**
 * MySQL and MariaDB, by the package mysql2. Rows are read as the text that the server wrote, and written with all numbers as
 * text, so that no digit is lost between. Sessions are strict: what does not fit is refused, not cut.
 */
import { isIP } from 'node:net'
import { userInfo } from 'node:os'
import type mysqlModule from 'mysql2'
import type { Connection as Client, ConnectionOptions as ClientOptions, FieldPacket, ResultSetHeader } from 'mysql2'
import { CONNECT_TIMEOUT } from '../connect-timeout.js'
import { importPackage } from '../client-package.js'
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
  quoted,
  quotedTable
} from './database.js'
import { type Asker, type LookupDialect, sqlLookup } from './lookup.js'
import { type Raw, isIncreasing, literalOf, rawOf, readerOf, storedOf } from './mysql-values.js'
import { type ConnectionOptions, connectionSpecs, serverOf } from './options.js'
import { type TlsNames, tlsOf } from './tls.js'

const SESSION = "SET SESSION sql_mode = 'TRADITIONAL', time_zone = '+00:00'"

/** Of one statement. */
const MOST_VALUES = 60_000

export const mysql: Dialect = {
  check(address, options) {
    mysqlConfig(address, options)
  },

  async connect({ address, options }) {
    const { default: mysql2 } = await importPackage<{ default: typeof mysqlModule }>('mysql2')
    const client = mysql2.createConnection({
      ...mysqlConfig(address, options),
      typeCast: (field) => field.buffer()
    })
    const connection = new MysqlConnection(client)
    await client.promise().connect()
    await connection.run(SESSION)
    return connection
  },

  isPassing(error) {
    const { code = '', errno = 0 } = error as NodeJS.ErrnoException
    // Too many connections, shutdown, lock wait timeout, deadlock.
    return [1040, 1053, 1205, 1213].includes(errno) || /^(E(?!R_)[A-Z_]+|PROTOCOL_\w+)$/.test(code)
  },

  isRefusal(error) {
    const { sqlState = '', errno = 0 } = error as { sqlState?: string; errno?: number }
    // Data, constraints, what triggers signal; no default, cut, a wrong value, a check.
    return /^(22|23|45)/.test(sqlState) || [1364, 1265, 1366, 3819].includes(errno)
  }
}

const askers: LookupDialect = {
  check: (...asked) => mysql.check(...asked),

  async asker(address, options, query, connections): Promise<Asker> {
    const { default: mysql2 } = await importPackage<{ default: typeof mysqlModule }>('mysql2')
    // Of a prepared statement, values come with their types.
    const asTexts = { supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, jsonStrings: true }
    const pool = mysql2.createPool({ ...mysqlConfig(address, options), ...asTexts, connectionLimit: connections })
    pool.on('connection', (connection) => connection.query(SESSION))
    const text = `SELECT * FROM (${query.join('?')}\n) q LIMIT 2`
    const ask = async (values: readonly (string | null)[]): Promise<Buffer[]> => {
      const [rows, fields] = await pool.promise().execute(text, [...values])
      const read = readerOf(fields, null, null)
      return (rows as unknown as unknown[][]).map((row) => read(row.map((value, i) => rawOf(value, fields[i]!))).value)
    }
    try {
      await ask(query.slice(1).map(() => null))
      return { ask, close: () => pool.promise().end() }
    } catch (error) {
      await pool.promise().end()
      throw error
    }
  }
}

/** As the program mysql has them. */
const tls: TlsNames = {
  ...{ mode: 'ssl-mode', ca: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key' },
  words: ['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY']
}
const specs = connectionSpecs('MYSQL_PWD', tls)

export const lookup = sqlLookup(askers, specs)

export const endpoint = connectorOf(mysql, specs, '`')

export function mysqlConfig(address: string, options: ConnectionOptions): ClientOptions {
  const { user = userInfo().username, password = '', port = 3306, host, database } = serverOf(address, options)
  const ssl = tlsOf(host, options, tls)
  // The client would compare the certificate with the name localhost.
  if (ssl?.verifyIdentity && isIP(host) !== 0) {
    throw new Error(`${host} is no name that a certificate can be compared with: write one, or ssl-mode=VERIFY_CA`)
  }
  return {
    ...{ host, port, user, password, database, connectTimeout: CONNECT_TIMEOUT, charset: 'utf8mb4' },
    ...{ rowsAsArray: true, maxPreparedStatements: 100 },
    ...(ssl && { ssl })
  }
}

export class MysqlConnection implements Connection {
  isBroken = false
  readonly begin = 'START TRANSACTION'
  readonly longText = 'LONGTEXT'
  readonly #client: Client
  #isStreaming = false

  constructor(client: Client) {
    this.#client = client
    client.on('error', () => (this.isBroken = true))
    client.on('end', () => (this.isBroken = true))
  }

  async run(sql: string, values: readonly unknown[] = []): Promise<Result> {
    const [result] = await (values.length === 0
      ? this.#client.promise().query(sql)
      : this.#client.promise().execute(sql, [...values] as string[]))
    if (Array.isArray(result)) return { rows: result as unknown as Raw[], changed: 0 }
    return { rows: [], changed: (result as ResultSetHeader).affectedRows }
  }

  async reader({ query, key, column }: Select): Promise<Reader> {
    const text = `SELECT * FROM (${query}) q`
    if (column === null) return this.#stream(text, key)
    const [, fields] = await this.#client.promise().query(`${text} LIMIT 0`)
    const read = readerOf(fields, key, column)
    const field = fields.find(({ name }) => name === column)!
    if (!isIncreasing(field)) {
      throw new FailedError(
        `the column ${column} can't be gone on from`,
        'give one of whole numbers, decimals or times'
      )
    }
    const name = `q.${quoted(column, '`')}`
    return {
      rows: async (after, limit) => {
        const where = after === null ? `${name} IS NOT NULL` : `${name} > ${literalOf(after, field)}`
        const [rows] = await this.#client.promise().query(`${text} WHERE ${where} ORDER BY ${name} LIMIT ${limit}`)
        return (rows as unknown as Raw[]).map(read)
      }
    }
  }

  async columnsOf(table: string): Promise<ReadonlyMap<string, string>> {
    const [rows] = await this.#client.promise().query(`SHOW COLUMNS FROM ${quotedTable(table, '`')}`)
    return new Map((rows as unknown as Raw[]).map(([name, type]) => [String(name), String(type)]))
  }

  async insert(table: Table, fields: readonly string[], rows: readonly Row[]): Promise<void> {
    const { name, columns, keys } = table
    const names = fields.map((field) => quoted(field, '`'))
    // With nothing else to update, a key that is there is left as it is.
    const others = fields.filter((field) => !keys.includes(field))
    const updated = (others.length > 0 ? others : keys.slice(0, 1)).map((field) => quoted(field, '`'))
    const update = updated.map((field) => `${field} = VALUES(${field})`).join(', ')
    const conflict = keys.length === 0 ? '' : ` ON DUPLICATE KEY UPDATE ${update}`
    const insert = `INSERT INTO ${quotedTable(name, '`')} (${names.join(', ')}) VALUES `
    await this.#inParts(rows, fields, columns, (places) => insert + places + conflict)
  }

  async remove({ name, columns, keys }: Table, rows: readonly Row[]): Promise<void> {
    const names = keys.map((key) => quoted(key, '`')).join(', ')
    const remove = `DELETE FROM ${quotedTable(name, '`')} WHERE (${names}) IN `
    await this.#inParts(rows, keys, columns, (places) => `${remove}(${places})`)
  }

  async close(): Promise<void> {
    if (this.isBroken || this.#isStreaming) this.#client.destroy()
    else await this.#client.promise().end()
  }

  /** Rows as they come, which hold the server back. */
  #stream(text: string, key: string | null): Reader {
    this.#isStreaming = true
    const query = this.#client.query(text)
    let fields: FieldPacket[] = []
    query.on('fields', (given: FieldPacket[]) => (fields = given))
    const rows = query.stream({ highWaterMark: 100 })[Symbol.asyncIterator]() as AsyncIterator<Raw>
    let read: ((row: Raw) => ReadRow) | null = null
    return {
      rows: async (_, limit) => {
        const page: ReadRow[] = []
        while (page.length < limit) {
          const next = await rows.next()
          if (next.done) break
          read ??= readerOf(fields, key, null)
          page.push(read(next.value))
        }
        return page
      }
    }
  }

  async #inParts(
    rows: readonly Row[],
    fields: readonly string[],
    columns: Table['columns'],
    sqlOf: (places: string) => string
  ): Promise<void> {
    const place = `(${fields.map(() => '?').join(', ')})`
    const most = Math.floor(MOST_VALUES / fields.length)
    for (let from = 0; from < rows.length; from += most) {
      const part = rows.slice(from, from + most)
      const values = part.flatMap((row) => fields.map((field) => storedOf(row.values[field], columns.get(field)!)))
      await this.run(sqlOf(part.map(() => place).join(', ')), values)
    }
  }
}
