/**
 * Writes records to one topic: batches are filled per partition, and closed when they are full or have waited long enough;
 * from there on they are `dispatch.ts`'s. A slow broker holds back the source.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { BadRecordError } from '../errors.js'
import type { Codec } from '../records/compression.js'
import type { Records, WholeBatch } from '../records/records.js'
import { type BatchLimits, BatchPool } from './batch-pool.js'
import { Dispatch, type DispatchOptions, mostInFlight } from './dispatch.js'
import type { Metadata } from './metadata.js'
import { PartitionQueue } from './partition-queue.js'
import { TopicWatch } from './topic-watch.js'
import type { Wire } from './wire.js'

/** How long a partition that the topic does not have yet is looked for, and how often. ms */
const PARTITION_WAIT = 2_000
const LOOK_AGAIN = 100

export const NO_ROOM = 0
export const APPENDED = 1
export const BATCH_CLOSED = 2

export interface SenderOptions extends BatchLimits, DispatchOptions {
  /** `kept`: what each record's batch was compressed with. */
  codec: Codec | 'kept'
  level: number | undefined
  /** Milliseconds after which the topic is looked at again, for new partitions. */
  metadataAge: number
  /** Milliseconds that an unfilled batch waits for more after `push()`. */
  linger: number
  /** Told of the record at hand, given up; it throws to have it dealt with as a bad one, or returns to go on without it. */
  onTooLarge(error: BadRecordError): void
}

export class Sender {
  readonly failed: Promise<void>
  readonly #metadata: Metadata
  readonly #topic: string
  readonly #options: SenderOptions
  readonly #queues: PartitionQueue[]
  readonly #pool: BatchPool
  readonly #dispatch: Dispatch
  readonly #keepsCodec: boolean
  readonly #watch: TopicWatch
  #lingerTimer: NodeJS.Timeout | null = null
  #closed = false
  #error: unknown = null
  #fail!: () => void
  #changed: () => void = () => undefined

  constructor(wire: Wire, metadata: Metadata, topic: string, options: SenderOptions) {
    this.#metadata = metadata
    this.#topic = topic
    this.#options = options
    this.#queues = metadata.partitions(topic).map(({ partition }) => this.#queueOf(partition))
    this.#pool = new BatchPool(this.#queues.length, options)
    this.#keepsCodec = options.codec === 'kept'
    this.#watch = new TopicWatch(metadata, topic, options.metadataAge, options.notice, () => this.#refreshed())
    this.#dispatch = new Dispatch({ wire, metadata, topic }, this.#queues, options, {
      done: (batch) => this.#pool.release(batch),
      troubled: () => void this.#watch.refresh(),
      answered: () => this.#changed(),
      broken: (error) => this.#break(error)
    })
    this.failed = new Promise((resolve) => (this.#fail = resolve))
  }

  /** Records that a broker acknowledged (with acks 0: that were handed to the system). */
  get acknowledged(): number {
    return this.#dispatch.acknowledged
  }

  /** Bytes of their batches, as they were sent. */
  get acknowledgedBytes(): number {
    return this.#dispatch.acknowledgedBytes
  }

  get partitionCount(): number {
    return this.#queues.length
  }

  /** Resolves when the topic has this partition, or was given time to: who adds partitions to two topics begins with one. */
  async lookFor(partition: number): Promise<void> {
    for (const giveUp = performance.now() + PARTITION_WAIT; performance.now() < giveUp; await sleep(LOOK_AGAIN)) {
      await this.#watch.refresh()
      if (this.partitionCount > partition || this.#closed) return
    }
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
      this.#dispatch.send()
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
    this.#dispatch.send()
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
    this.#dispatch.close()
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
    this.#dispatch.send()
  }

  #closeBatch(queue: PartitionQueue): void {
    const batch = queue.open
    if (!batch || batch.writer.count === 0) return
    queue.open = null
    const { codec, level } = this.#options
    batch.bytes = batch.writer.finish(codec === 'kept' ? batch.codec : codec, level)
    queue.pending.push(batch)
  }

  #queueOf(partition: number): PartitionQueue {
    return new PartitionQueue(partition, mostInFlight(this.#options))
  }

  /** There may be other leaders by now, and more partitions. */
  #refreshed(): void {
    const partitions = this.#metadata.partitions(this.#topic).slice(this.#queues.length)
    for (const { partition } of partitions) this.#queues.push(this.#queueOf(partition))
    this.#pool.growTo(this.#queues.length)
    this.#dispatch.send()
  }

  #break(error: unknown): void {
    this.#error ??= error
    this.#fail()
    this.#changed()
  }
}
