/**
 * Where a fetcher stands in each partition that it still reads, in the order in which partitions are asked for: who got
 * data goes to the back, so that none is starved.
 */
import type { Metadata } from './metadata.js'
import type { FetchArgs } from './requests/fetch.js'
import { type TopicPartition, keyOf } from './topic-partition.js'
import { Trouble } from './trouble.js'

export interface FetchRange {
  topic: string
  partition: number
  /** First offset to read. */
  from: bigint
  /** Reading ends when the position reaches this offset; null: never. */
  until: bigint | null
}

export interface Cursor {
  readonly topic: string
  readonly partition: number
  readonly until: bigint | null
  position: bigint
  /** Milliseconds since the epoch before which it is not fetched again. */
  notBefore: number
  /** What is still on its way is not wanted any more. */
  removed: boolean
  readonly trouble: Trouble
}

export class Cursors {
  #cursors: Cursor[] = []

  get size(): number {
    return this.#cursors.length
  }

  [Symbol.iterator](): Iterator<Cursor> {
    return this.#cursors[Symbol.iterator]()
  }

  topics(): string[] {
    return [...new Set(this.#cursors.map((cursor) => cursor.topic))]
  }

  /** A range that is empty is read already. */
  add({ topic, partition, from, until }: FetchRange): void {
    if (until !== null && from >= until) return
    const fresh = { position: from, notBefore: 0, removed: false, trouble: new Trouble() }
    this.#cursors.push({ topic, partition, until, ...fresh })
  }

  /** Removes partitions, also from what is under way. Returns what tells the others from them. */
  remove(partitions: readonly TopicPartition[]): (partition: TopicPartition) => boolean {
    const keys = new Set(partitions.map(keyOf))
    const isOther = (partition: TopicPartition): boolean => !keys.has(keyOf(partition))
    for (const cursor of this.#cursors) cursor.removed ||= !isOther(cursor)
    this.#cursors = this.#cursors.filter(isOther)
    return isOther
  }

  /** Takes out a cursor that is at its end. */
  drop(cursor: Cursor): void {
    this.#cursors = this.#cursors.filter((other) => other !== cursor)
  }

  moveToBack(cursor: Cursor): void {
    this.drop(cursor)
    this.#cursors.push(cursor)
  }
}

/** What a fetch asks for: each partition from its position on, at most `maxBytes` of it. */
export function whereCursorsStand(
  cursors: readonly Cursor[],
  metadata: Metadata,
  maxBytes: number
): FetchArgs['topics'] {
  return [...Map.groupBy(cursors, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    partitions: some.map(({ partition, position }) => {
      return { partition, leaderEpoch: metadata.leader(topic, partition)?.epoch ?? -1, offset: position, maxBytes }
    })
  }))
}
