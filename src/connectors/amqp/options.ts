/** The options of RabbitMQ's endpoints, and what they mean together. Nothing is asked of a broker here. */
import type { Endpoint, OptionSpecs, OptionValues } from '../../endpoint-module.js'
import { tlsFileOptions, tlsOf } from '../tls-files.js'
import type { Broker } from './connection.js'

const common = {
  queue: { type: 'string', description: 'its name' },
  exchange: { type: 'string', description: 'the name of an exchange' },
  'routing-key': { type: 'string', description: 'what messages are routed by' },
  declare: { type: 'boolean', description: 'make the queue, durable, where there is none' },
  password: { type: 'string', secret: 'AMQP_PASSWORD', description: 'of the user' },
  ...tlsFileOptions
} as const satisfies OptionSpecs

export const sourceOptions = {
  ...common,
  prefetch: {
    type: 'number',
    default: 2000,
    min: 2,
    max: 65_535,
    description: 'messages ahead of what is acknowledged'
  },
  exit: { type: 'boolean', description: 'end when the queue is empty' }
} as const satisfies OptionSpecs

export const sinkOptions = common

type Values = OptionValues<typeof common>

/** @throws Error for what does not go together */
export function checkSource({ options }: Endpoint<typeof sourceOptions>): void {
  const { queue, exchange, declare, 'routing-key': routingKey } = options
  if (queue === undefined && exchange === undefined) throw new Error('write queue=NAME, or exchange=NAME')
  if (exchange === undefined && routingKey !== undefined) throw new Error('routing-key needs exchange')
  if (queue === undefined && declare) throw new Error('declare needs queue')
  // Nothing of the broker is changed unless that is asked for.
  if (queue !== undefined && exchange !== undefined && !declare) throw new Error('a queue is bound with declare only')
}

/** @throws Error for what does not go together */
export function checkSink({ options }: Endpoint<typeof sinkOptions>): void {
  const { queue, exchange, declare, 'routing-key': routingKey } = options
  if ((queue === undefined) === (exchange === undefined)) throw new Error('write either queue=NAME or exchange=NAME')
  if (exchange === undefined && routingKey !== undefined) throw new Error('routing-key needs exchange')
  if (queue === undefined && declare) throw new Error('declare needs queue')
}

/** @throws Error for an address that is none */
export function brokerOf(protocol: 'amqp' | 'amqps', address: string, options: Values): Broker {
  const url = URL.parse(`${protocol}:${address}`)
  if (!address.startsWith('//') || !url?.hostname) {
    throw new Error(`write ${protocol}://USER:PASSWORD@HOST:PORT/VHOST?queue=NAME`)
  }
  const { password } = options
  const tls = tlsOf(options)
  if (protocol === 'amqp' && Object.keys(tls).length > 0) throw new Error('certificates need amqps:')
  return {
    address: {
      protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      ...(url.port !== '' && { port: Number(url.port) }),
      username: decodeURIComponent(url.username) || 'guest',
      password: decodeURIComponent(url.password) || (password ?? 'guest'),
      // Still encoded, as amqplib wants it.
      vhost: url.pathname.slice(1)
    },
    tls
  }
}
