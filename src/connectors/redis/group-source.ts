/**
 * A stream read as a consumer of a group. Entries are acknowledged when they are written out; what this consumer had not
 * acknowledged when it ended comes first, and what another one leaves for long is taken over.
 */
import type { Batch, EndpointSource } from '../../endpoint-module.js'
import { BatchSize } from './batch-size.js'
import type { RedisClient } from './client.js'
import { type Entry, entriesOf } from './stream-entry.js'
import { BLOCK, type StreamOptions } from './stream-source.js'

export interface GroupOptions extends StreamOptions {
  group: string
  consumer: string
  /** Milliseconds for which another consumer may leave an entry without acknowledging it. */
  claim: number
}

interface Given {
  ids: string[]
}

export class GroupSource implements EndpointSource {
  readonly #reader: RedisClient
  /** Another connection: the reader's waits for entries. */
  readonly #acknowledger: RedisClient
  readonly #options: GroupOptions
  readonly #size = new BatchSize()
  /** Not acknowledged yet, in their order. */
  readonly #given: Given[] = []
  readonly #ids = new Set<string>()
  /** What this consumer has not acknowledged is looked through from this id; null: that is done. */
  #own: string | null = '0-0'
  /** The same of the other consumers' entries. */
  #others = '0-0'
  #nextClaim = 0

  constructor(reader: RedisClient, acknowledger: RedisClient, options: GroupOptions) {
    this.#reader = reader
    this.#acknowledger = acknowledger
    this.#options = options
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    const { stream, exit, toMessage } = this.#options
    while (!signal.aborted) {
      const isNew = this.#own === null && performance.now() < this.#nextClaim
      const entries = await (this.#own !== null ? this.#readOwn(this.#own) : isNew ? this.#readNew() : this.#claim())
      if (entries.length === 0) {
        if (exit && isNew && this.#own === null) return null
        continue
      }
      const messages = entries.filter(([, fields]) => fields !== null).map((entry) => toMessage(entry, stream))
      this.#size.note(messages)
      const given = { ids: entries.map(([id]) => id.toString()) }
      this.#given.push(given)
      for (const id of given.ids) this.#ids.add(id)
      return { messages, position: given, idle: isNew && entries.length < this.#size.count }
    }
    return null
  }

  /** An entry that is acknowledged twice is acknowledged. */
  async acknowledge(position: unknown): Promise<void> {
    const { stream, group } = this.#options
    const done = this.#given.slice(0, this.#given.indexOf(position as Given) + 1)
    await this.#acknowledger.call(done.map(({ ids }) => ['XACK', stream, group, ...ids]))
    this.#given.splice(0, done.length)
    for (const { ids } of done) for (const id of ids) this.#ids.delete(id)
  }

  async close(): Promise<void> {
    this.#reader.close()
    this.#acknowledger.close()
    return Promise.resolve()
  }

  async #readNew(): Promise<Entry[]> {
    const block = this.#options.exit ? [] : ['BLOCK', `${BLOCK}`]
    return this.#readGroup('>', block)
  }

  async #readOwn(from: string): Promise<Entry[]> {
    const known = new Set(this.#ids)
    const entries = await this.#readGroup(from, [])
    const last = entries.at(-1)?.[0].toString() ?? null
    // The connection may have broken meanwhile: then it is looked through anew.
    if (this.#own === from) this.#own = last
    return this.#unknown(entries, known)
  }

  /** Nothing, when the connection broke: what was on its way counts as given to this consumer, and is asked for again. */
  async #readGroup(id: string, block: string[]): Promise<Entry[]> {
    const { stream, group, consumer } = this.#options
    const count = ['COUNT', `${this.#size.count}`]
    const [reply] = await this.#reader.once([
      ['XREADGROUP', 'GROUP', group, consumer, ...count, ...block, 'STREAMS', stream, id]
    ])
    if (reply !== undefined) return entriesOf(reply)
    await this.#lookAgain()
    return []
  }

  async #claim(): Promise<Entry[]> {
    const { stream, group, consumer, claim } = this.#options
    const count = ['COUNT', `${this.#size.count}`]
    const known = new Set(this.#ids)
    const [reply] = await this.#reader.once([
      ['XAUTOCLAIM', stream, group, consumer, `${claim}`, this.#others, ...count]
    ])
    if (reply === undefined) {
      await this.#lookAgain()
      return []
    }
    const [next, entries] = reply as [Buffer, Entry[]]
    this.#others = next.toString()
    if (this.#others === '0-0') this.#nextClaim = performance.now() + claim / 2
    return this.#unknown(entries, known)
  }

  async #lookAgain(): Promise<void> {
    await this.#reader.back()
    this.#own = '0-0'
  }

  /** Those that this run has not given already. @param known when they were asked for: meanwhile they may be acknowledged */
  #unknown(entries: Entry[], known: ReadonlySet<string>): Entry[] {
    return entries.filter(([id]) => !known.has(id.toString()))
  }
}
