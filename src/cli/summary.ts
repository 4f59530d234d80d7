/**
 * What a run says of itself: the line of progress while it is under way, one line at its end under --verbose, and with
 * --json one object on stderr. Pure, but for the last function.
 */
import { counted } from '../counted.js'
import type { Totals } from '../jobs/totals.js'
import { interval, whole } from './human.js'
import { say } from './output.js'
import { openProgress } from './progress.js'

/** The rate is that of the last second or more: an average since the start would hide that nothing moves any more, ms. */
const WINDOW = 1000

/** The text of the line of progress. Times are in milliseconds. */
export function progressText(verb: string, start: number): (totals: Totals, now: number) => string {
  let [since, before, rates] = [start, { records: 0, bytes: 0 }, { records: 0, bytes: 0 }]
  return (totals, now) => {
    const { records, bytes, skipped, deadLetters, lost, lag, checkpointAge } = totals
    const passed = now - since
    if (passed >= WINDOW || (since === start && passed > 0)) {
      rates = {
        records: ((records - before.records) * 1000) / passed,
        bytes: ((bytes - before.bytes) * 1000) / passed
      }
    }
    if (passed >= WINDOW) [since, before] = [now, { records, bytes }]
    const parts = [
      `${verb}: ${whole(records)} records, ${megabytes(bytes)} MB in ${interval(now - start)}`,
      `${whole(rates.records)}/s`,
      `${megabytes(rates.bytes)} MB/s`
    ]
    if (lag !== null) parts.push(`lag ${whole(lag)}`)
    if (checkpointAge !== null) parts.push(`checkpoint ${interval(checkpointAge)} ago`)
    if (skipped + deadLetters + lost > 0) parts.push(`${whole(skipped + deadLetters + lost)} bad`)
    return parts.join(', ')
  }
}

/** The line at the end. */
export function summaryText(totals: Totals, seconds: number): string {
  const { records, bytes, skipped, deadLetters, lost, checkpoints } = totals
  const perSecond = seconds > 0 ? 1 / seconds : 0
  const rates = `${short(records * perSecond)} records/s, ${megabytes(bytes * perSecond)} MB/s`
  const parts = [
    `${counted(records, 'record')}, ${megabytes(bytes)} MB in ${seconds.toFixed(1)} s (${rates})`,
    counted(checkpoints, 'checkpoint'),
    `${skipped} skipped`
  ]
  if (deadLetters > 0) parts.push(counted(deadLetters, 'dead letter'))
  if (lost > 0) parts.push(`${lost} lost`)
  return parts.join(', ')
}

/** The same as JSON, on one line. */
export function summaryJson(totals: Totals, seconds: number): string {
  const { records, bytes, skipped, unanswered, deadLetters, lost, checkpoints, commits, lag } = totals
  return JSON.stringify({
    ...{ records, bytes, seconds: Math.round(seconds * 1000) / 1000, skipped, unanswered, deadLetters, lost },
    ...{ checkpoints, commitsSucceeded: commits?.succeeded ?? 0, commitsFailed: commits?.failed ?? 0, lag }
  })
}

export interface SummaryOptions {
  /** What is going on, as in `produce`. */
  verb: string
  /** Whether there is a line of progress; undefined: where stderr is a terminal. */
  progress: boolean | undefined
  json: boolean
  verbose: (line: string) => void
}

/** Runs a job with a line of progress, and says at its end what it did. */
export async function summarized(
  { verb, progress: wanted, json, verbose }: SummaryOptions,
  job: (progress: (totals: Totals) => void) => Promise<Totals>
): Promise<void> {
  const start = performance.now()
  const progress = await openProgress(verb, wanted)
  const describe = progressText(verb, start)
  try {
    const totals = await job((now) => progress.show(describe(now, performance.now())))
    progress.stop()
    const seconds = (performance.now() - start) / 1000
    verbose(summaryText(totals, seconds))
    if (json) say(summaryJson(totals, seconds))
  } finally {
    progress.stop()
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

/** `1234567` → `1.2 M`, `960000` → `960 k`. */
function short(number: number): string {
  if (number >= 1e6) return `${(number / 1e6).toFixed(1)} M`
  return number >= 1e4 ? `${Math.round(number / 1e3)} k` : String(Math.round(number))
}
