/**
 * What a pipe has done, in numbers: of one subtask or, summed, of all. Said at the end, and with an error.
 */
import { counted } from '../counted.js'
import { FailedError } from '../errors.js'

export interface Totals {
  /** Records that a broker acknowledged; null where nobody does. */
  acknowledged: number | null
  /** Records given up, though the run went on. */
  lost: number
  /** Records that could not be decoded. */
  skipped: number
  /** Records about which nobody could say anything, though the run went on. */
  unanswered: number
  /** Commits of offsets; null where there are none. */
  commits: Commits | null
}

export interface Commits {
  succeeded: number
  failed: number
}

export function noTotals(): Totals {
  return { acknowledged: null, lost: 0, skipped: 0, unanswered: 0, commits: null }
}

export function sum(all: readonly Totals[]): Totals {
  return all.reduce(
    (a, b) => ({
      acknowledged: a.acknowledged === null ? b.acknowledged : a.acknowledged + (b.acknowledged ?? 0),
      lost: a.lost + b.lost,
      skipped: a.skipped + b.skipped,
      unanswered: a.unanswered + b.unanswered,
      commits: a.commits && b.commits ? bothOf(a.commits, b.commits) : (a.commits ?? b.commits)
    }),
    noTotals()
  )
}

function bothOf(a: Commits, b: Commits): Commits {
  return { succeeded: a.succeeded + b.succeeded, failed: a.failed + b.failed }
}

export interface Tell {
  notice: (text: string) => void
  verbose: (text: string) => void
}

export function tellTotals(totals: Totals, { notice, verbose }: Tell): void {
  const { acknowledged, lost, skipped, unanswered, commits } = totals
  if (skipped > 0) notice(`${counted(skipped, 'record')} skipped`)
  if (unanswered > 0) notice(`${counted(unanswered, 'record')} without an answer`)
  if (acknowledged !== null) verbose(`${counted(acknowledged, 'record')} written${lost > 0 ? `, ${lost} lost` : ''}`)
  if (!commits) return
  const say = commits.failed > 0 ? notice : verbose
  say(`commitsSucceeded ${commits.succeeded}, commitsFailed ${commits.failed}`)
}

/** A run that failed says what it had sent by then. */
export function afterSending({ acknowledged }: Totals, error: unknown): unknown {
  if (acknowledged === null || !(error instanceof FailedError)) return error
  const sent = acknowledged === 0 ? 'nothing was sent before it' : `${counted(acknowledged, 'record')} sent before it`
  return new FailedError(error.message, error.advice ? `${error.advice}; ${sent}` : sent, {
    cause: error,
    place: error.place
  })
}
