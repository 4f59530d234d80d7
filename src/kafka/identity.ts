/**
 * Under whose name batches are written: nobody's, an idempotent producer's, or a transaction's (KIP-98).
 */
import { NO_PRODUCER, type Stamp } from '../records/batch-header.js'
import type { Producer } from './producer-id.js'
import type { Transaction } from './transactions.js'

/** A transaction that partitions have to be part of before batches are sent to them. */
export interface Enlisting {
  /** null: none is under way, and no partition part of it. */
  readonly current: Transaction | null
  has(partition: number): boolean
  enlist(partitions: readonly number[]): Promise<void>
}

export interface Identity {
  /** An idempotent producer; null: none, or that of the transaction. */
  producer: Producer | null
  /** null: there are no transactions. */
  transaction: Enlisting | null
}

/** Whether brokers keep batches apart by their sequence numbers. */
export function isIdempotent({ producer, transaction }: Identity): boolean {
  return producer !== null || transaction !== null
}

/** @param baseSequence of the batch; without a producer it has none */
export function stampOf({ producer, transaction }: Identity, baseSequence: number): Stamp {
  const by = transaction ? transaction.current! : producer
  if (!by) return NO_PRODUCER
  const { producerId, producerEpoch } = by
  return { producerId, producerEpoch, baseSequence, transactional: transaction !== null }
}
