/**
 * An exchange that is written to; the default one takes messages to the queue that their routing key names. A batch is
 * written when the broker has confirmed all of it, and what a connection was lost with is sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfirmChannel, Message as Returned } from 'amqplib'
import type { EndpointSink, SinkContext } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { type Broker, type Line, Link, channelOf, codeOf, findQueue, reasonOf } from './connection.js'
import type { sinkOptions } from './options.js'
import { Publishing } from './publishing.js'

/** Milliseconds before a batch is sent again that the broker did not take. */
const PAUSE = 500

export async function openSink(broker: Broker, context: SinkContext<typeof sinkOptions>): Promise<EndpointSink> {
  const { queue, exchange = '', 'routing-key': routingKey, declare } = context.options
  const { signal } = context
  let publishing: Publishing | null = null

  const link = new Link<ConfirmChannel>(broker, context, {
    async prepare(connection) {
      if (queue !== undefined) return findQueue(connection, queue, declare)
      const channel = await channelOf(connection)
      await channel.checkExchange(exchange)
      await channel.close()
    },
    channel: async (connection) => {
      const channel = await connection.createConfirmChannel()
      return channel.on('return', (message: Returned) => publishing?.returned(message))
    },
    begin: () => Promise.resolve(),
    changed: () => publishing?.changed()
  })

  await link.open()
  return {
    async write(messages) {
      publishing = new Publishing(messages, exchange, queue ?? routingKey)
      for (let isRefused = false; ;) {
        const line = await link.up(signal)
        await publishing.send(line, signal)
        if (publishing.isDone) return publishing.rejected
        if (line.lost !== null) failWhereRefused(line)
        else {
          if (!isRefused) context.notice('does not take records (a full queue?): tried again')
          isRefused = true
          await sleep(PAUSE, undefined, { signal })
        }
      }
    },

    close: () => link.close()
  }
}

/** A channel that the broker closed for what was sent would be closed again. */
function failWhereRefused({ lost }: Line<ConfirmChannel>): void {
  const code = codeOf(lost)
  if (code === undefined || ![403, 404, 406].includes(code)) return
  throw new FailedError(reasonOf(lost), undefined, { cause: lost })
}
