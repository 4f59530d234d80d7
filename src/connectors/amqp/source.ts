/**
 * A queue that is read: messages as they are delivered, up to the prefetch count ahead of what is acknowledged. What was
 * not acknowledged when the connection is lost comes again, from the broker.
 */
import type { Channel, ConsumeMessage, Message as Delivered } from 'amqplib'
import type { Batch, EndpointSource, SourceContext } from '../../endpoint-module.js'
import { type Broker, type Line, Link, NOT_FOUND, channelOf, findQueue } from './connection.js'
import type { sourceOptions } from './options.js'
import { incoming } from './properties.js'

/** Records in a batch. */
const BATCH = 1000
/** Milliseconds between two looks whether a queue is empty. */
const LOOK = 200

/** Up to which delivery of a channel. */
interface Position {
  line: Line<Channel>
  tag: number
}

export async function openSource(
  broker: Broker,
  context: SourceContext<typeof sourceOptions>
): Promise<EndpointSource> {
  const { queue, exchange, 'routing-key': routingKey = '#', declare, prefetch, exit } = context.options
  let arrived: ConsumeMessage[] = []
  let name = queue ?? ''
  let wake = (): void => undefined

  const link = new Link<Channel>(broker, context, {
    async prepare(connection) {
      if (queue === undefined) return
      await findQueue(connection, queue, declare)
      if (exchange !== undefined) {
        const channel = await channelOf(connection)
        await channel.bindQueue(queue, exchange, routingKey)
        await channel.close()
      }
    },
    channel: channelOf,
    async begin(line) {
      const { channel } = line
      // What comes over a line that was given up belongs to nobody.
      const own: ConsumeMessage[] = (arrived = [])
      if (queue === undefined) {
        // The broker gives it a name, and removes it with the connection.
        name = (await channel.assertQueue('', { exclusive: true })).queue
        await channel.bindQueue(name, exchange!, routingKey)
      }
      await channel.prefetch(prefetch)
      await channel.consume(name, (message) => {
        if (message === null) {
          return line.lose(Object.assign(new Error(`the queue ${name} was removed`), { code: NOT_FOUND }))
        }
        own.push(message)
        wake()
      })
    },
    changed: () => wake()
  })

  const isEmpty = async ({ channel }: Line<Channel>): Promise<boolean> => {
    // The first answer may overtake deliveries, which are before the second.
    for (let look = 0; look < 2 && arrived.length === 0; look++) {
      if ((await channel.checkQueue(name)).messageCount > 0) return false
    }
    return arrived.length === 0
  }
  const change = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = exit ? setTimeout(() => wake(), LOOK) : undefined
      const abort = (): void => {
        clearTimeout(timer)
        reject(signal.reason as Error)
      }
      wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        resolve()
      }
      signal.addEventListener('abort', abort, { once: true })
    })

  await link.open()
  return {
    window: prefetch,

    async read(signal): Promise<Batch | null> {
      for (;;) {
        signal.throwIfAborted()
        const line = await link.up(signal)
        if (arrived.length > 0) {
          // The other half of what may be under way is delivered meanwhile.
          const taken = arrived.splice(0, Math.min(BATCH, Math.ceil(prefetch / 2)))
          const messages = taken.map((message) => ({ ...incoming(message), topic: queue ?? exchange! }))
          const position: Position = { line, tag: taken.at(-1)!.fields.deliveryTag }
          return { messages, position, idle: arrived.length === 0 }
        }
        if (exit && (await isEmpty(line).catch(() => false))) return null
        if (arrived.length === 0 && line.lost === null) await change(signal)
      }
    },

    acknowledge(position) {
      const { line, tag } = position as Position
      // What was delivered over one that is lost comes again; at the end of the run nothing else says so.
      if (line.lost === null) line.channel.ack({ fields: { deliveryTag: tag } } as Delivered, true)
      else if (context.signal.aborted) return Promise.reject(line.lost)
      return Promise.resolve()
    },

    close: () => link.close()
  }
}
