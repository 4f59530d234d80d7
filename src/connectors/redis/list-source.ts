/** A list, from its head: what was taken from it is nowhere else. */
import type { Batch, EndpointSource } from '../../endpoint-module.js'
import { BatchSize } from './batch-size.js'
import type { RedisClient } from './client.js'
import { BLOCK } from './stream-source.js'

const SECONDS = `${BLOCK / 1000}`

export interface ListOptions {
  list: string
  /** Ends when there is nothing more. */
  exit: boolean
}

export class ListSource implements EndpointSource {
  readonly #client: RedisClient
  readonly #options: ListOptions
  readonly #size = new BatchSize()

  constructor(client: RedisClient, options: ListOptions) {
    this.#client = client
    this.#options = options
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    const { list, exit } = this.#options
    while (!signal.aborted) {
      const { count } = this.#size
      const [many] = (await this.#client.call([['LPOP', list, `${count}`]])) as [Buffer[] | null]
      if (many) return this.#batch(many, many.length < count)
      if (exit) return null
      const [one] = (await this.#client.call([['BLPOP', list, SECONDS]])) as [[Buffer, Buffer] | null]
      if (one) return this.#batch([one[1]], true)
    }
    return null
  }

  async close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }

  #batch(values: Buffer[], idle: boolean): Batch {
    const messages = values.map((value) => ({ topic: this.#options.list, value }))
    this.#size.note(messages)
    return { messages, idle }
  }
}
