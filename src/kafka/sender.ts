/**
 * Writes records to one topic: batches are filled per partition, closed when they are full or have waited long enough,
 * and sent to the partition's leader, up to five requests in flight a broker. A slow broker holds back the source.
 */
import { BadRecordError, type FailedError } from '../errors.js'
import type { Codec } from '../records/compression.js'
import type { Records, WholeBatch } from '../records/records.js'
import { type BatchLimits, BatchPool } from './batch-pool.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import { type Identity, isIdempotent, stampOf } from './identity.js'
import type { Metadata } from './metadata.js'
import { type Batch, PartitionQueue } from './partition-queue.js'
import { type Part, planRequests } from './produce-plan.js'
import { produceApi, type ProduceResult } from './requests/produce.js'
import { TopicWatch } from './topic-watch.js'
import { TroubleNews } from './trouble-news.js'
import type { Wire } from './wire.js'

/** The most that brokers keep apart per idempotent producer and partition (KIP-98). */
const MAX_IN_FLIGHT = 5

export const NO_ROOM = 0
export const APPENDED = 1
export const BATCH_CLOSED = 2

export interface SenderOptions extends BatchLimits, Identity {
  acks: -1 | 0 | 1
  /** `kept`: what each record's batch was compressed with. */
  codec: Codec | 'kept'
  level: number | undefined
  /** Milliseconds after which the topic is looked at again, for new partitions. */
  metadataAge: number
  /** Milliseconds that an unfilled batch waits for more after `push()`. */
  linger: number
  notice: (text: string) => void
  /** Told of the record at hand, given up; it throws to have it dealt with as a bad one, or returns to go on without it. */
  onTooLarge(error: BadRecordError): void
  /** The same for a batch, later. */
  onLost: (error: FailedError, records: number) => void
}

export class Sender {
  readonly failed: Promise<void>
  /** Records that a broker acknowledged (with acks 0: that were handed to the system). */
  acknowledged = 0
  /** Bytes of their batches, as they were sent. */
  acknowledgedBytes = 0
  readonly #wire: Wire
  readonly #metadata: Metadata
  readonly #topic: string
  readonly #options: SenderOptions
  readonly #queues: PartitionQueue[]
  readonly #pool: BatchPool
  readonly #keepsCodec: boolean
  readonly #news: TroubleNews
  readonly #watch: TopicWatch
  readonly #mostInFlight: number
  readonly #inFlight = new Map<number, number>()
  #lingerTimer: NodeJS.Timeout | null = null
  #retryTimer: NodeJS.Timeout | undefined
  #enlisting = false
  #first = 0
  #closed = false
  #error: unknown = null
  #fail!: () => void
  #changed: () => void = () => undefined

  constructor(wire: Wire, metadata: Metadata, topic: string, options: SenderOptions) {
    this.#wire = wire
    this.#metadata = metadata
    this.#topic = topic
    this.#options = options
    this.#mostInFlight = isIdempotent(options) || options.acks === 0 ? MAX_IN_FLIGHT : 1
    this.#queues = metadata.partitions(topic).map(({ partition }) => new PartitionQueue(partition, this.#mostInFlight))
    this.#pool = new BatchPool(this.#queues.length, options)
    this.#keepsCodec = options.codec === 'kept'
    this.#news = new TroubleNews(options.notice)
    this.#watch = new TopicWatch(metadata, topic, options.metadataAge, options.notice, () => this.#refreshed())
    this.failed = new Promise((resolve) => (this.#fail = resolve))
  }

  get partitionCount(): number {
    return this.#queues.length
  }

  /** True while a batch of this partition takes more records. */
  isFilling(partition: number): boolean {
    return this.#queues[partition]!.open !== null
  }

  /** Batches of a partition that wait to be sent or acknowledged. */
  backlog(partition: number): number {
    return this.#queues[partition]!.pending.length
  }

  /**
   * Adds the cursor's record to a partition's batch: APPENDED; or nothing was added, and it is to be offered again:
   * BATCH_CLOSED (to this or another partition) or NO_ROOM (after `drain()`). A record that is too large is given up.
   */
  append(partition: number, records: Records, timestamp: number | bigint): number {
    const queue = this.#queues[partition]!
    const open = (queue.open ??= this.#pool.take())
    if (!open) return NO_ROOM
    const isOther = this.#keepsCodec && open.writer.count > 0 && open.codec !== records.codec
    if (!isOther && open.writer.append(records, timestamp)) {
      open.codec = records.codec
      return APPENDED
    }
    if (open.writer.count > 0) {
      this.#closeBatch(queue)
      this.#trySendAll()
      return BATCH_CLOSED
    }
    queue.open = null
    this.#pool.release(open)
    this.#options.onTooLarge(this.#tooLarge(records))
    return APPENDED
  }

  /** The largest batch that `appendBatch` takes, bytes. */
  get wholeBatchBytes(): number {
    return this.#pool.wholeBatchBytes
  }

  /** Adds a whole batch, which is copied, behind what the partition has taken. False: there is no room (`drain()`). */
  appendBatch(partition: number, whole: WholeBatch): boolean {
    const batch = this.#pool.take()
    if (!batch) return false
    const queue = this.#queues[partition]!
    this.#closeBatch(queue)
    batch.bytes = batch.writer.adopt(whole)
    queue.pending.push(batch)
    this.#trySendAll()
    return true
  }

  push(): void {
    if (this.#options.linger === 0) this.#closeAll()
    else this.#lingerTimer ??= setTimeout(() => this.#closeAll(), this.#options.linger)
  }

  /** Resolves when there is a free buffer. */
  async drain(): Promise<void> {
    while (this.#error === null && this.#pool.empty) await this.#change()
    if (this.#error !== null) throw this.#error as Error
  }

  async flush(): Promise<void> {
    this.#closeAll()
    while (this.#error === null && this.#queues.some((queue) => queue.pending.length > 0)) await this.#change()
    if (this.#error !== null) throw this.#error as Error
  }

  /** After a flush: what comes now is of another transaction, whose batches count from 0. */
  restart(): void {
    for (const queue of this.#queues) queue.restart()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#lingerTimer ?? undefined)
    clearTimeout(this.#retryTimer)
    this.#watch.close()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve))
  }

  #tooLarge(records: Records): BadRecordError {
    const size = Math.max(0, records.keyEnd - records.keyStart) + Math.max(0, records.valueEnd - records.valueStart)
    return new BadRecordError(
      `a record of ${size} bytes is too large for topic "${this.#topic}"`,
      `its max.message.bytes is ${this.#options.maxMessageBytes}`,
      { place: { topic: this.#topic } }
    )
  }

  #closeAll(): void {
    clearTimeout(this.#lingerTimer ?? undefined)
    this.#lingerTimer = null
    for (const queue of this.#queues) this.#closeBatch(queue)
    this.#trySendAll()
  }

  #closeBatch(queue: PartitionQueue): void {
    const batch = queue.open
    if (!batch || batch.writer.count === 0) return
    queue.open = null
    const { codec, level } = this.#options
    batch.bytes = batch.writer.finish(codec === 'kept' ? batch.codec : codec, level)
    queue.pending.push(batch)
  }

  /** Sends whatever may be sent now, a request at a time to each broker. */
  #sendAll(): void {
    if (this.#closed || this.#error !== null) return
    for (;;) {
      const now = performance.now()
      // Each request begins with another partition, so that none is served first for ever.
      this.#first = (this.#first + 1) % this.#queues.length
      const { requests, leaderless, outside } = planRequests(this.#queues, {
        now,
        first: this.#first,
        leaderOf: (partition) => this.#metadata.leader(this.#topic, partition)?.nodeId ?? -1,
        hasRoom: (node) => (this.#inFlight.get(node) ?? 0) < MAX_IN_FLIGHT,
        isEnlisted: (partition) => this.#options.transaction?.has(partition) ?? true
      })
      const known = this.#metadata.partitions(this.#topic).length
      for (const queue of leaderless) {
        const code = queue.partition < known ? Code.LEADER_NOT_AVAILABLE : Code.UNKNOWN_TOPIC_OR_PARTITION
        this.#retry(queue, kafkaError(code, { topic: this.#topic, partition: queue.partition }))
      }
      if (outside.length > 0) void this.#enlist(outside)
      if (requests.size === 0) return this.#sendLater(now)
      for (const [node, parts] of requests) {
        for (const { queue, batch } of parts)
          if (queue.sent(batch, node)) batch.writer.stamp(stampOf(this.#options, batch.sequence))
        this.#inFlight.set(node, (this.#inFlight.get(node) ?? 0) + 1)
        void this.#send(node, parts)
      }
    }
  }

  async #enlist(partitions: number[]): Promise<void> {
    if (this.#enlisting) return
    this.#enlisting = true
    try {
      await this.#options.transaction!.enlist(partitions)
      this.#enlisting = false
      this.#trySendAll()
    } catch (error) {
      this.#break(error)
    }
  }

  async #send(node: number, parts: Part[]): Promise<void> {
    const { acks, transaction } = this.#options
    const partitions = parts.map(({ queue, batch }) => ({ partition: queue.partition, batch: batch.bytes! }))
    const transactionalId = transaction?.current?.transactionalId ?? null
    const topics = [{ topic: this.#topic, partitions }]
    // As with Java clients, that is how long a broker may wait for its replicas, too.
    const args = { transactionalId, acks, timeout: this.#wire.requestTimeout, topics }
    let result: ProduceResult | null = null
    let failure: unknown = null
    try {
      result = await this.#wire.call(node, produceApi, args, { lane: 'produce' })
    } catch (error) {
      failure = error
    }
    if (this.#closed) return
    this.#inFlight.set(node, this.#inFlight.get(node)! - 1)
    try {
      for (const { queue, batch } of parts) this.#settle(queue, batch, result, failure)
      this.#sendAll()
    } catch (error) {
      this.#break(error)
    }
    this.#changed()
  }

  #settle(queue: PartitionQueue, batch: Batch, result: ProduceResult | null, failure: unknown): void {
    const context = { topic: this.#topic, partition: queue.partition, operation: 'Write' }
    const part = result?.partitions.find((entry) => entry.partition === queue.partition)
    const code = part?.errorCode ?? 0
    if (failure === null && (code === 0 || code === Code.DUPLICATE_SEQUENCE_NUMBER)) {
      this.acknowledged += batch.writer.count
      this.acknowledgedBytes += batch.bytes!.length
      queue.acknowledged(batch)
      this.#pool.release(batch)
      return
    }
    const error = failure ?? kafkaError(code, { ...context, detail: part?.errorMessage })
    if (!(error instanceof KafkaError)) throw error as Error
    if (error.retriable || (code === Code.OUT_OF_ORDER_SEQUENCE_NUMBER && queue.hasEarlier(batch))) {
      queue.toRetry(batch)
      if (error.retriable) this.#retry(queue, error)
      return
    }
    const { count } = batch.writer
    queue.dropped(batch)
    this.#pool.release(batch)
    this.#options.onLost(error, count)
  }

  #retry(queue: PartitionQueue, error: KafkaError): void {
    const wait = queue.trouble.met(error)
    if (queue.trouble.isNews) this.#news.tell(error)
    queue.notBefore = performance.now() + wait
    void this.#watch.refresh()
  }

  /** Sends again when the first of the partitions that wait for their time may send. */
  #sendLater(now: number): void {
    clearTimeout(this.#retryTimer)
    let soonest = Infinity
    for (const { pending, notBefore } of this.#queues) {
      if (pending.length > 0 && notBefore > now) soonest = Math.min(soonest, notBefore)
    }
    if (soonest < Infinity) this.#retryTimer = setTimeout(() => this.#trySendAll(), soonest - now + 1)
  }

  /** There may be other leaders by now, and more partitions. */
  #refreshed(): void {
    const partitions = this.#metadata.partitions(this.#topic).slice(this.#queues.length)
    for (const { partition } of partitions) this.#queues.push(new PartitionQueue(partition, this.#mostInFlight))
    this.#pool.growTo(this.#queues.length)
    this.#trySendAll()
  }

  #trySendAll(): void {
    try {
      this.#sendAll()
    } catch (error) {
      this.#break(error)
    }
  }

  #break(error: unknown): void {
    this.#error ??= error
    this.#fail()
    this.#changed()
  }
}
