/**
 * Which partitions a run reads, and how that changes while it goes on.
 */
import type { KafkaSource } from '../endpoints/kafka-source.js'
import type { Membership } from '../kafka/commit-offsets.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import type { StartOffsets } from './start-offsets.js'

export interface Assignment {
  /** Begins to read, of the partitions that there are at the start. Resolves when every start offset is resolved. */
  start(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<void>
  /** Partitions appeared; `topics` are all that are read now. */
  found(partitions: readonly TopicPartition[], topics: readonly string[]): Promise<void>
  /** As whom offsets are committed; undefined: from outside the group; null: not at the moment. */
  membership(): Membership | null | undefined
  close(): Promise<void>
}

/** All that were selected, from the start to the end. */
export class FixedAssignment implements Assignment {
  readonly #source: KafkaSource
  readonly #starts: StartOffsets

  constructor(source: KafkaSource, starts: StartOffsets) {
    this.#source = source
    this.#starts = starts
  }

  async start(partitions: readonly TopicPartition[]): Promise<void> {
    this.#source.add(await this.#starts.first(partitions))
  }

  async found(partitions: readonly TopicPartition[]): Promise<void> {
    this.#source.add(await this.#starts.found(partitions))
  }

  membership(): undefined {}

  close(): Promise<void> {
    return Promise.resolve()
  }
}
