/**
 * The buffers that a sender fills: so many, and so large, that memory stays bounded however many partitions there are,
 * and that each of them can have one. Made when they are first wanted, then used again and again.
 */
import { BatchWriter } from '../records/batch-writer.js'
import type { Batch } from './partition-queue.js'

/** Bytes of all batch buffers together. */
const POOL_BYTES = 48 << 20
const SMALLEST_BATCH = 16 << 10
/** Room for a batch header and, where a batch does not compress, its codec's framing. */
const BATCH_OVERHEAD = 1024

export interface BatchLimits {
  /** Largest batch, bytes before compression. */
  batchBytes: number
  /** The topic's `max.message.bytes`. */
  maxMessageBytes: number
}

export class BatchPool {
  readonly #maxMessageBytes: number
  /** Bytes of a buffer. */
  readonly #capacity: number
  readonly #free: Batch[] = []
  /** Made or not. */
  #total: number
  #unmade: number

  constructor(partitions: number, { batchBytes, maxMessageBytes }: BatchLimits) {
    this.#maxMessageBytes = maxMessageBytes
    const fair = Math.floor(POOL_BYTES / 2 / partitions)
    const most = Math.min(batchBytes, maxMessageBytes - BATCH_OVERHEAD)
    this.#capacity = Math.min(most, Math.max(SMALLEST_BATCH, fair))
    this.#total = this.#unmade = Math.max(partitions + 1, Math.floor(POOL_BYTES / this.#capacity))
  }

  /** There are so many partitions now: each of them can have a buffer. */
  growTo(partitions: number): void {
    const more = Math.max(0, partitions + 1 - this.#total)
    this.#total += more
    this.#unmade += more
  }

  /** True: `take` has nothing to give until one is released. */
  get empty(): boolean {
    return this.#free.length === 0 && this.#unmade === 0
  }

  /** The largest whole batch that one of its buffers is to take, bytes. */
  get wholeBatchBytes(): number {
    return Math.min(this.#maxMessageBytes, this.#capacity + BATCH_OVERHEAD)
  }

  /** An empty batch; null: all are in use. */
  take(): Batch | null {
    const free = this.#free.pop()
    if (free) return free
    if (this.#unmade === 0) return null
    this.#unmade--
    const writer = new BatchWriter({ capacity: this.#capacity, maxBytes: this.#maxMessageBytes })
    return { writer, codec: 'none', bytes: null, sequence: -1, inFlight: false, stale: false }
  }

  /** Takes a batch back that is done with. */
  release(batch: Batch): void {
    batch.writer.reset()
    batch.bytes = null
    batch.sequence = -1
    batch.stale = false
    this.#free.push(batch)
  }
}
