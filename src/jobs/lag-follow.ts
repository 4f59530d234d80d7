/**
 * Looking at lag over and over: at a steady interval for those who watch, and as often as it takes until it is gone.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ConditionError } from '../errors.js'
import { KafkaError } from '../kafka/errors.js'
import type { LagReader } from './lag-reader.js'
import { type LagReport, type LagRow, objection, remarksOn } from './lag-rows.js'
import { tellNews } from './news.js'

export interface FollowOptions {
  /** Milliseconds from one look to the next. */
  interval: number
  /** Milliseconds after which it ends by itself; null: never. */
  timeout: number | null
  observe: (report: LagReport) => Promise<void> | void
  notice: (text: string) => void
}

/**
 * Ends with the signal or the timeout. A cluster that cannot be asked is told once and asked again, but the first look
 * must succeed.
 */
export async function followLag(
  reader: Pick<LagReader, 'read'>,
  { interval, timeout, observe, notice }: FollowOptions,
  signal: AbortSignal
): Promise<void> {
  const end = timeout === null ? Infinity : performance.now() + timeout
  const tell = tellNews(notice)
  for (let next = performance.now(), first = true; !signal.aborted; first = false) {
    try {
      const report = await reader.read(signal)
      tell(remarksOn(report))
      await observe(report)
    } catch (error) {
      if (signal.aborted) return
      if (first || !(error instanceof KafkaError) || !error.retriable) throw error
      tell([`${error.message}: trying again`])
    }
    const now = performance.now()
    // What took longer than the interval leaves looks out.
    next += Math.max(1, Math.ceil((now - next) / interval)) * interval
    if (next > end) return
    await sleep(next - now, undefined, { signal }).catch(() => undefined)
  }
}

const SHORTEST_PAUSE = 200
const LONGEST_PAUSE = 1_000

export interface LookOptions {
  /** The largest lag that is well; null: any. */
  max: bigint | null
  /** Milliseconds to wait until all is well; null: one look. */
  timeout: number | null
  /** What is compared with `max`. */
  rowsOf: (report: LagReport) => readonly LagRow[]
}

/** Looks until nothing speaks against "no lag is over `max`", or the time is over: `objection` then says what does. */
export async function lookAtLag(
  reader: Pick<LagReader, 'read'>,
  { max, timeout, rowsOf }: LookOptions,
  signal: AbortSignal
): Promise<{ report: LagReport; objection: Error | null }> {
  const start = performance.now()
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
    const report = await reader.read(signal)
    const against = max === null ? null : objection(rowsOf(report), report.unknown, max)
    if (against === null || timeout === null) return { report, objection: against }
    const left = timeout - (performance.now() - start)
    if (left <= 0) {
      const what = `${against.message}, after ${Math.round(timeout / 100) / 10} s`
      return { report, objection: new ConditionError(what) }
    }
    await sleep(Math.min(pause, left), undefined, { signal })
  }
}
