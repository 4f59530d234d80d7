/**
 * Event time of what a source reads: a watermark for each partition, fed by every record, and with an end, the moment at
 * which a partition has come that far. A partition ends before the first record that takes its own watermark there, so
 * what was read until one time and what is read from there until a later one are complete slices that do not overlap.
 */
import { type PartitionWatermark, Watermarks } from '../flow/watermark.js'
import { keyOf } from '../kafka/topic-partition.js'
import type { Records } from '../records/records.js'
import type { Observer } from './fetched-records.js'

export interface EventClockOptions {
  /** Milliseconds by which a record may come too late. */
  outOfOrderness: number
  /** Milliseconds without a record after which a partition holds nothing back; Infinity: never. */
  idleAfter: number
  /** The watermark to reach, milliseconds since the epoch; Infinity: none. */
  until: number
  /** Event time of the record at the cursor. May throw, for a record that has none. */
  timeOf: (records: Records) => number
}

export class EventClock implements Observer {
  readonly #options: EventClockOptions
  readonly #watermarks: Watermarks
  readonly #partitions = new Map<string, PartitionWatermark>()
  #entered: PartitionWatermark | undefined
  #finished = 0

  constructor(options: EventClockOptions) {
    this.#options = options
    this.#watermarks = new Watermarks(options)
  }

  /** The least watermark of the partitions that are not idle, as of the last tick. */
  get value(): number {
    return this.#watermarks.value
  }

  /** True once the watermark is reached in every partition that is not idle. */
  get done(): boolean {
    const restIsIdle = this.#finished > 0 && [...this.#partitions.values()].every(({ idle }) => idle)
    return restIsIdle || this.value >= this.#options.until
  }

  add(topic: string, partition: number): void {
    const key = keyOf({ topic, partition })
    this.#partitions.set(key, this.#watermarks.add(key))
  }

  remove(topic: string, partition: number): void {
    const key = keyOf({ topic, partition })
    this.#watermarks.remove(key)
    this.#partitions.delete(key)
  }

  enter(topic: string, partition: number): void {
    this.#entered = this.#partitions.get(keyOf({ topic, partition }))
  }

  observe(records: Records): 'give' | 'end' {
    const { timeOf, outOfOrderness, until } = this.#options
    const time = timeOf(records)
    if (time - outOfOrderness - 1 >= until) {
      this.#finish(keyOf(records))
      return 'end'
    }
    this.#entered?.observe(time)
    return 'give'
  }

  /** To be called every 200 ms or so. @param now milliseconds of any clock that never goes back */
  tick(now: number): void {
    this.#watermarks.tick(now)
  }

  #finish(key: string): void {
    this.#watermarks.finish(key)
    this.#partitions.delete(key)
    this.#finished++
  }
}
