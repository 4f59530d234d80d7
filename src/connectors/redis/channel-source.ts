/** Messages of channels while somebody listens: what comes faster than it is taken is lost beyond what fits here. */
import type { Batch, EndpointSource, Message } from '../../endpoint-module.js'
import type { RedisClient } from './client.js'

/** Bytes that wait. */
const ROOM = 8_000_000
const MOST = 1000
/** What an empty message counts for. Bytes. */
const OVERHEAD = 200

export class ChannelSource implements EndpointSource {
  readonly #client: RedisClient
  readonly #notice: (text: string) => void
  #waiting: Partial<Message>[] = []
  #bytes = 0
  #lost = 0
  /** Why there will be no message any more. */
  #end: Error | null = null
  #arrived: () => void = () => undefined

  static async open(
    client: RedisClient,
    names: string[],
    arePatterns: boolean,
    notice: (text: string) => void
  ): Promise<ChannelSource> {
    const source = new ChannelSource(client, notice)
    await client.subscribe(names, arePatterns, (value, channel) => source.#take(value, channel.toString()))
    return source
  }

  private constructor(client: RedisClient, notice: (text: string) => void) {
    this.#client = client
    this.#notice = notice
    client.ended.catch((error: Error) => {
      this.#end = error
      this.#arrived()
    })
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    if (this.#lost > 0) {
      this.#notice(`${this.#lost} messages are lost: they came faster than they were taken`)
      this.#lost = 0
    }
    const stop = (): void => this.#arrived()
    signal.addEventListener('abort', stop)
    while (this.#waiting.length === 0 && !signal.aborted) {
      if (this.#end) throw this.#end
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
    signal.removeEventListener('abort', stop)
    if (this.#waiting.length === 0) return null
    const messages = this.#waiting.splice(0, MOST)
    for (const { value } of messages) this.#bytes -= value!.length + OVERHEAD
    return { messages, idle: this.#waiting.length === 0 }
  }

  async close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }

  #take(value: Buffer, topic: string): void {
    if (this.#bytes > ROOM) {
      this.#lost++
      return
    }
    this.#waiting.push({ topic, value: Buffer.from(value) })
    this.#bytes += value.length + OVERHEAD
    this.#arrived()
  }
}
