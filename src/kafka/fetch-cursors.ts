/**
 * Where a fetcher stands in each partition that it still reads, in the order in which partitions are asked for: who got
 * data goes to the back, so that none is starved.
 */
import type { Metadata } from './metadata.js'
import type { FetchArgs, FetchedRecords } from './requests/fetch.js'
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
  /** Of the topic that `position` is an offset in; null: brokers tell none. */
  topicId: string | null
  position: bigint
  /** By `performance.now()`: before it, it is not fetched again. */
  notBefore: number
  /** When its leader told last what there is, by `performance.now()`. */
  answered: number
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

  /** Whether the leaders of all have told what there is since then, by `performance.now()`. */
  wereAnswered(since: number): boolean {
    return this.#cursors.every(({ answered }) => answered >= since)
  }

  /** A range that is empty is read already. */
  add({ topic, partition, from, until }: FetchRange, topicId: string | null): void {
    if (until !== null && from >= until) return
    const fresh = { position: from, notBefore: 0, answered: -Infinity, removed: false, trouble: new Trouble() }
    this.#cursors.push({ topic, partition, topicId, until, ...fresh })
  }

  /** Removes partitions, also from what is under way. Returns what tells the others from them. */
  remove(partitions: readonly TopicPartition[]): (partition: TopicPartition) => boolean {
    const keys = new Set(partitions.map(keyOf))
    const isOther = (partition: TopicPartition): boolean => !keys.has(keyOf(partition))
    for (const cursor of this.#cursors) cursor.removed ||= !isOther(cursor)
    this.#cursors = this.#cursors.filter(isOther)
    return isOther
  }

  /** Those in trouble whose topic is another one of the same name by now, with such a partition. */
  ofOtherTopics(metadata: Metadata): Cursor[] {
    return this.#cursors.filter(({ topic, partition, topicId, trouble }) => {
      const id = metadata.id(topic)
      return trouble.isOn && id !== null && topicId !== null && id !== topicId && metadata.leader(topic, partition)
    })
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
  return [...Map.groupBy(cursors, placeOf).values()].map((some) => ({
    topic: some[0]!.topic,
    topicId: some[0]!.topicId,
    partitions: some.map(({ topic, partition, position }) => {
      return { partition, leaderEpoch: metadata.leader(topic, partition)?.epoch ?? -1, offset: position, maxBytes }
    })
  }))
}

/** Finds the cursor that a part of an answer is for. */
export function finderOf(cursors: readonly Cursor[]): (part: FetchedRecords) => Cursor | undefined {
  const byPlace = new Map(cursors.map((cursor) => [`${cursor.partition} ${placeOf(cursor)}`, cursor]))
  const byName = new Map(cursors.map((cursor) => [keyOf(cursor), cursor]))
  return (part) => (part.topicId === null ? byName.get(keyOf(part)) : byPlace.get(`${part.partition} ${part.topicId}`))
}

/** A topic by what tells it from all others. */
function placeOf({ topic, topicId }: Cursor): string {
  return topicId ?? topic
}
