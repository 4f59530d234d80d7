/**
 * What is to be written to one partition: the batch being filled and the batches not acknowledged yet, oldest first. With
 * an idempotent producer the broker accepts a partition's batches only in the order of their sequence numbers (KIP-98),
 * so a batch may be sent again only when none of its partition is in flight, and then alone. The first one goes alone, too:
 * a broker that knows nothing of the producer takes any first sequence number, also that of a second batch when it refused
 * the first one a moment before, as the leader of a new topic may.
 */
import type { BatchWriter } from '../records/batch-writer.js'
import type { Codec } from '../records/compression.js'
import type { Route } from './produce-routes.js'
import { Trouble } from './trouble.js'

/** A sequence number is an int32 that goes on from 0 after 2^31 - 1. */
const SEQUENCE_MODULUS = 2 ** 31

export interface Batch {
  readonly writer: BatchWriter
  /** What its records were compressed with. */
  codec: Codec
  /** The encoded batch, once it is closed. */
  bytes: Buffer | null
  /** -1: none given yet. */
  sequence: number
  inFlight: boolean
  /** In flight with a sequence number that follows one that was given up. */
  stale: boolean
}

export class PartitionQueue {
  readonly partition: number
  open: Batch | null = null
  readonly pending: Batch[] = []
  readonly trouble = new Trouble()
  /** By `performance.now()`: before it, nothing is sent. */
  notBefore = 0
  #inFlight = 0
  #route: Route = -1
  #nextSequence = 0
  #alone = true
  readonly #maxInFlight: number

  constructor(partition: number, maxInFlight: number) {
    this.partition = partition
    this.#maxInFlight = maxInFlight
  }

  /** The batch to send next, or null when none may be sent now. */
  sendable(now: number): Batch | null {
    if (this.notBefore > now || this.#inFlight >= (this.#alone ? 1 : this.#maxInFlight)) return null
    return this.pending.find((batch) => !batch.inFlight) ?? null
  }

  /**
   * Whether a batch may go this way: not while others are on their way to another broker. A broker that knows nothing of
   * this producer yet would take it, and then none that comes before it.
   */
  mayGoTo(route: Route): boolean {
    return this.#inFlight === 0 || this.#route === route
  }

  /** Gives a batch its sequence number, unless it has one from an earlier try. True: it is new. */
  sent(batch: Batch, route: Route): boolean {
    batch.inFlight = true
    this.#route = route
    this.#inFlight++
    if (batch.sequence >= 0) return false
    batch.sequence = this.#nextSequence
    this.#nextSequence = (batch.sequence + batch.writer.count) % SEQUENCE_MODULUS
    return true
  }

  /** Counts from 0 again, with another producer. Nothing is pending. */
  restart(): void {
    this.#nextSequence = 0
    this.#alone = true
  }

  acknowledged(batch: Batch): void {
    this.#landed(batch)
    this.#remove(batch)
    // A broker that knew nothing of this producer yet takes any first sequence number.
    if (batch.stale) this.#nextSequence = (batch.sequence + batch.writer.count) % SEQUENCE_MODULUS
    this.#alone = false
    this.trouble.over()
  }

  toRetry(batch: Batch): void {
    this.#landed(batch)
    if (batch.stale) batch.sequence = -1
    batch.stale = false
    this.#alone = true
  }

  /** Gives a batch up. The broker did not append it, so its sequence numbers are free for those behind it. */
  dropped(batch: Batch): void {
    this.#landed(batch)
    this.#remove(batch)
    this.#nextSequence = batch.sequence
    for (const later of this.pending) {
      if (later.inFlight) later.stale = true
      else later.sequence = -1
    }
    this.#alone = true
    this.trouble.over()
  }

  /** True when an earlier batch of this partition is still to be written, or was given up: then a gap is no surprise. */
  followsGap(batch: Batch): boolean {
    return this.pending[0] !== batch || batch.stale
  }

  #landed(batch: Batch): void {
    batch.inFlight = false
    this.#inFlight--
  }

  #remove(batch: Batch): void {
    this.pending.splice(this.pending.indexOf(batch), 1)
  }
}
