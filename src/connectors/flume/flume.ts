/** Agents of Apache Flume as an endpoint: `flume://HOST:PORT`, where a source listens and a sink sends to, by Avro RPC. */
import type { EndpointModule, SinkDefinition, SourceDefinition } from '../../endpoint-module.js'
import { Patience } from '../patience.js'

const common = {
  'key-header': { type: 'string', default: 'key', description: 'the header of an event that has the key' },
  'compression-type': { type: ['none', 'deflate'], default: 'none', description: 'as the agent has it' }
} as const

const sinkOptions = {
  ...common,
  'batch-size': {
    ...({ type: 'number', default: 100, min: 1, max: 100_000 } as const),
    description: "events a call: no more than the transactionCapacity of the agent's channel"
  }
} as const

const source: SourceDefinition<typeof common> = {
  options: common,
  delivery({ address }) {
    placeOf(address)
    return 'at-least-once'
  },
  async open(context) {
    const { FlumeSource } = await import('./source.js')
    const { address, options } = context
    const { 'key-header': keyHeader, 'compression-type': compression } = options
    return FlumeSource.open({ ...placeOf(address), keyHeader, compression }, context)
  }
}

const sink: SinkDefinition<typeof sinkOptions> = {
  options: sinkOptions,
  delivery({ address }) {
    placeOf(address)
    return 'at-least-once'
  },
  async open(context) {
    const { FlumeSink } = await import('./sink.js')
    const { address, options } = context
    const { 'key-header': keyHeader, 'compression-type': compression, 'batch-size': batchSize } = options
    return FlumeSink.open({ ...placeOf(address), keyHeader, compression, batchSize }, new Patience(context))
  }
}

export const flume = { source, sink } satisfies EndpointModule

/** @throws Error for an address that is none */
function placeOf(address: string): { host: string; port: number } {
  const url = URL.parse(`flume:${address}`)
  if (!url?.hostname || url.port === '' || !['', '/'].includes(url.pathname) || url.username !== '') {
    throw new Error(`'${address}' is no agent: write //HOST:PORT`)
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
}
