/**
 * Lag as it goes on: on a terminal a table that is drawn anew, with a curve to each row; elsewhere a table for each look,
 * or rows that begin with the time.
 */
import type { LagRow } from '../jobs/lag-rows.js'
import type { LagColumn, LagPlan } from './lag-plan.js'
import { print } from './output.js'
import { Redraw, canRedraw } from './redraw.js'
import { csvReport, jsonRow, tableReport } from './report.js'
import { sparkline } from './sparkline.js'

/** Samples in a curve. */
const WIDTH = 30

interface Sample {
  /** Milliseconds since the epoch. */
  time: number
  lag: number | null
}

export class LagView {
  readonly #format: LagPlan['format']
  readonly #columns: readonly LagColumn[]
  readonly #redraw = canRedraw() ? new Redraw() : null
  readonly #trends = new Trends()
  #begun = false

  constructor({ format, columns }: Pick<LagPlan, 'format' | 'columns'>) {
    this.#format = format
    this.#columns = columns
  }

  /** @param at milliseconds since the epoch */
  async show(rows: readonly LagRow[], at: number): Promise<void> {
    const time = new Date(at).toISOString()
    const columns = ['time', ...this.#columns] as const
    const timed = rows.map((row) => ({ time, ...row }))
    if (this.#format === 'json') await print(timed.map((row) => `${jsonRow(row, columns)}\n`).join(''))
    else if (this.#format === 'csv') await print(await csvReport(timed, columns, !this.#begun))
    else if (this.#redraw) await this.#redraw.draw(`${time}\n${await this.#withTrends(rows, at)}`)
    else await print(`${this.#begun ? '\n' : ''}${time}\n${await tableReport(rows, this.#columns, false)}`)
    this.#begun = true
  }

  /** A notice is about to be written, maybe to the same terminal. */
  interrupted(): void {
    this.#redraw?.interrupted()
  }

  #withTrends(rows: readonly LagRow[], at: number): Promise<string> {
    const trends = this.#trends.add(rows, at)
    const shown = rows.map((row, index) => ({ ...row, ...trends[index]! }))
    return tableReport(shown, [...this.#columns, 'change/s', 'trend'] as const, false)
  }
}

/** How the lag of each row went on so far. */
export class Trends {
  #samples = new Map<string, Sample[]>()

  /** Takes the next sample of every row; what has no row any more is forgotten. */
  add(rows: readonly Pick<LagRow, 'group' | 'topic' | 'partition' | 'lag'>[], time: number): Trend[] {
    const samples = new Map<string, Sample[]>()
    for (const { group, topic, partition, lag } of rows) {
      const key = `${topic} ${partition} ${group}`
      const now = { time, lag: lag === null ? null : Number(lag) }
      samples.set(key, [...(this.#samples.get(key) ?? []), now].slice(-WIDTH))
    }
    this.#samples = samples
    return [...samples.values()].map(trendOf)
  }
}

export interface Trend {
  /** Of the lag since the look before, in records a second; null: not known. */
  'change/s': number | null
  /** A sparkline. */
  trend: string
}

function trendOf(samples: readonly Sample[]): Trend {
  const [before, now] = [samples.at(-2), samples.at(-1)!]
  const trend = sparkline(samples.map(({ lag }) => lag))
  if (!before || before.lag === null || now.lag === null) return { 'change/s': null, trend }
  return { 'change/s': Math.round(((now.lag - before.lag) * 1000) / (now.time - before.time)), trend }
}
