/**
 * The documents of an index, shard by shard in the order of their sequence numbers: each change of a document gives it a
 * number above all others of its shard, so a position is a number for each shard, and what is new comes behind it. Both
 * servers can do that, while only one has an order of documents over all shards.
 *
 * A round reads what every shard had when it began: up to its global checkpoint, below which no number is still under way,
 * after a refresh, which lets searches see it, and in a point in time, which later changes leave alone.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Batch, EndpointSource, Json, Message } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { type Answer, reasonOf, type SearchClient } from './client.js'
import { elementsOf, membersAt } from './raw-json.js'

/** How long the server keeps a point in time that nobody reads. */
const KEEP = 'keep_alive=5m'
/** Of documents in a batch: as many as make up so many bytes, and no more than a search gives by default. */
const BYTES = 2e6
const MOST = 1000

export interface ReadingOptions {
  index: string
  /** JSON of a query, or the text of one; undefined: all documents. */
  query: string | undefined
  /** Milliseconds between two rounds; undefined: one round is all. */
  watch: number | undefined
}

/** A part of an index, in a round. */
interface Shard {
  index: string
  uuid: string
  number: number
  /** The last number to read. */
  end: number
  /** The documents that the server still keeps for us; null: none yet. */
  pointInTime: string | null
}

/** By the identity of an index, for each shard the last number that was read, -1 where none was. */
type Position = Record<string, number[]>

/** Documents of a shard. One that is changed meanwhile gets a higher number, and is missing where it was. */
function batchOf(messages: Partial<Message>[], position: Position, { uuid, number }: Shard): Batch {
  const behind = (count: number): { position: Position; taken: number } => {
    const numbers = position[uuid]!.with(number, Number(messages[count - 1]!.offset))
    return { position: { ...position, [uuid]: numbers }, taken: 0 }
  }
  return { messages, position, behind }
}

export class SearchSource implements EndpointSource {
  readonly #client: SearchClient
  readonly #index: string
  readonly #query: object
  readonly #watch: number | undefined
  readonly #position: Position
  #shards: Shard[] = []
  #size = 100
  /** Whether there was a round. */
  #begun = false

  /** @throws FailedError where there is no such index */
  static async open(client: SearchClient, options: ReadingOptions, position: Json): Promise<SearchSource> {
    const source = new SearchSource(client, options, position)
    await source.#begin()
    return source
  }

  private constructor(client: SearchClient, { index, query, watch }: ReadingOptions, position: Json) {
    this.#client = client
    this.#index = encodeURIComponent(index)
    this.#query = queryOf(query)
    this.#watch = watch
    const restored = Object.entries((position ?? {}) as Record<string, bigint[]>)
    this.#position = Object.fromEntries(restored.map(([uuid, numbers]) => [uuid, numbers.map(Number)]))
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    this.#client.patience.signal = signal
    for (; !signal.aborted; await this.#begin()) {
      for (let shard = this.#shards[0]; shard; shard = this.#shards[0]) {
        const messages = await this.#page(shard)
        if (messages.length > 0) return batchOf(messages, structuredClone(this.#position), shard)
        await this.#release(shard)
        this.#shards.shift()
      }
      if (this.#watch === undefined) return null
      // What was given goes out before the next round.
      if (this.#begun) return this.#pause()
      await delay(this.#watch, undefined, { signal })
    }
    return null
  }

  async close(): Promise<void> {
    const [shard] = this.#shards
    // It would go by itself, later.
    if (shard) await this.#release(shard)
    this.#client.close()
  }

  #pause(): Batch {
    this.#begun = false
    return { messages: [], idle: true }
  }

  /** Finds out what there is to read. */
  async #begin(): Promise<void> {
    this.#begun = true
    const shards = await this.#shardsOf(this.#index)
    this.#shards = shards.filter((shard) => shard.end > this.#after(shard))
    if (this.#shards.length > 0) await this.#ask('POST', `/${this.#index}/_refresh`)
  }

  async #shardsOf(index: string): Promise<Shard[]> {
    const filter = 'indices.*.uuid,indices.*.shards.*.routing.primary,indices.*.shards.*.seq_no'
    const stats = await this.#ask<Stats>('GET', `/${index}/_stats?level=shards&filter_path=${filter}`)
    const count = await this.#ask<{ _shards: { total: number } }>('GET', `/${index}/_count?filter_path=_shards`)
    const shards = Object.entries(stats.indices ?? {}).flatMap(([name, { uuid, shards }]) =>
      Object.entries(shards ?? {}).flatMap(([number, copies]) => {
        const primary = copies.find(({ routing }) => routing.primary)
        const end = primary?.seq_no?.global_checkpoint
        return end === undefined ? [] : [{ index: name, uuid, number: Number(number), end, pointInTime: null }]
      })
    )
    const missing = count._shards.total - shards.length
    if (missing > 0) throw new FailedError(`${missing} of its shards cannot be read`, 'check the health of the cluster')
    if (shards.length === 0) throw new FailedError('there is no such index', 'check its name')
    return shards.sort((a, b) => (a.index === b.index ? a.number - b.number : a.index < b.index ? -1 : 1))
  }

  #after({ uuid, number }: Shard): number {
    return this.#position[uuid]?.[number] ?? -1
  }

  /** The next documents of a shard; none: that was all. */
  async #page(shard: Shard): Promise<Partial<Message>[]> {
    const after = this.#after(shard)
    if (after >= shard.end) return []
    const answer = await this.#search(shard, after)
    const hits = elementsOf(membersAt(membersAt(answer.body).get('hits')!).get('hits')!)
    const messages = hits.map((hit) => messageOf(hit, shard))
    const numbers = (this.#position[shard.uuid] ??= [])
    while (numbers.length <= shard.number) numbers.push(-1)
    const last = messages.at(-1)
    numbers[shard.number] = last ? Number(last.offset) : shard.end
    if (last) this.#size = Math.min(MOST, Math.ceil((BYTES * hits.length) / answer.body.length))
    return messages
  }

  async #search(shard: Shard, after: number): Promise<Answer> {
    for (;;) {
      shard.pointInTime ??= await this.#keep(shard)
      const numbers = { range: { _seq_no: { gt: after, lte: shard.end } } }
      const body = JSON.stringify({
        ...{ pit: { id: shard.pointInTime, keep_alive: '5m' }, size: this.#size, track_total_hits: false },
        ...{ sort: [{ _seq_no: 'asc' }], query: { bool: { filter: [numbers, this.#query] } } }
      })
      const answer = await this.#client.ask({ method: 'POST', path: '/_search', body })
      if (answer.status === 200) {
        this.#client.patience.succeeded()
        return answer
      }
      // The server was started again, or nobody has read for long.
      if (answer.status !== 404) throw refusal(answer)
      shard.pointInTime = null
    }
  }

  async #keep({ index, number }: Shard): Promise<string> {
    const path = this.#client.isOpenSearch ? '_search/point_in_time' : '_pit'
    const query = `${KEEP}&preference=_shards:${number}`
    const answer = await this.#ask<Kept>('POST', `/${encodeURIComponent(index)}/${path}?${query}`)
    return answer.pit_id ?? answer.id!
  }

  async #release({ pointInTime: id }: Shard): Promise<void> {
    if (id === null) return
    const body = JSON.stringify(this.#client.isOpenSearch ? { pit_id: [id] } : { id })
    const path = this.#client.isOpenSearch ? '/_search/point_in_time' : '/_pit'
    await this.#client.tell({ method: 'DELETE', path, body })
  }

  async #ask<T>(method: string, path: string): Promise<T> {
    const answer = await this.#client.ask({ method, path })
    if (answer.status !== 200) throw refusal(answer)
    this.#client.patience.succeeded()
    return JSON.parse(answer.body.toString()) as T
  }
}

interface Stats {
  indices?: Record<string, { uuid: string; shards?: Record<string, ShardCopy[]> }>
}

interface ShardCopy {
  routing: { primary: boolean }
  seq_no?: { global_checkpoint: number }
}

interface Kept {
  id?: string
  pit_id?: string
}

function refusal(answer: Answer): FailedError {
  return new FailedError(`refuses the request: ${reasonOf(answer)}`)
}

function queryOf(query: string | undefined): object {
  if (query === undefined) return { match_all: {} }
  return query.startsWith('{') ? (JSON.parse(query) as object) : { query_string: { query } }
}

function messageOf(hit: Buffer, { index, number }: Shard): Partial<Message> {
  const members = membersAt(hit)
  const id = JSON.parse(members.get('_id')!.toString()) as string
  const value = members.get('_source')
  if (!value) throw new FailedError(`${index} does not keep the source of its documents`, 'it cannot be read')
  const [offset] = elementsOf(members.get('sort')!)
  return { key: Buffer.from(id), value, topic: index, partition: number, offset: BigInt(offset!.toString()) }
}
