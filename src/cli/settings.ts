/**
 * Where the cluster is and how to reach it: flags over -X over the -F file over the environment (for the brokers) over the
 * profile, in one place (cli.md, "Every command").
 */
import { UsageError } from '../errors.js'
import type { GroupSettings } from '../kafka/group-member.js'
import type { Address, Settings } from '../kafka/wire.js'
import type { RegistrySettings } from '../schemas/registry.js'
import type { Pair } from './flags.js'
import { readGroup } from './group-settings.js'
import {
  type Properties,
  type Property,
  addProperty,
  commandLine,
  expandEnvironment,
  isSecret,
  milliseconds,
  place
} from './properties.js'

/** The flags of `everyCluster` that say something of the connection. */
export interface ConnectionFlags {
  'bootstrap-server'?: string | undefined
  'command-config'?: string | undefined
  property?: Pair[] | undefined
  profile?: string | undefined
  'schema-registry'?: string | undefined
  'connect-timeout'?: number | undefined
}

export interface ClusterSettings extends Settings {
  /** For those who join a group. */
  group: GroupSettings
  /** For those who write in transactions. */
  transaction: TransactionSettings
  /** null: it is not said where it is. */
  registry: RegistrySettings | null
}

export interface TransactionSettings {
  /** `transactional.id`; null: not given. */
  id: string | null
  /** `transaction.timeout.ms`; by default the most that brokers allow by theirs. */
  timeout: number
}

export interface Read {
  settings: ClusterSettings
  /** What the user should know. */
  notices: string[]
  /** What the user may want to know: for --verbose. */
  details: string[]
  /** What was given, and where; of several places, the one that counts. */
  origins: Property[]
}

/** @throws UsageError, before anything is connected to */
export async function readSettings(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Promise<Read> {
  const profileName = flags.profile ?? env['SLUICE_PROFILE']
  const notices: string[] = []
  const profile: Properties = profileName ? await readProfileOf(profileName, env, notices) : new Map<string, Property>()
  const file = flags['command-config']
  const own: Properties = file ? await readFileOf(file, notices) : new Map<string, Property>()
  const typed: Properties = new Map()
  for (const { name: key, value } of flags.property ?? []) {
    addProperty(typed, { key, value, source: commandLine, line: undefined })
  }
  const properties: Properties = new Map()
  for (const [key, property] of [...profile, ...own, ...typed]) properties.set(key, expandEnvironment(property, env))

  notices.push(...secretsOnCommandLine(typed))
  const servers = chooseServers(flags, own, typed, properties, env, notices)
  const used = new Set([
    ...['bootstrap.servers', 'client.id', 'metadata.max.age.ms'],
    ...['request.timeout.ms', 'socket.connection.setup.timeout.ms']
  ])
  const metadataAge = milliseconds(properties, 'metadata.max.age.ms')
  const connectTimeout =
    flags['connect-timeout'] ?? milliseconds(properties, 'socket.connection.setup.timeout.ms') ?? 10_000
  const { tls, sasl, keyFile } =
    properties.size > 0
      ? (await import('./security.js')).readSecurity(properties, used)
      : { tls: null, sasl: null, keyFile: null }
  if (keyFile !== null) notices.push(...(await (await import('./config-file.js')).exposure(keyFile, 'the key')))
  const details: string[] = []
  const notUsed = (property: Property): void => {
    // What was typed just now was meant to have an effect; a file serves other programs, too.
    const list = property.source === commandLine ? notices : details
    list.push(`${place(property)}: ${property.key} is not used`)
  }
  const group = readGroup(properties, used, notUsed)
  const transaction = readTransaction(properties, used)
  const registry = await readRegistryOf(flags, properties, env, connectTimeout, used)
  for (const [name, property] of properties) if (!used.has(name)) notUsed(property)
  const settings: ClusterSettings = {
    bootstrapServers: parseServers(servers.value),
    clientId: properties.get('client.id')?.value ?? 'sluice',
    connectTimeout,
    requestTimeout: milliseconds(properties, 'request.timeout.ms') ?? 30_000,
    ...(metadataAge !== undefined && { metadataAge }),
    tls,
    sasl,
    group,
    transaction,
    registry
  }
  properties.set('bootstrap.servers', servers)
  return { settings, notices, details, origins: [...properties.values()] }
}

async function readRegistryOf(
  { 'schema-registry': flag }: ConnectionFlags,
  properties: Properties,
  env: NodeJS.ProcessEnv,
  timeout: number,
  used: Set<string>
): Promise<RegistrySettings | null> {
  const own = /^(schema\.registry\.|basic\.auth\.|bearer\.auth\.|auto\.register\.schemas$)/
  const url = env['SCHEMA_REGISTRY_URL']
  if (flag === undefined && !url && ![...properties.keys()].some((name) => own.test(name))) return null
  const { readRegistry } = await import('./registry-settings.js')
  return readRegistry(properties, { flag, env: url, timeout }, used)
}

function readTransaction(properties: Properties, used: Set<string>): TransactionSettings {
  used.add('transactional.id').add('transaction.timeout.ms')
  return {
    id: properties.get('transactional.id')?.value || null,
    timeout: milliseconds(properties, 'transaction.timeout.ms') ?? 900_000
  }
}

async function readProfileOf(name: string, env: NodeJS.ProcessEnv, notices: string[]): Promise<Properties> {
  const { readProfile } = await import('./profile.js')
  return readProfile(name, env, notices)
}

async function readFileOf(file: string, notices: string[]): Promise<Properties> {
  const { readConfigFile } = await import('./config-file.js')
  return readConfigFile(file, 'give -F a readable file', notices)
}

function chooseServers(
  flags: ConnectionFlags,
  own: Properties,
  typed: Properties,
  all: Properties,
  env: NodeJS.ProcessEnv,
  notices: string[]
): Property {
  const property = all.get('bootstrap.servers')
  const fromEnv = env['KAFKA_BOOTSTRAP_SERVERS']
  const from = (value: string, source: string): Property => ({
    key: 'bootstrap.servers',
    value,
    source,
    line: undefined
  })
  if (flags['bootstrap-server'] !== undefined) return from(flags['bootstrap-server'], '--bootstrap-server')
  if (property && (typed.has('bootstrap.servers') || own.has('bootstrap.servers'))) return property
  if (fromEnv && property && flags.profile !== undefined && fromEnv !== property.value) {
    notices.push(`the brokers are those of KAFKA_BOOTSTRAP_SERVERS (${fromEnv}), not of the profile ${flags.profile}`)
  }
  if (fromEnv) return from(fromEnv, 'KAFKA_BOOTSTRAP_SERVERS')
  return property ?? from('localhost:9092', 'by default')
}

/** `ps` shows every argument to everybody on the machine. */
function secretsOnCommandLine(typed: Properties): string[] {
  return [...typed.values()]
    .filter(isSecret)
    .map(
      ({ key }) =>
        `everybody on this machine can see ${key} in ps: put it in a file for -F, or write -X '${key}=\${env:NAME}'`
    )
}

/** `host:port,…`; `[::1]:9092` for IPv6; port 9092 when there is none; a listener's name in front (`SSL://`) is ignored. */
export function parseServers(text: string): Address[] {
  const servers = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (servers.length === 0) throw new UsageError('no bootstrap server is named', 'give HOST:PORT to --bootstrap-server')
  return servers.map((server) => {
    const address = server.replace(/^[A-Za-z_]+:\/\//, '')
    // Not isIPv6 of node:net: its first call takes 5 ms. What is not quite an address fails when it is looked up.
    if (/^(?=.*::|(?:[^:]*:){6})[0-9a-f:.]+$/i.test(address)) return { host: address, port: 9092 }
    const [, ipv6, name, digits = '9092'] =
      /^(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([^\s:/[\]]+))(?::(\d+))?$/i.exec(address) ?? []
    const port = Number(digits)
    const host = ipv6 ?? name
    if (host === undefined || port < 1 || port > 65535) {
      throw new UsageError(`'${server}' is no bootstrap server`, 'write HOST:PORT, or [::1]:9092 for IPv6')
    }
    return { host, port }
  })
}
