/**
 * What a pipe has done, in numbers: of one subtask or, summed, of all. Told while it is under way and at the end, and said
 * with an error. All of it is counted anyway, by the chunk or the batch: asking costs nothing per record.
 */
import { counted } from '../counted.js'
import { FailedError } from '../errors.js'
import type { OnError } from './bad-records.js'

export interface Totals {
  /** Written: acknowledged by a broker, where there is one. */
  records: number
  /** Of text, or of record batches as they are sent. */
  bytes: number
  /** Whether a broker acknowledges what is written. */
  acknowledged: boolean
  /** Records given up, though the run went on. */
  lost: number
  /** Bad records left out. */
  skipped: number
  /** Records about which nobody could say anything, though the run went on. */
  unanswered: number
  /** Bad records written elsewhere. */
  deadLetters: number
  checkpoints: number
  /** Milliseconds since the last one; null: there was none yet. */
  checkpointAge: number | null
  /** Commits of offsets; null where there are none. */
  commits: Commits | null
  /** Records to the ends of the partitions read; null: they are not known, or no topic is read. */
  lag: number | null
}

export interface Commits {
  succeeded: number
  failed: number
}

export function noTotals(): Totals {
  return {
    ...{ records: 0, bytes: 0, acknowledged: false, lost: 0, skipped: 0, unanswered: 0, deadLetters: 0 },
    ...{ checkpoints: 0, checkpointAge: null, commits: null, lag: null }
  }
}

/** Of the subtasks of a pipe, of which there is at least one. A checkpoint is that of all of them. */
export function sum(all: readonly Totals[]): Totals {
  return all.reduce((a, b) => ({
    records: a.records + b.records,
    bytes: a.bytes + b.bytes,
    acknowledged: a.acknowledged || b.acknowledged,
    lost: a.lost + b.lost,
    skipped: a.skipped + b.skipped,
    unanswered: a.unanswered + b.unanswered,
    deadLetters: a.deadLetters + b.deadLetters,
    checkpoints: Math.max(a.checkpoints, b.checkpoints),
    checkpointAge: orNull(a.checkpointAge, b.checkpointAge, Math.max),
    commits: a.commits && b.commits ? bothOf(a.commits, b.commits) : (a.commits ?? b.commits),
    lag: orNull(a.lag, b.lag, (one, other) => one + other)
  }))
}

function orNull(a: number | null, b: number | null, join: (a: number, b: number) => number): number | null {
  return a === null || b === null ? null : join(a, b)
}

function bothOf(a: Commits, b: Commits): Commits {
  return { succeeded: a.succeeded + b.succeeded, failed: a.failed + b.failed }
}

export interface Tell {
  onError: OnError
  notice: (text: string) => void
  verbose: (text: string) => void
}

/** Says what the user should know of, also without a summary. */
export function tellTotals(totals: Totals, { onError, notice, verbose }: Tell): void {
  const { skipped, unanswered, deadLetters, commits } = totals
  if (skipped > 0) notice(`${counted(skipped, 'record')} skipped`)
  if (unanswered > 0) notice(`${counted(unanswered, 'record')} without an answer`)
  if (deadLetters > 0 && typeof onError === 'object') notice(`${counted(deadLetters, 'record')} to ${onError.name}`)
  if (!commits) return
  const say = commits.failed > 0 ? notice : verbose
  say(`commitsSucceeded ${commits.succeeded}, commitsFailed ${commits.failed}`)
}

/** A run that failed says what it had sent by then. */
export function afterSending({ records, acknowledged }: Totals, error: unknown): unknown {
  if (!acknowledged || !(error instanceof FailedError)) return error
  const sent = records === 0 ? 'nothing was sent before it' : `${counted(records, 'record')} sent before it`
  return new FailedError(error.message, error.advice ? `${error.advice}; ${sent}` : sent, {
    cause: error,
    place: error.place
  })
}
