/** Redis as an endpoint: streams, lists, channels, hashes and strings (docs/guides/endpoints.md). */
import { hostname } from 'node:os'
import type {
  Endpoint,
  EndpointModule,
  EndpointSink,
  EndpointSource,
  OptionSpecs,
  OptionValues,
  SinkContext,
  SourceContext
} from '../../endpoint-module.js'
import { type Kind, addressOf, kindOf, placeOptions, requireOnly } from './address.js'
import { RedisClient } from './client.js'

const sourceOptions = {
  ...placeOptions,
  pattern: { type: 'string', isPlace: true, description: 'all channels whose names match a pattern' },
  entries: { type: ['record', 'json'], default: 'record', description: 'of a stream: records, or any fields as JSON' },
  from: { type: 'string', description: 'of a stream: earliest (the default), latest, or the id behind which to begin' },
  group: { type: 'string', isPlace: true, description: 'of a stream: reads as a consumer of this group' },
  consumer: { type: 'string', description: 'its name in the group; the name of the machine by default' },
  claim: { type: 'duration', description: 'how long another consumer may hold an entry back; 1m by default' },
  processing: { type: 'string', description: 'of a list: where its elements are until they are written out' },
  exit: { type: 'boolean', description: 'ends when there is nothing more' }
} as const satisfies OptionSpecs

const sinkOptions = {
  ...placeOptions,
  maxlen: { type: 'number', min: 1, description: 'about how many entries a stream keeps' }
} as const satisfies OptionSpecs

type SourceOptions = OptionValues<typeof sourceOptions>

/** The type that TYPE says of what can be read or written. */
const types: Readonly<Partial<Record<Kind, string>>> = { stream: 'stream', list: 'list', hash: 'hash' }

const CLAIM = 60_000

/** @param tls as of `rediss:` */
export function redis(tls: boolean): EndpointModule {
  const checked = (endpoint: Endpoint, ofSource: boolean): ReturnType<typeof kindOf> => {
    addressOf(endpoint.address, tls, endpoint.options)
    return kindOf(endpoint, ofSource)
  }
  return {
    source: {
      options: sourceOptions,
      delivery(endpoint: Endpoint) {
        const { kind } = checked(endpoint, true)
        requireSource(endpoint, kind)
        if (kind === 'stream') return endpoint.options['group'] === undefined ? 'resumable' : 'at-least-once'
        if (kind === 'list') return endpoint.options['processing'] === undefined ? 'at-most-once' : 'at-least-once'
        return kind === 'hash' || kind === 'keys' ? 'at-least-once' : 'at-most-once'
      },
      open: (context: SourceContext<typeof sourceOptions>) => openSource(context, tls)
    },
    sink: {
      options: sinkOptions,
      delivery(endpoint: Endpoint) {
        const { kind, name } = checked(endpoint, false)
        requireOnly(endpoint, { maxlen: 'stream' }, kind)
        if (kind === 'keys' && name.split('*').length !== 2) throw new Error(`keys=${name}: write one * for the key`)
        return kind === 'hash' || kind === 'keys' ? 'idempotent' : 'at-least-once'
      },
      open: (context: SinkContext<typeof sinkOptions>) => openSink(context, tls)
    }
  }
}

function requireSource(endpoint: Endpoint, kind: Kind): void {
  const { from, group, entries, exit, consumer, claim, list, processing } = endpoint.options
  requireOnly(endpoint, { from: 'stream', group: 'stream', processing: 'list' }, kind)
  if (group === undefined && (consumer ?? claim) !== undefined) throw new Error('consumer and claim need group=NAME')
  if (entries === 'json' && kind !== 'stream') throw new Error('entries=json needs stream=NAME')
  if (exit === true && kind !== 'stream' && kind !== 'list') throw new Error('exit needs stream=NAME or list=NAME')
  if (processing !== undefined && processing === list) throw new Error('processing is to be another list')
  if (from !== undefined && !/^(earliest|latest|\d+(-\d+)?)$/.test(from as string)) {
    throw new Error(`from=${from as string} is none of earliest, latest and an id as in 1700000000000-0`)
  }
}

async function openSource(context: SourceContext<typeof sourceOptions>, tls: boolean): Promise<EndpointSource> {
  const { options } = context
  const { kind, name } = kindOf(context, true)
  const connect = (): Promise<RedisClient> => RedisClient.connect(addressOf(context.address, tls, options), context)
  const client = await connect()
  try {
    await requireType(client, kind, name)
    switch (kind) {
      case 'stream':
        return await openStream(client, connect, name, context)
      case 'list':
        return await openList(client, connect, { list: name, exit: options.exit }, options.processing)
      case 'hash':
      case 'keys': {
        const { ScanSource, hashScan, keysScan } = await import('./scan-source.js')
        return new ScanSource(client, kind === 'hash' ? hashScan(name) : keysScan(name))
      }
      case 'channel':
      case 'pattern': {
        const { ChannelSource } = await import('./channel-source.js')
        return await ChannelSource.open(client, name.split(','), kind === 'pattern', (text) => context.notice(text))
      }
    }
  } catch (error) {
    client.close()
    throw error
  }
}

async function openStream(
  client: RedisClient,
  connect: () => Promise<RedisClient>,
  stream: string,
  { options, position }: SourceContext<typeof sourceOptions>
): Promise<EndpointSource> {
  const { jsonOf, messageOf } = await import('./stream-entry.js')
  const { group, exit, entries, from = 'earliest' } = options
  const common = { stream, exit, toMessage: entries === 'json' ? jsonOf : messageOf }
  if (group !== undefined) {
    const start = from === 'earliest' ? '0' : from === 'latest' ? '$' : from
    await client.call([['XGROUP', 'CREATE', stream, group, start]]).catch((error: Error) => {
      if (!error.message.includes('BUSYGROUP')) throw error
    })
    const { GroupSource } = await import('./group-source.js')
    const { consumer = hostname(), claim = CLAIM } = options
    return new GroupSource(client, await connect(), { ...common, group, consumer, claim })
  }
  const { StreamSource } = await import('./stream-source.js')
  const last = from === 'earliest' ? '0-0' : from === 'latest' ? await lastOf(client, stream) : from
  return new StreamSource(client, common, (position as string | null) ?? last)
}

async function lastOf(client: RedisClient, stream: string): Promise<string> {
  const [reply] = await client.call([['XINFO', 'STREAM', stream]])
  const facts = reply as (Buffer | string)[]
  return facts[facts.findIndex((fact) => fact.toString() === 'last-generated-id') + 1]!.toString()
}

async function openList(
  client: RedisClient,
  connect: () => Promise<RedisClient>,
  list: { list: string; exit: boolean },
  processing: SourceOptions['processing']
): Promise<EndpointSource> {
  if (processing === undefined) {
    const { ListSource } = await import('./list-source.js')
    return new ListSource(client, list)
  }
  await requireType(client, 'list', processing)
  const { MovedListSource } = await import('./moved-list-source.js')
  return new MovedListSource(client, await connect(), { ...list, processing })
}

async function openSink(context: SinkContext<typeof sinkOptions>, tls: boolean): Promise<EndpointSink> {
  const { kind, name } = kindOf(context, false)
  const { options } = context
  const client = await RedisClient.connect(addressOf(context.address, tls, options), context)
  try {
    await requireType(client, kind, name, true)
    const { RedisSink, commandOf } = await import('./sink.js')
    return new RedisSink(client, commandOf({ kind: kind as Exclude<Kind, 'pattern'>, name, maxlen: options.maxlen }))
  } catch (error) {
    client.close()
    throw error
  }
}

/** A list or a hash without elements is none; a stream is there or not. @throws Error */
async function requireType(
  client: RedisClient,
  kind: Kind,
  name: string,
  mayBeMissing = kind !== 'stream'
): Promise<void> {
  const wanted = types[kind]
  if (wanted === undefined) return
  const [type] = await client.call([['TYPE', name]])
  if (type === wanted || (type === 'none' && mayBeMissing)) return
  if (type === 'none') throw new Error(`there is no stream '${name}' there`)
  throw new Error(`'${name}' is no ${wanted} there: it is a ${String(type)}`)
}
