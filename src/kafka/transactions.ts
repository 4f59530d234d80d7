/**
 * Transactions (KIP-98) as two-phase commit needs them (semantics.md section 6): a transaction is known by its id, producer
 * id and epoch alone, so that a later run can commit it with what a checkpoint has kept. The coordinator is looked up again
 * whenever it fails, and asked until patience ends: asking twice for the same end is harmless.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { findCoordinator } from './coordinators.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import type { Producer } from './producer-id.js'
import { addPartitionsToTxnApi } from './requests/add-partitions-to-txn.js'
import { describeTransactionsApi } from './requests/describe-transactions.js'
import { endTxnApi } from './requests/end-txn.js'
import { initProducerIdApi } from './requests/init-producer-id.js'
import { Trouble } from './trouble.js'
import type { Wire } from './wire.js'

export interface Transaction extends Producer {
  readonly transactionalId: string
}

const FRESH = { producerId: -1n, producerEpoch: -1 }

/** The previous transaction of an id is completed within milliseconds as a rule: waits are so much shorter, from 20 ms. */
const SOONER = 5

/** There is nothing to end any more: it was aborted, or ended the other way, or never begun. */
const GONE: readonly number[] = [
  Code.PRODUCER_FENCED,
  Code.INVALID_PRODUCER_EPOCH,
  Code.INVALID_TXN_STATE,
  Code.INVALID_PRODUCER_ID_MAPPING
]

export class Transactions {
  readonly #wire: Wire
  readonly #notice: (text: string) => void
  /** By transactional id, the broker that keeps it, as far as known. */
  readonly #coordinators = new Map<string, number>()

  constructor(wire: Wire, notice: (text: string) => void) {
    this.#wire = wire
    this.#notice = notice
  }

  /**
   * Takes over a transactional id: whoever had it is fenced, and what it had open is aborted when this resolves. Epoch 0
   * tells that the id was never used (or has used up its 32 766 epochs, or was forgotten). Each transaction begins here:
   * with an epoch of its own, none is ended by a late commit of the one before it.
   * @param timeout ms after which the broker aborts the transaction, counted from `enlist`
   * @param last the one before it with this id, in the same run: then it is an error when another run has taken the id
   * over meanwhile (KIP-360; brokers before 2.5 do not tell)
   */
  begin(transactionalId: string, timeout: number, last?: Producer, signal?: AbortSignal): Promise<Transaction> {
    let before = last ?? FRESH
    const begin = async (node: number, isUnsure: boolean): Promise<Transaction> => {
      const { producerId, producerEpoch } = before
      const args = { transactionalId, transactionTimeout: timeout, producerId, producerEpoch }
      const { errorCode, ...now } = await this.#wire.call(node, initProducerIdApi, args, { signal })
      if (errorCode === Code.NONE)
        return { transactionalId, producerId: now.producerId, producerEpoch: now.producerEpoch }
      const begun = { transactionalId, producerId, producerEpoch: producerEpoch + 1 }
      if (errorCode === Code.PRODUCER_FENCED && isUnsure && (await this.#isUnused(node, begun, signal))) {
        before = begun
        return begin(node, isUnsure)
      }
      const detail = errorCode === Code.INVALID_TRANSACTION_TIMEOUT ? `${timeout} ms` : null
      throw kafkaError(errorCode, { transactionalId, operation: 'Write', detail })
    }
    return this.#ask(transactionalId, signal, begin)
  }

  /**
   * Whether this is what its id has come to, and nothing was written in it. Then it was begun for us, and the answer was
   * lost: a coordinator that has taken over since does not know the epoch before it any more, and calls whoever names that
   * one fenced. If it is another run's after all, it has lost nothing when its epoch is followed by ours.
   * False where the broker cannot tell (before 3.0).
   */
  async #isUnused(node: number, begun: Transaction, signal: AbortSignal | undefined): Promise<boolean> {
    const { transactionalId, producerId, producerEpoch } = begun
    try {
      const args = { transactionalIds: [transactionalId] }
      const answer = await this.#wire.call(node, describeTransactionsApi, args, { signal })
      const [known] = answer.transactions
      if (!known || known.errorCode !== Code.NONE) {
        throw kafkaError(known?.errorCode ?? Code.UNKNOWN_SERVER_ERROR, { transactionalId, operation: 'Describe' })
      }
      return known.state === 'Empty' && known.producerId === producerId && known.producerEpoch === producerEpoch
    } catch (error) {
      if (error instanceof KafkaError && error.code === Code.UNSUPPORTED_VERSION) return false
      throw error
    }
  }

  /** Makes partitions part of the transaction: to be done before the first batch is sent to them. */
  enlist(transaction: Transaction, topic: string, partitions: readonly number[], signal?: AbortSignal): Promise<void> {
    const { transactionalId } = transaction
    const args = { ...transaction, topics: [{ topic, partitions }] }
    return this.#ask(transactionalId, signal, async (node) => {
      const answer = await this.#wire.call(node, addPartitionsToTxnApi, args, { signal })
      const failed = answer.partitions.filter(({ errorCode }) => errorCode !== Code.NONE)
      // The others were not added because of one among them.
      const first = failed.find(({ errorCode }) => errorCode !== Code.OPERATION_NOT_ATTEMPTED) ?? failed[0]
      if (!first) return
      const { partition, errorCode } = first
      throw kafkaError(errorCode, { transactionalId, topic, partition, operation: 'Write' })
    })
  }

  /**
   * Commits a transaction, of this run or an earlier one. null: it is committed, now or already. An error: it is gone and
   * its records with it, or it never had any; or another one was begun with its id, which tells nothing of its own end.
   */
  commit(transaction: Transaction, signal?: AbortSignal): Promise<KafkaError | null> {
    return this.#end(transaction, true, signal)
  }

  /** Aborts a transaction. null: it is aborted, now or already; else why there is nothing to abort. */
  abort(transaction: Transaction, signal?: AbortSignal): Promise<KafkaError | null> {
    return this.#end(transaction, false, signal)
  }

  #end(transaction: Transaction, committed: boolean, signal: AbortSignal | undefined): Promise<KafkaError | null> {
    const { transactionalId } = transaction
    return this.#ask(transactionalId, signal, async (node) => {
      const { errorCode } = await this.#wire.call(node, endTxnApi, { ...transaction, committed }, { signal })
      if (errorCode === Code.NONE) return null
      const error = kafkaError(errorCode, { transactionalId, operation: 'Write' })
      if (GONE.includes(errorCode)) return error
      throw error
    })
  }

  /**
   * Asks the id's coordinator until it answers; throws what is final or lasts too long, and the signal's reason.
   * @param once is told whether an earlier question may have been obeyed although no answer says so
   */
  async #ask<T>(
    transactionalId: string,
    signal: AbortSignal | undefined,
    once: (node: number, isUnsure: boolean) => Promise<T>
  ): Promise<T> {
    const trouble = new Trouble()
    let isUnsure = false
    for (;;) {
      try {
        return await once(await this.#coordinator(transactionalId, signal), isUnsure)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        const completing = error.code === Code.CONCURRENT_TRANSACTIONS
        if (!completing) {
          isUnsure = true
          this.#coordinators.delete(transactionalId)
        }
        const wait = trouble.met(error)
        if (trouble.isNews) this.#notice(`${error.message}: trying again`)
        await sleep(completing ? wait / SOONER : wait, undefined, { signal }).catch(() => signal?.throwIfAborted())
      }
    }
  }

  async #coordinator(transactionalId: string, signal: AbortSignal | undefined): Promise<number> {
    const known = this.#coordinators.get(transactionalId)
    if (known !== undefined) return known
    const node = await findCoordinator(this.#wire, 'transaction', transactionalId, signal)
    this.#coordinators.set(transactionalId, node)
    return node
  }
}
