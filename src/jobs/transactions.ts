/**
 * Transactions of a run, opened: under which ids, and whether what a checkpoint has of them belongs here.
 */
import { randomUUID } from 'node:crypto'
import { TwoPhase, type TwoPhaseOptions } from '../endpoints/two-phase.js'
import { FailedError } from '../errors.js'
import { Transactions } from '../kafka/transactions.js'
import type { Wire } from '../kafka/wire.js'
import type { TransactionOptions } from './writing.js'

export type OpenOptions = Omit<TwoPhaseOptions, 'prefix'> & Pick<TransactionOptions, 'id'>

/** Throws where the checkpoint has a transaction of another cluster. */
export async function openTwoPhase(wire: Wire, options: OpenOptions, signal: AbortSignal): Promise<TwoPhase> {
  const { id, cluster, restored, notice } = options
  const foreign = restored.find((entry) => entry.cluster !== null && cluster !== null && entry.cluster !== cluster)
  if (foreign) {
    const what = `the checkpoint has a transaction in cluster ${foreign.cluster}, and this is ${cluster}`
    throw new FailedError(what, 'write to the same cluster as before, or give another --checkpoint')
  }
  const prefix = id ?? restored[0]?.prefix ?? `sluice-${randomUUID()}`
  return TwoPhase.open(new Transactions(wire, notice), { ...options, prefix }, signal)
}
