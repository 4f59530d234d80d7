/**
 * Topics as a source: what the fetcher brings, walked by one cursor over all partitions of a response. It knows how far
 * each partition is read by the sink, and gives partitions up in order: first settled, then dropped.
 */
import { FailedError, SluiceError } from '../errors.js'
import type { Pause, Position, ResumableSource, SourceState } from '../flow/endpoint.js'
import { untilAborted } from '../kafka/abort.js'
import type { FetchRange, FetchedPartition, Fetcher } from '../kafka/fetcher.js'
import { type TopicPartition, keyOf } from '../kafka/topic-partition.js'
import { BatchRecords } from '../records/batch-reader.js'
import { locatedAt } from '../records/place.js'
import type { RecordFilter } from '../records/record-filter.js'
import type { Records } from '../records/records.js'

/** How far partitions are read, in the order in which they were added. */
class Positions {
  readonly #positions = new Map<string, Position>()

  add({ topic, partition, from }: FetchRange): void {
    this.#positions.set(keyOf({ topic, partition }), { topic, partition, offset: from })
  }

  get(partition: TopicPartition): Position | undefined {
    return this.#positions.get(keyOf(partition))
  }

  delete(partition: TopicPartition): void {
    this.#positions.delete(keyOf(partition))
  }

  all(): Position[] {
    return [...this.#positions.values()].map((position) => ({ ...position }))
  }
}

/** Looks at the records before they are given. */
export interface Observer {
  add(topic: string, partition: number): void
  remove(topic: string, partition: number): void
  /** What is observed from now on is of this partition. */
  enter(topic: string, partition: number): void
  /**
   * What becomes of this record; after `end` nothing behind it in its partition is given either. A promise, which never
   * rejects: it is to be observed again once that resolves. Throws for a bad one.
   */
  observe(records: Records): 'give' | 'end' | Promise<void>
}

class FetchedRecords extends BatchRecords {
  readonly #positions: Positions
  #partitions: FetchedPartition[] = []
  #at = 0
  /** Of the set at hand. */
  #current: Position | undefined
  /** The record at hand was refused, and is to be read again. */
  #refused = false
  /** Resolves when the record at hand can be given; null: nothing has to be waited for. */
  wait: Promise<void> | null = null

  constructor(positions: Positions, filter: RecordFilter | null = null) {
    super()
    this.#positions = positions
    this.filter = filter
  }

  openAll(partitions: FetchedPartition[]): void {
    this.note()
    this.#current = undefined
    this.#partitions = partitions
    this.#at = 0
  }

  /** The record at hand was not taken. */
  refuse(refused = true): void {
    this.#refused = refused
  }

  /** Brings the positions up to the records given so far. */
  note(): void {
    if (this.#current) this.#current.offset = this.#refused ? this.offset() : this.position
  }

  /** Gives nothing more of a partition, but what is left of the set at hand. */
  forget({ topic, partition }: TopicPartition): void {
    this.#partitions = this.#partitions.filter(
      (fetched, index) => index < this.#at || fetched.topic !== topic || fetched.partition !== partition
    )
  }

  protected override nextSet(): boolean {
    this.note()
    const fetched = this.#partitions[this.#at++]
    this.#current = fetched && this.#positions.get(fetched)
    if (!fetched) return false
    const { topic, partition, bytes, start, end, from, until, aborted } = fetched
    this.open(topic, partition, bytes, start, end, from, until, aborted)
    return true
  }

  /** Ends the partition of the record at hand before that record. */
  protected endPartition(): void {
    const { topic, partition } = this
    if (this.#current) this.#current.offset = this.offset()
    this.#current = undefined
    this.forget({ topic, partition })
    if (!this.nextSet()) this.open(topic, partition, NO_BYTES, 0, 0, 0n, null, null)
  }
}

const NO_BYTES = Buffer.alloc(0)

class ObservedRecords extends FetchedRecords {
  readonly #observer: Observer
  /** As if behind the source: what does not pass is observed, too. */
  readonly #filter: RecordFilter | null
  readonly #onEnd: (partition: TopicPartition) => void

  constructor(
    positions: Positions,
    observer: Observer,
    filter: RecordFilter | null,
    onEnd: (partition: TopicPartition) => void
  ) {
    super(positions)
    this.#observer = observer
    this.#filter = filter
    this.#onEnd = onEnd
  }

  override next(): boolean {
    while (this.#isResumed() || super.next()) {
      // One that is not given does not count.
      this.limit++
      const verdict = this.#observer.observe(this)
      if (verdict === 'give') {
        if (this.#filter && !this.#filter.matches(this, -1)) continue
        this.limit--
        return true
      }
      if (verdict !== 'end') {
        this.wait = verdict
        this.refuse()
        return false
      }
      this.#onEnd({ topic: this.topic, partition: this.partition })
      this.endPartition()
    }
    return false
  }

  /** Whether the record that was waited for is taken up again. */
  #isResumed(): boolean {
    if (!this.wait) return false
    this.wait = null
    this.refuse(false)
    this.limit--
    return true
  }

  /** Every record is looked at. */
  override nextBatch(): null {
    return null
  }

  protected override nextSet(): boolean {
    const isOpen = super.nextSet()
    if (isOpen) this.#observer.enter(this.topic, this.partition)
    return isOpen
  }
}

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
  /** When the sink had taken everything, milliseconds since the epoch. */
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
    return { positions: this.positions(), files: [], elements: 0 }
  }

  interrupt(): void {
    this.#interrupted = true
    this.#fetcher.interrupt()
  }

  get idle(): boolean {
    return this.#fetcher.idle
  }

  async read(signal: AbortSignal): Promise<Records | Pause | null> {
    this.#idleSince ??= Date.now()
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
      const fetched = await this.#fetcher.next(signal, this.#idleSince + this.#idleExit - Date.now())
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
