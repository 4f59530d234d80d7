/**
 * Sends the batches of a topic's partitions to their leaders, up to five requests in flight a connection, and again where
 * that did not work out, until they are acknowledged or given up.
 */
import type { FailedError } from '../errors.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import { type Identity, isIdempotent, stampOf } from './identity.js'
import type { Metadata } from './metadata.js'
import type { Batch, PartitionQueue } from './partition-queue.js'
import { type Part, planRequests } from './produce-plan.js'
import { type Route, endOf, routeTo } from './produce-routes.js'
import { produceApi, type ProduceResult } from './requests/produce.js'
import { TroubleNews } from './trouble-news.js'
import type { Wire } from './wire.js'

/** The most that brokers keep apart per idempotent producer and partition (KIP-98). */
const MAX_IN_FLIGHT = 5

export interface DispatchOptions extends Identity {
  acks: -1 | 0 | 1
  notice: (text: string) => void
  /** Told of a batch that was given up; it throws to end the run. */
  onLost: (error: FailedError, records: number) => void
}

export interface DispatchEvents {
  /** A batch was acknowledged or given up, and is free. */
  done(batch: Batch): void
  /** There is trouble: the topic's leaders may be others by now. */
  troubled(): void
  /** After each answer, whatever came of it. */
  answered(): void
  broken(error: unknown): void
}

/** How many batches of one partition may be on their way at once. */
export function mostInFlight(options: DispatchOptions): number {
  return isIdempotent(options) || options.acks === 0 ? MAX_IN_FLIGHT : 1
}

export class Dispatch {
  /** Records that a broker acknowledged (with acks 0: that were handed to the system). */
  acknowledged = 0
  /** Bytes of their batches, as they were sent. */
  acknowledgedBytes = 0
  readonly #wire: Wire
  readonly #metadata: Metadata
  readonly #topic: string
  readonly #queues: readonly PartitionQueue[]
  readonly #options: DispatchOptions
  readonly #events: DispatchEvents
  readonly #news: TroubleNews
  readonly #inFlight = new Map<Route, number>()
  #retryTimer: NodeJS.Timeout | undefined
  #enlisting = false
  #first = 0
  #closed = false
  #broken = false

  /** @param queues may become more */
  constructor(
    { wire, metadata, topic }: { wire: Wire; metadata: Metadata; topic: string },
    queues: readonly PartitionQueue[],
    options: DispatchOptions,
    events: DispatchEvents
  ) {
    this.#wire = wire
    this.#metadata = metadata
    this.#topic = topic
    this.#queues = queues
    this.#options = options
    this.#events = events
    this.#news = new TroubleNews(options.notice)
  }

  /** Sends whatever may be sent now. */
  send(): void {
    try {
      this.#sendAll()
    } catch (error) {
      this.#break(error)
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retryTimer)
  }

  #sendAll(): void {
    while (!this.#closed && !this.#broken) {
      const now = performance.now()
      // Each request begins with another partition, so that none is served first for ever.
      this.#first = (this.#first + 1) % this.#queues.length
      const { requests, leaderless, outside } = planRequests(this.#queues, {
        now,
        first: this.#first,
        routeOf: (partition) => this.#routeOf(partition),
        hasRoom: (route) => (this.#inFlight.get(route) ?? 0) < MAX_IN_FLIGHT,
        isEnlisted: (partition) => this.#options.transaction?.has(partition) ?? true
      })
      const known = this.#metadata.partitions(this.#topic).length
      for (const queue of leaderless) {
        const code = queue.partition < known ? Code.LEADER_NOT_AVAILABLE : Code.UNKNOWN_TOPIC_OR_PARTITION
        this.#retry(queue, kafkaError(code, { topic: this.#topic, partition: queue.partition }))
      }
      if (outside.length > 0) void this.#enlist(outside)
      if (requests.size === 0) return this.#sendLater(now)
      for (const [route, parts] of requests) {
        for (const { queue, batch } of parts)
          if (queue.sent(batch, route)) batch.writer.stamp(stampOf(this.#options, batch.sequence))
        this.#inFlight.set(route, (this.#inFlight.get(route) ?? 0) + 1)
        void this.#request(route, parts)
      }
    }
  }

  #routeOf(partition: number): Route | null {
    const leader = this.#metadata.leader(this.#topic, partition)
    return leader ? routeTo(leader.nodeId, partition) : null
  }

  async #enlist(partitions: number[]): Promise<void> {
    if (this.#enlisting) return
    this.#enlisting = true
    try {
      await this.#options.transaction!.enlist(partitions)
      this.#enlisting = false
      this.send()
    } catch (error) {
      this.#break(error)
    }
  }

  async #request(route: Route, parts: Part[]): Promise<void> {
    const { acks, transaction } = this.#options
    const partitions = parts.map(({ queue, batch }) => ({ partition: queue.partition, batch: batch.bytes! }))
    const transactionalId = transaction?.current?.transactionalId ?? null
    const topics = [{ topic: this.#topic, partitions }]
    // As with Java clients, that is how long a broker may wait for its replicas, too.
    const args = { transactionalId, acks, timeout: this.#wire.requestTimeout, topics }
    const { node, lane } = endOf(route)
    let result: ProduceResult | null = null
    let failure: unknown = null
    try {
      result = await this.#wire.call(node, produceApi, args, { lane })
    } catch (error) {
      failure = error
    }
    if (this.#closed) return
    this.#inFlight.set(route, this.#inFlight.get(route)! - 1)
    try {
      for (const { queue, batch } of parts) this.#settle(queue, batch, result, failure)
      this.#sendAll()
    } catch (error) {
      this.#break(error)
    }
    this.#events.answered()
  }

  #settle(queue: PartitionQueue, batch: Batch, result: ProduceResult | null, failure: unknown): void {
    const context = { topic: this.#topic, partition: queue.partition, operation: 'Write' }
    const part = result?.partitions.find((entry) => entry.partition === queue.partition)
    const code = part?.errorCode ?? 0
    if (failure === null && (code === 0 || code === Code.DUPLICATE_SEQUENCE_NUMBER)) {
      this.acknowledged += batch.writer.count
      this.acknowledgedBytes += batch.bytes!.length
      queue.acknowledged(batch)
      this.#events.done(batch)
      return
    }
    const error = failure ?? kafkaError(code, { ...context, detail: part?.errorMessage })
    if (!(error instanceof KafkaError)) throw error as Error
    if (error.retriable || (code === Code.OUT_OF_ORDER_SEQUENCE_NUMBER && queue.followsGap(batch))) {
      queue.toRetry(batch)
      if (error.retriable) this.#retry(queue, error)
      return
    }
    const { count } = batch.writer
    queue.dropped(batch)
    this.#events.done(batch)
    this.#options.onLost(error, count)
  }

  #retry(queue: PartitionQueue, error: KafkaError): void {
    const wait = queue.trouble.met(error)
    if (queue.trouble.isNews) this.#news.tell(error)
    queue.notBefore = performance.now() + wait
    this.#events.troubled()
  }

  /** Sends again when the first of the partitions that wait for their time may send. */
  #sendLater(now: number): void {
    clearTimeout(this.#retryTimer)
    let soonest = Infinity
    for (const { pending, notBefore } of this.#queues) {
      if (pending.length > 0 && notBefore > now) soonest = Math.min(soonest, notBefore)
    }
    if (soonest < Infinity) this.#retryTimer = setTimeout(() => this.send(), soonest - now + 1)
  }

  #break(error: unknown): void {
    this.#broken = true
    this.#events.broken(error)
  }
}
