/**
 * The read-committed filter: which batches of a partition belong to transactions that were aborted. The broker lists the
 * aborted transactions of a response by producer and first offset; each lasts until an abort marker of its producer.
 * Rule: CompletedFetch of the Java client (KIP-98).
 */
import type { BatchHeader } from './batch-header.js'
import { FIELD } from './batch-header.js'
import { readVarint, readVarlong, varintEnd } from './varint.js'

export interface AbortedTransaction {
  producerId: bigint
  firstOffset: bigint
}

/** Type of a control record that ends a transaction by aborting it; 1 is commit. */
const ABORT = 0

export class AbortedTransactions {
  /** Not begun yet, the next one last. */
  readonly #ahead: AbortedTransaction[]
  /** Producers within an aborted transaction. */
  readonly #aborting = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? 1 : -1))
  }

  /** True where the batch is part of an aborted transaction. Every batch must be shown to it, in order. */
  covers(batch: BatchHeader, bytes: Buffer): boolean {
    const { producerId } = batch
    if (producerId < 0n) return false
    for (let next; (next = this.#ahead.at(-1)) && next.firstOffset < batch.nextOffset; this.#ahead.pop()) {
      this.#aborting.add(next.producerId)
    }
    if (batch.control) {
      if (isAbortMarker(batch, bytes)) this.#aborting.delete(producerId)
      return false
    }
    return batch.transactional && this.#aborting.has(producerId)
  }
}

/** A control batch holds one record, never compressed; its key is a version and a type, 16 bits each. */
function isAbortMarker(batch: BatchHeader, bytes: Buffer): boolean {
  if (batch.count === 0) return false
  readVarint(bytes, batch.start + FIELD.records)
  readVarlong(bytes, varintEnd + 1)
  readVarint(bytes, varintEnd)
  const keyLength = readVarint(bytes, varintEnd)
  if (batch.codec !== 'none' || keyLength < 4 || varintEnd + keyLength > batch.end) {
    throw batch.damaged('its control record has no type')
  }
  return bytes.readInt16BE(varintEnd + 2) === ABORT
}
