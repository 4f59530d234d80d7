/** The options of databases, and what they mean. */
import type { Endpoint, OptionSpec } from '../../endpoint-module.js'
import { type Select, quotedTable } from './database.js'
import { type TlsNames, tlsSpecs } from './tls.js'

/** Beside the password, what names certificates. */
export interface ConnectionOptions {
  readonly [name: string]: unknown
  password: string | undefined
}

export interface SourceOptions extends ConnectionOptions {
  table: string | undefined
  query: string | undefined
  column: string | undefined
  key: string | undefined
  poll: number | undefined
}

export interface SinkOptions extends ConnectionOptions {
  table: string
  key: string | undefined
  fields: string | undefined
}

type Specs = Readonly<Record<string, OptionSpec>>

/** @param password the environment variable that has it */
export function connectionSpecs(password: string, tls: TlsNames): Specs {
  return {
    password: { type: 'string', secret: password, description: 'the password, better in the environment' },
    ...tlsSpecs(tls)
  }
}

export const sourceSpecs: Specs = {
  table: { type: 'string', isPlace: true, description: 'the table to read' },
  query: { type: 'string', isPlace: true, description: 'rows to read instead, as in SELECT …' },
  column: { type: 'string', isPlace: true, description: 'a column that grows, to go on from' },
  key: { type: 'string', description: "the column that is the record's key" },
  poll: { type: 'duration', min: 1, description: 'how often to look for new rows; without it, the last row is the end' }
}

export const sinkSpecs: Specs = {
  table: { type: 'string', required: true, isPlace: true, description: 'the table to write' },
  key: { type: 'string', description: 'columns by which a row replaces another one, as in id or shop,id' },
  fields: { type: 'string', description: 'the members of a value that are written; without it, all' }
}

/** @throws Error for options that do not go together */
export function selectOf({ table, query, column, key, poll }: SourceOptions, quote: string): Select {
  if ((table === undefined) === (query === undefined)) throw new Error('give either table or query')
  if (poll !== undefined && column === undefined) throw new Error('poll needs column, from which to go on')
  const text = query === undefined ? `SELECT * FROM ${quotedTable(table!, quote)}` : query.replace(/[\s;]+$/, '')
  // A comment at its end would take a bracket behind it along.
  return { query: `${text}\n`, column: column ?? null, key: key ?? null }
}

/** Names with commas between. @throws Error for an empty one */
export function namesIn(list: string | undefined, option: string): string[] {
  const names = list?.split(',') ?? []
  if (names.includes('')) throw new Error(`${option} has an empty name`)
  return names
}

/** Of `scheme://user:password@host:port/database`. @throws Error */
export function serverOf(address: string, options: ConnectionOptions | null = null): Server {
  const url = URL.parse(`sql:${address}`)
  if (!address.startsWith('//') || !url || url.hostname === '') {
    throw new Error('write it as in scheme://user@host:port/database')
  }
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database === '' || database.includes('/')) throw new Error('name one database behind the host, as in //host/shop')
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? undefined : Number(url.port),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? options?.password : decodeURIComponent(url.password),
    database
  }
}

export interface Server {
  host: string
  port: number | undefined
  user: string | undefined
  password: string | undefined
  database: string
}

export type SqlEndpoint = Pick<Endpoint, 'address'>
