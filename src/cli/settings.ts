/** Where the cluster is and how to reach it: from flags, properties, the profile and the environment. */
import { isIPv6 } from 'node:net'
import { UsageError } from '../errors.js'
import type { Pair } from './flags.js'
import type { Settings } from '../kafka/wire.js'

/** The flags of `everyCluster` that say something of the connection. */
export interface ConnectionFlags {
  'bootstrap-server'?: string | undefined
  'command-config'?: string | undefined
  property?: Pair[] | undefined
  profile?: string | undefined
  'connect-timeout'?: number | undefined
}

export interface Read {
  settings: Settings
  /** What the user should know. */
  notices: string[]
  /** What the user may want to know: for --verbose. */
  details: string[]
}

export function readSettings(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Promise<Read> {
  const servers = flags['bootstrap-server'] ?? (env['KAFKA_BOOTSTRAP_SERVERS'] || 'localhost:9092')
  const connectTimeout = flags['connect-timeout'] ?? 10_000
  return Promise.resolve({
    settings: {
      bootstrapServers: parseServers(servers),
      clientId: 'sluice',
      connectTimeout,
      requestTimeout: 30_000,
      tls: null,
      sasl: null
    },
    notices: [],
    details: []
  })
}

/** `host:port,…`; `[::1]:9092` for IPv6; a port of 9092 when there is none; a listener's `SSL://` in front is ignored. */
export function parseServers(text: string): { host: string; port: number }[] {
  const servers = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (servers.length === 0) throw new UsageError('no bootstrap server is named', 'give HOST:PORT to --bootstrap-server')
  return servers.map((server) => {
    const address = server.replace(/^[A-Za-z_]+:\/\//, '')
    if (isIPv6(address)) return { host: address, port: 9092 }
    const [, ipv6, name, digits = '9092'] = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:/[\]]+))(?::(\d+))?$/.exec(address) ?? []
    const port = Number(digits)
    const host = ipv6 ?? name
    if (host === undefined || port < 1 || port > 65535) {
      throw new UsageError(`'${server}' is no bootstrap server`, 'write HOST:PORT, or [::1]:9092 for IPv6')
    }
    return { host, port }
  })
}
