/**
 * Transactions that outlive a crash: two-phase commit with a checkpoint (semantics.md section 6). Records of one interval
 * go into one transaction; when they are all acknowledged, the checkpoint keeps how to commit it, and only then is it
 * committed. The next transaction has another id, since beginning one ends whatever its id had open. Two ids in turn are
 * enough: when one is used again, the checkpoint with its last transaction has been followed by another.
 */
import type { TransactionState } from '../flow/endpoint.js'
import type { Transaction, Transactions } from '../kafka/transactions.js'

export interface TwoPhaseOptions {
  /** The ids are `PREFIX-SUBTASK-0` and `PREFIX-SUBTASK-1`. */
  prefix: string
  subtask: number
  /** Of how many. */
  parallelism: number
  /** Milliseconds after which the broker aborts a transaction that is still open. */
  timeout: number
  topic: string
  cluster: string | null
  /** What the run before has left. */
  restored: readonly TransactionState[]
  notice: (text: string) => void
}

export class TwoPhase {
  readonly #transactions: Transactions
  readonly #options: TwoPhaseOptions
  /** The ids of this subtask; the one to use next comes first. */
  #ids: string[]
  /** By id, the last one begun, or committed for the run before. */
  readonly #last: Map<string, Transaction>
  /** Begun with its first records. */
  #current: Transaction | null = null
  /** Partitions that belong to it. */
  readonly #enlisted = new Set<number>()
  /** A checkpoint may have it: it is not ours to abort any more. */
  #kept = false

  /**
   * Ends what an earlier run has left: commits what the checkpoint has, and aborts the rest, for which readers of what is
   * committed would wait. Throws for a timeout that the broker does not allow.
   */
  static async open(transactions: Transactions, options: TwoPhaseOptions, signal: AbortSignal): Promise<TwoPhase> {
    const committed = await commitRestored(transactions, options, signal)
    const begun = await abortLingering(transactions, options, committed, signal)
    return new TwoPhase(transactions, options, committed, begun)
  }

  private constructor(
    transactions: Transactions,
    options: TwoPhaseOptions,
    committed: ReadonlyMap<string, Transaction>,
    begun: ReadonlyMap<string, Transaction>
  ) {
    this.#transactions = transactions
    this.#options = options
    this.#last = new Map([...committed, ...begun])
    const [first, second] = idsOf(options)
    this.#ids = committed.has(first) ? [second, first] : [first, second]
  }

  /** The transaction that takes records now; none before the first `enlist`. */
  get current(): Transaction | null {
    return this.#current
  }

  /** Whether batches may be sent to a partition. */
  has(partition: number): boolean {
    return this.#enlisted.has(partition)
  }

  /** Makes partitions part of the transaction, which it begins where none is under way. */
  async enlist(partitions: readonly number[]): Promise<void> {
    const { topic, timeout } = this.#options
    const id = this.#ids[0]!
    this.#current ??= await this.#transactions.begin(id, timeout, this.#last.get(id))
    this.#last.set(id, this.#current)
    await this.#transactions.enlist(this.#current, topic, partitions)
    for (const partition of partitions) this.#enlisted.add(partition)
  }

  /** What a checkpoint is to keep, when everything is acknowledged. One without records is not worth keeping. */
  state(): TransactionState {
    const { cluster, prefix, subtask } = this.#options
    this.#kept = this.#current !== null
    return { cluster, prefix, subtask, pending: this.#current && { ...this.#current } }
  }

  /** Commits what was written. */
  async commit(): Promise<void> {
    if (!this.#current) return
    const gone = await this.#transactions.commit(this.#current)
    if (gone) throw gone
    this.#current = null
    this.#enlisted.clear()
    this.#ids.reverse()
  }

  /** Takes back what no checkpoint has. Never fails: what stays open is aborted by the next run, or by the broker. */
  async abort(): Promise<void> {
    if (!this.#current || this.#kept) return
    await this.#transactions.abort(this.#current).catch(() => undefined)
  }
}

function idsOf({ prefix, subtask }: { prefix: string; subtask: number }): [string, string] {
  return [`${prefix}-${subtask}-0`, `${prefix}-${subtask}-1`]
}

/** Without beginning anything on their ids, which would abort them. Returns those that are committed, by id. */
async function commitRestored(
  transactions: Transactions,
  { restored, notice, ...run }: TwoPhaseOptions,
  signal: AbortSignal
): Promise<Map<string, Transaction>> {
  const committed = new Map<string, Transaction>()
  for (const { pending, subtask } of restored) {
    if (!pending || !isOurs(subtask, run)) continue
    const gone = await transactions.commit(pending, signal)
    if (!gone) committed.set(pending.transactionalId, pending)
    else {
      notice(
        `${gone.message}: the checkpoint's last transaction has ended. If that was by its timeout, its records are ` +
          'lost; if the checkpoint is a copy of an earlier one, they were committed long ago'
      )
    }
  }
  return committed
}

/**
 * Those of this run's ids and of the ids that the checkpoint names, and of the subtasks that an earlier run had more: the
 * first id that was never used ends that search (as Flink's PROBING strategy does).
 * Returns the transactions begun for that, by id.
 * @param committed have nothing open
 */
async function abortLingering(
  transactions: Transactions,
  options: TwoPhaseOptions,
  committed: ReadonlyMap<string, Transaction>,
  signal: AbortSignal
): Promise<Map<string, Transaction>> {
  const { prefix, parallelism, timeout } = options
  const before = options.restored.filter(({ subtask }) => isOurs(subtask, options))
  const ids = new Set([options, ...before].flatMap(idsOf))
  const begun = new Map<string, Transaction>()
  const begin = async (id: string): Promise<Transaction> => transactions.begin(id, timeout, undefined, signal)
  for (const id of ids) if (!committed.has(id)) begun.set(id, await begin(id))
  for (let subtask = options.subtask + parallelism; ; subtask += parallelism) {
    const [first, second] = idsOf({ prefix, subtask })
    if (ids.has(first)) continue
    if ((await begin(first)).producerEpoch === 0) return begun
    await begin(second)
  }
}

/** Whether a subtask of an earlier run, which may have had more or fewer, is left to this one. */
function isOurs(other: number, { subtask, parallelism }: { subtask: number; parallelism: number }): boolean {
  return other % parallelism === subtask
}
