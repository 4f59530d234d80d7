/**
 * Lag over time by group and topic, as the pages show it. Bounded: when it is full, neighbouring samples are merged, so
 * that what is recent stays fine and what is long ago gets coarse. A merged sample has the higher lag: peaks stay.
 */
import type { LagReport } from './lag-rows.js'
import { sumByTopic } from './lag-rows.js'

/** Samples kept; a screen has about as many points. */
const LIMIT = 1_000

/** As pages/lag.html reads it. */
export interface HistoryData {
  /** Milliseconds since the epoch. */
  times: number[]
  series: Series[]
  /** Milliseconds until the next sample may be there. */
  interval: number
}

export interface Series {
  group: string | null
  topic: string
  /** One for each of the times; null: not known. */
  lag: (number | null)[]
  /** Of the last sample. */
  seconds: number | null
}

export class LagHistory {
  readonly #interval: number
  readonly #limit: number
  readonly #times: number[] = []
  readonly #series = new Map<string, Series>()

  constructor(interval: number, limit = LIMIT) {
    this.#interval = interval
    this.#limit = limit
  }

  add(report: LagReport): void {
    if (this.#times.length >= this.#limit) this.#merge()
    const count = this.#times.push(report.time)
    for (const { group, topic, lag, seconds } of sumByTopic(report.partitions)) {
      const key = `${topic} ${group}`
      let series = this.#series.get(key)
      if (!series) this.#series.set(key, (series = { group, topic, lag: [], seconds }))
      // It may have come up just now.
      while (series.lag.length < count - 1) series.lag.push(null)
      series.lag.push(lag === null ? null : Number(lag))
      series.seconds = seconds
    }
    for (const series of this.#series.values()) {
      if (series.lag.length === count) continue
      series.lag.push(null)
      series.seconds = null
    }
  }

  get data(): HistoryData {
    return { times: this.#times, series: [...this.#series.values()], interval: this.#interval }
  }

  #merge(): void {
    const halved = <T>(all: T[], merge: (a: T, b: T) => T): void => {
      const pairs = Math.floor(all.length / 2)
      for (let i = 0; i < pairs; i++) all[i] = merge(all[2 * i]!, all[2 * i + 1]!)
      if (all.length % 2 === 1) all[pairs] = all.at(-1)!
      all.length = Math.ceil(all.length / 2)
    }
    halved(this.#times, (_, later) => later)
    for (const { lag } of this.#series.values()) {
      halved(lag, (a, b) => (a === null || (b !== null && b > a) ? b : a))
    }
  }
}
