/**
 * What a fetch brings as records: one cursor over all partitions of a response, which keeps how far each partition is read
 * by the sink. Where somebody looks at the records first, they may be held back, end their partition, or have to wait.
 */
import type { Position } from '../flow/endpoint.js'
import type { FetchRange } from '../kafka/fetch-cursors.js'
import type { FetchedPartition } from '../kafka/fetched-partition.js'
import { type TopicPartition, keyOf } from '../kafka/topic-partition.js'
import { BatchRecords } from '../records/batch-reader.js'
import type { RecordFilter } from '../records/record-filter.js'
import type { Records } from '../records/records.js'

/** How far partitions are read, in the order in which they were added. */
export class Positions {
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

export class FetchedRecords extends BatchRecords {
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

export class ObservedRecords extends FetchedRecords {
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
