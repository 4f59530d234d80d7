/** Another client's view of RabbitMQ, amqplib's own: queues that a test fills, and what they hold. */
import { type Channel, type ChannelModel, type ConsumeMessage, type Options, connect } from 'amqplib'
import type { Message } from '../../src/endpoint-module.js'
import { until } from './long-runs.js'

export class RabbitMq {
  readonly #connection: ChannelModel
  readonly #channel: Channel
  readonly #taken = new Map<string, ConsumeMessage[]>()

  static async connect(port: number): Promise<RabbitMq> {
    const connection = await connect(`amqp://127.0.0.1:${port}`)
    // A test ends its broker when it likes.
    connection.on('error', () => undefined)
    return new RabbitMq(connection, await connection.createChannel())
  }

  private constructor(connection: ChannelModel, channel: Channel) {
    this.#connection = connection
    this.#channel = channel
  }

  /** A new queue, durable unless said otherwise. */
  async declare(queue: string, options?: Options.AssertQueue): Promise<string> {
    await this.#channel.assertQueue(queue, options)
    return queue
  }

  async bind(queue: string, exchange: string, routingKey: string): Promise<void> {
    await this.#channel.bindQueue(queue, exchange, routingKey)
  }

  async delete(queue: string): Promise<void> {
    await this.#channel.deleteQueue(queue)
  }

  async has(queue: string): Promise<boolean> {
    const channel = await this.#connection.createChannel()
    // The broker closes it where there is none.
    channel.on('error', () => undefined)
    return channel.checkQueue(queue).then(
      () => channel.close().then(() => true),
      () => false
    )
  }

  /** Messages that nobody was given. */
  async waiting(queue: string): Promise<number> {
    return (await this.#channel.checkQueue(queue)).messageCount
  }

  async fill(queue: string, values: readonly (string | Message)[]): Promise<void> {
    const channel = await this.#connection.createConfirmChannel()
    for (const one of values) {
      const content = typeof one === 'string' ? Buffer.from(one) : one.value!
      channel.sendToQueue(queue, content, { persistent: true })
    }
    await channel.waitForConfirms()
    await channel.close()
  }

  publish(exchange: string, routingKey: string, content: Buffer, properties: Options.Publish): void {
    this.#channel.publish(exchange, routingKey, content, properties)
  }

  /** All that a queue has had since this was called first; it is empty afterwards. */
  async drain(queue: string): Promise<ConsumeMessage[]> {
    const taken = this.#taken.get(queue) ?? []
    if (!this.#taken.has(queue)) {
      this.#taken.set(queue, taken)
      await this.#channel.consume(queue, (message) => message && taken.push(message), { noAck: true })
    }
    // What one answer overtakes is there before the next.
    for (let look = 0; look < 2; look++) await until(async () => (await this.waiting(queue)) === 0)
    return taken
  }

  async close(): Promise<void> {
    await this.#connection.close().catch(() => undefined)
  }
}
