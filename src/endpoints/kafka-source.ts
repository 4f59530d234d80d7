/**
 * Topics as a source: what the fetcher brings. It knows how far each partition is read by the sink, and gives partitions up
 * in order: first settled, then dropped.
 */
import { FailedError, SluiceError } from '../errors.js'
import type { Pause, Position, ResumableSource, SourceState } from '../flow/endpoint.js'
import { untilAborted } from '../kafka/abort.js'
import type { FetchRange } from '../kafka/fetch-cursors.js'
import type { Fetcher } from '../kafka/fetcher.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import { locatedAt } from '../records/place.js'
import type { RecordFilter } from '../records/record-filter.js'
import type { Records } from '../records/records.js'
import { FetchedRecords, ObservedRecords, type Observer, Positions } from './fetched-records.js'

export interface KafkaSourceOptions {
  /** The most records to give; Infinity: no limit. */
  limit: number
  /** Milliseconds without a record after which it ends; Infinity: never. */
  idleExit: number
  observer: Observer | null
  /** null: all records are given. */
  filter: RecordFilter | null
}

/** Partitions to be given up, and who waits for it. */
interface Surrender {
  partitions: readonly TopicPartition[]
  done: () => void
}

export class KafkaSource implements ResumableSource {
  readonly #fetcher: Fetcher
  readonly #idleExit: number
  readonly #positions = new Positions()
  readonly #records: FetchedRecords
  readonly #observer: Observer | null
  /** When the sink had taken everything, by `performance.now()`. */
  #idleSince: number | null = null
  #ended = false
  #interrupted = false
  /** Not asked for yet, and those that are being settled. */
  #surrenders: Surrender[] = []
  #settling: Surrender[] = []

  constructor(fetcher: Fetcher, { limit, idleExit, observer, filter }: KafkaSourceOptions) {
    this.#fetcher = fetcher
    this.#idleExit = idleExit
    this.#observer = observer
    this.#records = observer
      ? new ObservedRecords(this.#positions, observer, filter, (partition) => fetcher.remove([partition]))
      : new FetchedRecords(this.#positions, filter)
    this.#records.limit = limit
  }

  /** Begins to read these ranges. */
  add(ranges: FetchRange[]): void {
    for (const range of ranges) {
      this.#positions.add(range)
      this.#observer?.add(range.topic, range.partition)
    }
    this.#fetcher.add(ranges)
  }

  /** Gives partitions up: resolves when what was read of them is settled and no more of them will be given. */
  surrender(partitions: readonly TopicPartition[]): Promise<void> {
    return new Promise((done) => {
      this.#surrenders.push({ partitions, done })
      this.#fetcher.interrupt()
    })
  }

  /** Drops partitions at once, settled or not: they belong to someone else, or are no more. */
  drop(partitions: readonly TopicPartition[]): void {
    this.#fetcher.remove(partitions)
    for (const partition of partitions) {
      this.#positions.delete(partition)
      this.#records.forget(partition)
      this.#observer?.remove(partition.topic, partition.partition)
    }
  }

  /** Ends as if the end of every partition had come. */
  end(): void {
    this.#ended = true
    this.#fetcher.interrupt()
  }

  positions(): Position[] {
    this.#records.note()
    return this.#positions.all()
  }

  /** Records between these positions and the ends of the partitions; null: an end is not known yet. */
  get lag(): number | null {
    let lag = 0
    for (const { offset, ...partition } of this.positions()) {
      const end = this.#fetcher.endOf(partition)
      if (end === undefined) return null
      if (end > offset) lag += Number(end - offset)
    }
    return lag
  }

  state(): SourceState {
    return { positions: this.positions(), files: [], elements: 0, endpoint: null }
  }

  interrupt(): void {
    this.#interrupted = true
    this.#fetcher.interrupt()
  }

  get idle(): boolean {
    return this.#fetcher.idle
  }

  async read(signal: AbortSignal): Promise<Records | Pause | null> {
    this.#idleSince ??= performance.now()
    for (;;) {
      for (const { partitions, done } of this.#settling.splice(0)) {
        this.drop(partitions)
        done()
      }
      if (this.#records.limit <= 0 || this.#ended || signal.aborted) return null
      if (this.#surrenders.length > 0) {
        this.#settling = this.#surrenders.splice(0)
        return 'surrender'
      }
      if (this.#interrupted) {
        this.#interrupted = false
        return 'settle'
      }
      if (this.#records.wait) {
        await untilAborted(this.#records.wait, signal).catch(() => undefined)
        if (signal.aborted) continue
        this.#idleSince = null
        return this.#records
      }
      const fetched = await this.#fetcher.next(signal, { since: this.#idleSince, limit: this.#idleExit })
      if (!fetched) return null
      if (fetched.length === 0) continue
      this.#idleSince = null
      this.#records.openAll(fetched)
      return this.#records
    }
  }

  /** Errors about bytes that are no record, or text that cannot be made of one, name topic, partition and offset already. */
  locate(error: unknown, goesOn = false): unknown {
    if (!(error instanceof SluiceError)) return error
    const records = this.#records
    const offset = records.offset()
    const isNamed = error.place.offset !== undefined
    if (!goesOn && (!isNamed || error.place.offset === offset)) records.refuse()
    return error instanceof FailedError ? locatedAt(records, error) : error
  }

  close(): Promise<void> {
    this.#fetcher.close()
    for (const { done } of [...this.#settling, ...this.#surrenders]) done()
    return Promise.resolve()
  }
}
