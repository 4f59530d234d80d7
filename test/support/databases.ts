/** The databases that tests read and write, asked by their own clients: what is the same of all, and what each says its own way. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import type { EndpointModule } from '../../src/endpoint-module.js'
import { type TlsServer, startMariaDb, startPostgres } from './servers.js'

export interface Database {
  /** What stands behind the scheme. */
  address: string
  url: string
  /** Rows, whose values are as JavaScript has them. */
  ask(sql: string): Promise<unknown[][]>
  /** Does this in a transaction, and gives what commits it. */
  begin(...statements: string[]): Promise<() => Promise<void>>
  server: TlsServer | null
  stop(): Promise<void>
}

export interface Kind {
  name: 'postgres' | 'mysql' | 'sqlite'
  package: 'postgresql' | 'mariadb-server-core' | null
  module: () => Promise<{ endpoint: EndpointModule }>
  start: () => Promise<Database>
  /** Asks how many sessions wait for another one's transaction; null: whoever waits does so by itself. */
  waiting: string | null
}

export const kinds: Kind[] = [
  {
    name: 'postgres',
    package: 'postgresql',
    module: () => import('../../src/connectors/sql/postgres.js'),
    start: async () => {
      const server = await startPostgres()
      const address = `//postgres@127.0.0.1:${server.port}/postgres`
      const ask = async (sql: string): Promise<unknown[][]> => {
        const client = new pg.Client({ connectionString: `postgres:${address}` })
        await client.connect()
        const { rows } = await client.query({ text: sql, rowMode: 'array' })
        await client.end()
        return rows
      }
      const begin = async (...statements: string[]): Promise<() => Promise<void>> => {
        const client = new pg.Client({ connectionString: `postgres:${address}` })
        await client.connect()
        for (const sql of ['BEGIN', ...statements]) await client.query(sql)
        return async () => {
          await client.query('COMMIT')
          await client.end()
        }
      }
      return { address, url: `postgres:${address}`, ask, begin, server, stop: () => server.stop() }
    },
    waiting: "SELECT CAST(count(*) AS INTEGER) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
  },
  {
    name: 'mysql',
    package: 'mariadb-server-core',
    module: () => import('../../src/connectors/sql/mysql.js'),
    start: async () => {
      const server = await startMariaDb()
      const address = `//root@127.0.0.1:${server.port}/test`
      const ask = async (sql: string): Promise<unknown[][]> => {
        const client = await mysql2.createConnection(`mysql:${address}`)
        const [rows] = await client.query({ sql, rowsAsArray: true })
        await client.end()
        return rows as unknown[][]
      }
      const begin = async (...statements: string[]): Promise<() => Promise<void>> => {
        const client = await mysql2.createConnection(`mysql:${address}`)
        for (const sql of ['BEGIN', ...statements]) await client.query(sql)
        return async () => {
          await client.query('COMMIT')
          await client.end()
        }
      }
      return { address, url: `mysql:${address}`, ask, begin, server, stop: () => server.stop() }
    },
    // Its table of transactions stays as it is while somebody asks for it often.
    waiting:
      "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'"
  },
  {
    name: 'sqlite',
    package: null,
    module: () => import('../../src/connectors/sql/sqlite.js'),
    start: () => {
      const folder = mkdtempSync(join(tmpdir(), 'sqlite-'))
      const address = join(folder, 'test.db')
      new DatabaseSync(address).close()
      const ask = (sql: string): Promise<unknown[][]> => {
        const database = new DatabaseSync(address, { timeout: 10_000 })
        const statement = database.prepare(sql)
        // Node's own arrays are none of a test's.
        const rows = /^select/i.test(sql) ? Array.from(statement.all(), (row) => [...Object.values(row)]) : []
        if (rows.length === 0) statement.run()
        database.close()
        return Promise.resolve(rows)
      }
      const begin = (...statements: string[]): Promise<() => Promise<void>> => {
        const database = new DatabaseSync(address)
        for (const sql of ['BEGIN IMMEDIATE', ...statements]) database.exec(sql)
        return Promise.resolve(() => {
          database.exec('COMMIT')
          return Promise.resolve(database.close())
        })
      }
      const stop = (): Promise<void> => Promise.resolve(rmSync(folder, { recursive: true }))
      return Promise.resolve({ address, url: `sqlite:${address}`, ask, begin, server: null, stop })
    },
    waiting: null
  }
]
