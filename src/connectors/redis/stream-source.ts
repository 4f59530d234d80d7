/** A stream read by the ids of its entries, as one reader: the id of the last one says where to go on. */
import type { Batch, EndpointSource, Message } from '../../endpoint-module.js'
import { BatchSize } from './batch-size.js'
import type { RedisClient } from './client.js'
import { type Entry, entriesOf } from './stream-entry.js'

/** How long Redis may hold a question back that it has no answer to; a run that is to end waits for it. ms */
export const BLOCK = 500

export interface StreamOptions {
  stream: string
  /** Ends when there is nothing more. */
  exit: boolean
  toMessage: (entry: Entry, stream: string) => Partial<Message>
}

export class StreamSource implements EndpointSource {
  readonly #client: RedisClient
  readonly #options: StreamOptions
  readonly #size = new BatchSize()
  #last: string

  /** @param last the id behind which it goes on; `$` is none */
  constructor(client: RedisClient, options: StreamOptions, last: string) {
    this.#client = client
    this.#options = options
    this.#last = last
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    const { stream, exit, toMessage } = this.#options
    const { count } = this.#size
    const block = exit ? [] : ['BLOCK', `${BLOCK}`]
    const entries: Entry[] = []
    while (entries.length === 0) {
      if (signal.aborted) return null
      const [reply] = await this.#client.call([['XREAD', 'COUNT', `${count}`, ...block, 'STREAMS', stream, this.#last]])
      entries.push(...entriesOf(reply!))
      if (exit && entries.length === 0) return null
    }
    const messages = entries.map((entry) => toMessage(entry, stream))
    this.#size.note(messages)
    this.#last = entries.at(-1)![0].toString()
    const behind = (count: number): { position: string; taken: number } => {
      return { position: entries[count - 1]![0].toString(), taken: 0 }
    }
    return { messages, position: this.#last, behind, idle: entries.length < count }
  }

  async close(): Promise<void> {
    this.#client.close()
    return Promise.resolve()
  }
}
