/**
 * Watermarks: how far event time has come. Each partition has its own, since only within one do records come nearly in
 * order; the source's is the least of them. A watermark W says that no record with a timestamp up to W is to come. The
 * rules are Flink's: bounded out-of-orderness, idleness, and their combination (semantics.md §4). Pure: the caller has
 * the clock. Timestamps are milliseconds as numbers, exact while they are safe integers; -Infinity is before all of
 * them, Infinity after.
 */

export interface PartitionWatermark {
  /** Takes the timestamp of a record that was handed on. Hot path: called for every record. */
  observe(timestamp: number): void

  /** The greatest timestamp seen, less the out-of-orderness, less 1. */
  readonly value: number

  /** True where no record came for so long that this partition holds nothing back. The next record ends that. */
  readonly idle: boolean
}

export interface WatermarkOptions {
  /** By how many milliseconds a record may come too late. */
  outOfOrderness: number
  /** Milliseconds without a record after which a partition is idle; Infinity: never. */
  idleAfter: number
}

export class Watermarks {
  readonly #options: WatermarkOptions
  readonly #partitions = new Map<string, Partition>()
  #value = -Infinity

  constructor(options: WatermarkOptions) {
    this.#options = options
  }

  /** The least watermark of the partitions that are not idle, as of the last tick. It never goes back. */
  get value(): number {
    return this.#value
  }

  /** Begins a partition. Until it has had a record, or is idle, the combined value stays where it is. */
  add(key: string): PartitionWatermark {
    let partition = this.#partitions.get(key)
    if (!partition) this.#partitions.set(key, (partition = new Partition(this.#options)))
    return partition
  }

  /** A partition that another reader has now, or that is gone: it holds nothing back. */
  remove(key: string): void {
    this.#partitions.delete(key)
  }

  /** A partition that was read to its end: it holds nothing back, and with the last one event time is over. */
  finish(key: string): void {
    if (this.#partitions.delete(key) && this.#partitions.size === 0) this.#value = Infinity
  }

  /**
   * Looks for idle partitions, then combines. To be called every 200 ms or so: idleness is counted from the first tick
   * that finds nothing new, so it takes up to three ticks more than `idleAfter`.
   * @param now milliseconds of any clock that never goes back
   */
  tick(now: number): void {
    let least = Infinity
    let greatest = -Infinity
    let active = false
    for (const partition of this.#partitions.values()) {
      partition.tick(now)
      const { value } = partition
      if (value > greatest) greatest = value
      if (partition.idle) continue
      active = true
      if (value < least) least = value
    }
    // Where all are idle nothing can be held back, so it is the greatest that counts. Without partitions: -Infinity.
    const combined = active ? least : greatest
    if (combined > this.#value) this.#value = combined
  }
}

class Partition implements PartitionWatermark {
  readonly #delay: number
  readonly #idleAfter: number
  #greatest = -Infinity
  #active = false
  /** Of the first tick that found nothing new; NaN while there is something. */
  #quietSince = NaN
  idle = false

  constructor({ outOfOrderness, idleAfter }: WatermarkOptions) {
    this.#delay = outOfOrderness + 1
    this.#idleAfter = idleAfter
  }

  get value(): number {
    return this.#greatest - this.#delay
  }

  observe(timestamp: number): void {
    if (timestamp > this.#greatest) this.#greatest = timestamp
    this.#active = true
    this.idle = false
  }

  tick(now: number): void {
    if (this.#active) {
      this.#active = false
      this.#quietSince = NaN
    } else if (Number.isNaN(this.#quietSince)) this.#quietSince = now
    else this.idle = now - this.#quietSince > this.#idleAfter
  }
}
