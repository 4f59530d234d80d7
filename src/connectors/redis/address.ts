/** Which Redis, and what in it: the parts of `redis://user@host:port/db?stream=orders`. Pure. */
import type { Endpoint, OptionSpecs } from '../../endpoint-module.js'
import { type TlsFiles, tlsOf } from '../tls-files.js'

export interface RedisAddress {
  host: string
  port: number
  /** null: without. */
  tls: TlsFiles | null
  username: string | undefined
  password: string | undefined
  database: number
}

/** As the program redis-cli has them. */
const fileNames = { ca: 'cacert', cert: 'cert', key: 'key' }

/** Of both directions. */
export const placeOptions = {
  stream: { type: 'string', isPlace: true, description: 'a stream' },
  list: { type: 'string', isPlace: true, description: 'a list: from its head, to its tail' },
  channel: { type: 'string', isPlace: true, description: 'a channel; to read, also several: a,b' },
  hash: { type: 'string', isPlace: true, description: 'a hash: its fields are keys' },
  keys: { type: 'string', isPlace: true, description: 'strings by their keys: a pattern; to write, one * for the key' },
  password: { type: 'string', secret: 'REDISCLI_AUTH', description: 'where the URI has none' },
  cacert: { type: 'string', description: 'PEM file of the authorities that a certificate of rediss: is to be of' },
  cert: { type: 'string', description: 'PEM file of the own certificate' },
  key: { type: 'string', description: 'PEM file of its key' }
} as const satisfies OptionSpecs

export type Kind = 'stream' | 'list' | 'channel' | 'pattern' | 'hash' | 'keys'
const kinds: readonly Kind[] = ['stream', 'list', 'channel', 'pattern', 'hash', 'keys']

/** @param options password and certificates @throws Error for an address that is none, or a file that cannot be read */
export function addressOf(address: string, tls: boolean, options: Readonly<Record<string, unknown>>): RedisAddress {
  const url = address.startsWith('//') ? URL.parse(`redis:${address}`) : null
  const [, database = '0'] = /^\/?(\d*)$/.exec(url?.pathname ?? '/none') ?? []
  if (!url?.hostname || !/^\/?\d*$/.test(url.pathname)) {
    throw new Error('no address of a database: write it as in redis://localhost:6379/0?stream=NAME')
  }
  const certificates = tlsOf(options, fileNames)
  if (!tls && Object.keys(certificates).length > 0) throw new Error('certificates need rediss:')
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 6379),
    tls: tls ? certificates : null,
    username: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || (options['password'] as string | undefined),
    database: Number(database)
  }
}

/** The one thing that is named. @throws Error when it is none, or several */
export function kindOf({ options }: Endpoint, ofSource: boolean): { kind: Kind; name: string } {
  const named = kinds.filter((kind) => options[kind] !== undefined)
  const [kind] = named
  if (kind === undefined || named.length > 1) {
    const all = kinds.filter((each) => ofSource || each !== 'pattern').join(', ')
    throw new Error(`${kind === undefined ? 'what in it' : `${named.join(' and ')} at once`}? give one of ${all}`)
  }
  const name = options[kind] as string
  if (name === '') throw new Error(`${kind} has no name: write ${kind}=NAME`)
  return { kind, name }
}

/** @throws Error for options that mean nothing together with what is read or written */
export function requireOnly({ options }: Endpoint, wanted: Readonly<Record<string, string>>, kind: Kind): void {
  for (const [option, needed] of Object.entries(wanted)) {
    const given = options[option] !== undefined && options[option] !== false
    if (given && needed !== kind) throw new Error(`${option} needs ${needed}=NAME`)
  }
}
