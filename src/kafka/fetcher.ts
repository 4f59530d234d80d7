/**
 * Reads partitions from their leaders. One fetch is in flight per broker, and the next one is sent when the response
 * before it is taken, before that is decoded: broker and decoder work side by side, and memory is bounded by two
 * responses a broker. Positions advance by batch headers, so compacted gaps, control batches and filtered records cannot
 * stall an end (semantics.md section 1, "Stopping offsets").
 */
import { nextOffsetAfter } from '../records/batch-header.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import { type Cursor, Cursors, type FetchRange, finderOf, whereCursorsStand } from './fetch-cursors.js'
import { planFetches } from './fetch-plan.js'
import { FetchTurns } from './fetch-turns.js'
import { type FetchedPartition, brought, nothingFrom } from './fetched-partition.js'
import type { Metadata } from './metadata.js'
import { type FetchArgs, type FetchResult, fetchApi } from './requests/fetch.js'
import { type TopicPartition, keyOf } from './topic-partition.js'
import { isUnknownTopic } from './trouble.js'
import { TroubleNews } from './trouble-news.js'
import type { Wire } from './wire.js'

/** Longest time a broker holds a fetch that finds nothing, ms. */
const MAX_WAIT = 500
/** Bytes of one response; shared between brokers, so that memory does not grow with the cluster. */
const MAX_BYTES = 16 << 20
const MIN_BYTES_A_BROKER = 4 << 20
const MAX_PARTITION_BYTES = 4 << 20
/** No broker's id: what no fetch brought. */
const NOBODY = -1

export interface FetcherOptions {
  isolation: 'committed' | 'uncommitted'
  /** Where to go on when `position` is out of range: decides and tells the user, or throws. */
  onOutOfRange: (topic: string, partition: number, position: bigint) => Promise<bigint>
  /** Where to go on in a partition of a topic that was deleted and created anew: decides and tells the user, or throws. */
  onCreatedAnew: (topic: string, partition: number) => Promise<bigint>
  /** Told of a partition of a topic that is no more, and read no further. Without it that is an error. */
  onGone?: ((topic: string, partition: number) => void) | undefined
  /** A notice about trouble that is being retried. */
  notice: (text: string) => void
}

interface Response {
  nodeId: number
  partitions: FetchedPartition[]
}

/** Since when nothing has come, by `performance.now()`, and for how many ms that may be so; Infinity: for ever. */
export interface Idleness {
  since: number
  limit: number
}

const NO_LIMIT: Idleness = { since: 0, limit: Infinity }

export class Fetcher {
  readonly #wire: Wire
  readonly #metadata: Metadata
  readonly #options: FetcherOptions
  /** Unfinished partitions, in the order in which they are asked for: who got data goes to the back. */
  readonly #cursors = new Cursors()
  /** By partition, where it ended as of the last answer: its high watermark. */
  readonly #ends = new Map<string, bigint>()
  #held = false
  #interrupted = false
  readonly #turns = new FetchTurns()
  readonly #ready: Response[] = []
  readonly #news: TroubleNews
  #error: unknown = null
  #closed = false
  #wake: () => void = () => undefined
  #refreshing = false
  #timer: NodeJS.Timeout | undefined

  constructor(wire: Wire, metadata: Metadata, options: FetcherOptions) {
    this.#wire = wire
    this.#metadata = metadata
    this.#options = options
    this.#news = new TroubleNews(options.notice)
  }

  /** Begins to read these ranges. A range that is empty is done at once. */
  add(ranges: FetchRange[]): void {
    for (const range of ranges) {
      // One that is empty is not asked for.
      if (range.until !== null && range.from >= range.until) this.#ends.set(keyOf(range), range.from)
      this.#cursors.add(range, this.#metadata.id(range.topic))
    }
    this.#wakeToSend()
    this.#wake()
  }

  /** Reads these partitions no further; what was fetched of them and is not taken yet is dropped. */
  remove(partitions: readonly { topic: string; partition: number }[]): void {
    const isWanted = this.#cursors.remove(partitions)
    for (const response of this.#ready) response.partitions = response.partitions.filter(isWanted)
  }

  /** While it is held, having nothing left to read is no end: ranges will be added. */
  hold(held: boolean): void {
    this.#held = held
    this.#wake()
  }

  /** Makes the `next` that waits, or else the next one that would, return no partitions. */
  interrupt(): void {
    this.#interrupted = true
    this.#wake()
  }

  /** Ends the run with this error as soon as what was fetched is taken. */
  fail(error: unknown): void {
    this.#error ??= error
    this.#wake()
  }

  /** Where a partition ended when it was asked for last; undefined: not known yet. */
  endOf(partition: TopicPartition): bigint | undefined {
    return this.#ends.get(keyOf(partition))
  }

  /** True while no response waits to be taken. */
  get idle(): boolean {
    return this.#ready.length === 0
  }

  /**
   * The partitions of the next response, none when it was interrupted, or null when every range is done, the signal is
   * aborted or nothing came for so long, as told by the leader of each partition: silence of a broker is not idleness.
   * What it returned before is invalid from now on.
   */
  async next(signal: AbortSignal, { since, limit }: Idleness = NO_LIMIT): Promise<FetchedPartition[] | null> {
    if (this.#turns.decoded()) this.#wakeToSend()
    const wake = (): void => this.#wake()
    const deadline = since + limit
    const left = deadline - performance.now()
    const timer = left > 0 && left < Infinity ? setTimeout(wake, left) : undefined
    signal.addEventListener('abort', wake, { once: true })
    try {
      for (;;) {
        if (signal.aborted) return null
        const response = this.#ready.shift()
        if (response) {
          this.#turns.taken(response.nodeId)
          this.#sendAll()
          return response.partitions
        }
        if (this.#error) throw this.#error as Error
        if (this.#interrupted) {
          this.#interrupted = false
          return []
        }
        if (this.#turns.allFree && this.#cursors.size === 0 && !this.#held) return null
        if (performance.now() >= deadline && this.#cursors.wereAnswered(since)) return null
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #wakeToSend(): void {
    try {
      this.#sendAll()
    } catch (error) {
      this.fail(error)
    }
  }

  #sendAll(): void {
    if (this.#closed || this.#error) return
    const now = performance.now()
    const { requests, leaderless, soonest } = planFetches(this.#cursors, {
      now,
      leaderOf: ({ topic, partition }) => this.#metadata.leader(topic, partition)?.nodeId,
      isFree: (node) => this.#turns.isFree(node)
    })
    for (const cursor of leaderless) {
      const { topic, partition } = cursor
      const isKnown = this.#metadata.partitions(topic).length > partition
      const code = isKnown ? Code.LEADER_NOT_AVAILABLE : Code.UNKNOWN_TOPIC_OR_PARTITION
      this.#retryLater(cursor, kafkaError(code, { topic, partition }))
    }
    const next = leaderless.reduce((least, { notBefore }) => Math.min(least, notBefore), soonest)
    clearTimeout(this.#timer)
    if (next < Infinity) this.#timer = setTimeout(() => this.#wakeToSend(), next - now + 1)
    for (const [nodeId, cursors] of requests) {
      this.#turns.asked(nodeId)
      void this.#fetch(nodeId, cursors).catch((error: unknown) => this.fail(error))
    }
  }

  async #fetch(nodeId: number, cursors: Cursor[]): Promise<void> {
    let result: FetchResult
    try {
      result = await this.#wire.call(nodeId, fetchApi, this.#request(cursors), { lane: 'fetch', timeout: MAX_WAIT })
      if (result.errorCode !== 0) throw kafkaError(result.errorCode, {})
    } catch (error) {
      if (this.#closed) return
      for (const cursor of cursors) this.#retryLater(cursor, error)
      this.#turns.broughtNothing(nodeId)
      this.#sendAll()
      return
    }
    if (this.#closed) return
    const partitions = await this.#digest(result, cursors)
    if (partitions.length > 0) {
      this.#ready.push({ nodeId, partitions })
    } else {
      this.#turns.broughtNothing(nodeId)
      this.#sendAll()
    }
    this.#wake()
  }

  #request(cursors: Cursor[]): FetchArgs {
    return {
      maxWait: MAX_WAIT,
      minBytes: 1,
      maxBytes: Math.max(MIN_BYTES_A_BROKER, Math.floor(MAX_BYTES / this.#wire.nodes().length)),
      isolation: this.#options.isolation === 'committed' ? 1 : 0,
      topics: whereCursorsStand(cursors, this.#metadata, MAX_PARTITION_BYTES)
    }
  }

  /** Moves the positions past what arrived, and deals with the errors of single partitions. */
  async #digest(result: FetchResult, cursors: Cursor[]): Promise<FetchedPartition[]> {
    const cursorOf = finderOf(cursors)
    const fetched: FetchedPartition[] = []
    for (const part of result.partitions) {
      const before = fetched.length
      const cursor = cursorOf(part)
      if (!cursor || cursor.removed) continue
      if (part.errorCode === 0) {
        this.#ends.set(keyOf(cursor), part.highWatermark)
        cursor.answered = performance.now()
      }
      if (part.errorCode === Code.OFFSET_OUT_OF_RANGE) {
        const from = await this.#options.onOutOfRange(cursor.topic, cursor.partition, cursor.position)
        if (cursor.removed) continue
        cursor.position = from
        fetched.push(nothingFrom(cursor))
      } else if (part.errorCode !== 0) {
        const { topic, partition } = cursor
        this.#retryLater(cursor, kafkaError(part.errorCode, { topic, partition, operation: 'Read' }))
        continue
      } else {
        const { topic, partition, position: from } = cursor
        cursor.position = nextOffsetAfter(result.bytes, part.recordsStart, part.recordsEnd, from)
        // No broker cuts an only batch; one that did would be asked for it over and over.
        const isCut = cursor.position === from && part.recordsEnd > part.recordsStart
        if (isCut) this.#retryLater(cursor, kafkaError(Code.CORRUPT_MESSAGE, { topic, partition }))
        else cursor.trouble.over()
        if (cursor.position > from) {
          fetched.push(brought(part, result.bytes, { ...cursor, from }, this.#options.isolation))
        }
      }
      if (cursor.until !== null && cursor.position >= cursor.until) this.#cursors.drop(cursor)
      else if (fetched.length > before) this.#cursors.moveToBack(cursor)
    }
    return fetched
  }

  /** Puts a partition aside for a while; ends the run when the error is final or lasted too long. */
  #retryLater(cursor: Cursor, error: unknown): void {
    if (cursor.removed) return
    if (!(error instanceof KafkaError)) throw error
    const { onGone } = this.#options
    let wait
    try {
      wait = cursor.trouble.met(error)
    } catch (final) {
      if (!onGone || !isUnknownTopic(error)) throw final
      this.#cursors.drop(cursor)
      onGone(cursor.topic, cursor.partition)
      return
    }
    // Whose end is told is not in trouble.
    if (cursor.trouble.isNews && !(onGone && isUnknownTopic(error))) this.#news.tell(error)
    cursor.notBefore = performance.now() + wait
    if (!this.#refreshing) void this.#refresh()
  }

  /** New leaders may be known; brokers that cannot be asked now are asked at the next turn. */
  async #refresh(): Promise<void> {
    this.#refreshing = true
    try {
      await this.#metadata.refresh(this.#cursors.topics())
      for (const cursor of this.#cursors.ofOtherTopics(this.#metadata)) await this.#startAnew(cursor)
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.retriable) this.fail(error)
    } finally {
      this.#refreshing = false
      this.#wake()
    }
  }

  /** Goes on in the topic that has taken the place of the cursor's. */
  async #startAnew(cursor: Cursor): Promise<void> {
    const { topic, partition } = cursor
    const id = this.#metadata.id(topic)
    const from = await this.#options.onCreatedAnew(topic, partition)
    if (cursor.removed) return
    Object.assign(cursor, { topicId: id, position: from, notBefore: 0 })
    this.#ready.push({ nodeId: NOBODY, partitions: [nothingFrom(cursor)] })
    this.#wakeToSend()
  }
}
