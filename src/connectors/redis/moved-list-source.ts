/**
 * A list, from its head, whose elements are moved to a list of this reader's own until they are written out. What it finds
 * there at the start, or when its connection broke, was not, and comes again.
 */
import type { Batch, EndpointSource } from '../../endpoint-module.js'
import { BatchSize } from './batch-size.js'
import type { RedisClient } from './client.js'
import type { ListOptions } from './list-source.js'
import { BLOCK } from './stream-source.js'

const SECONDS = `${BLOCK / 1000}`

interface Given {
  count: number
}

export class MovedListSource implements EndpointSource {
  readonly #reader: RedisClient
  /** Another connection: the reader's waits for elements. */
  readonly #acknowledger: RedisClient
  readonly #options: ListOptions & { processing: string }
  readonly #size = new BatchSize()
  /** Not removed yet, in their order: the head of the own list. */
  #given: Given[] = []
  /** How often the own list was looked at anew. */
  #since = 0
  /** Elements of the own list that were given, since it was looked at. */
  #passed = 0
  /** Whether the own list has elements that were not given. */
  #isBehind = true

  constructor(reader: RedisClient, acknowledger: RedisClient, options: ListOptions & { processing: string }) {
    this.#reader = reader
    this.#acknowledger = acknowledger
    this.#options = options
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    while (!signal.aborted) {
      const since = this.#since
      const values = await (this.#isBehind ? this.#readOwn() : this.#move())
      // What was asked for before the own list is looked at anew is in there.
      if (values === null || since !== this.#since) {
        await Promise.all([this.#reader.back(), this.#acknowledger.back()])
        if (since === this.#since) this.#lookAgain()
      } else if (values.length > 0) return this.#batch(values)
      else if (this.#isBehind) this.#isBehind = false
      else if (this.#options.exit) return null
    }
    return null
  }

  /** Removes them once: whether a removal got through before the connection broke is not known, so they come again. */
  async acknowledge(position: unknown): Promise<void> {
    const index = this.#given.indexOf(position as Given)
    if (index < 0) return
    const done = this.#given.splice(0, index + 1)
    const count = done.reduce((sum, given) => sum + given.count, 0)
    this.#passed -= count
    let replies: unknown[] = []
    try {
      replies = await this.#acknowledger.once([['LTRIM', this.#options.processing, `${count}`, '-1']])
    } finally {
      if (replies.length === 0) this.#lookAgain()
    }
  }

  async close(): Promise<void> {
    this.#reader.close()
    this.#acknowledger.close()
    return Promise.resolve()
  }

  #lookAgain(): void {
    this.#since++
    this.#given = []
    this.#passed = 0
    this.#isBehind = true
  }

  /** null: the connection broke. */
  async #readOwn(): Promise<Buffer[] | null> {
    const [from, to] = [this.#passed, this.#passed + this.#size.count - 1]
    const [reply] = await this.#acknowledger.once([['LRANGE', this.#options.processing, `${from}`, `${to}`]])
    return (reply as Buffer[] | undefined) ?? null
  }

  /** null: the connection broke. */
  async #move(): Promise<Buffer[] | null> {
    const { list, processing, exit } = this.#options
    const many = Array.from({ length: this.#size.count }, () => ['LMOVE', list, processing, 'LEFT', 'RIGHT'])
    const [length] = await this.#reader.once([['LLEN', list]])
    if (length === undefined) return null
    if (length === 0 && exit) return []
    const commands =
      length === 0 ? [['BLMOVE', list, processing, 'LEFT', 'RIGHT', SECONDS]] : many.slice(0, length as number)
    const replies = await this.#reader.once(commands)
    return replies.length < commands.length ? null : replies.filter((reply) => Buffer.isBuffer(reply))
  }

  #batch(values: Buffer[]): Batch {
    const messages = values.map((value) => ({ topic: this.#options.list, value }))
    const given = { count: values.length }
    this.#given.push(given)
    this.#passed += values.length
    const idle = values.length < this.#size.count
    this.#size.note(messages)
    return { messages, position: given, idle }
  }
}
