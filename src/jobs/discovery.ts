/**
 * Looks for partitions and topics that appear while a run goes on (semantics.md section 2). What is new is what was not
 * seen before, whatever its number.
 */
import { KafkaError } from '../kafka/errors.js'
import type { Metadata } from '../kafka/metadata.js'
import { type TopicPartition, keyOf } from '../kafka/topic-partition.js'
import { type KeySelection, partitionsOf, selectTopics } from './selection.js'

export interface DiscoveryOptions {
  selection: KeySelection
  /** Milliseconds between two looks. */
  interval: number
  /** Called with what is there now and was not before. */
  onFound: (partitions: TopicPartition[], topics: readonly string[]) => Promise<void>
  /** What ends the run. */
  onFailed: (error: unknown) => void
  notice: (text: string) => void
}

export class Discovery {
  readonly #metadata: Metadata
  readonly #options: DiscoveryOptions
  readonly #seen: Set<string>
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(metadata: Metadata, known: readonly TopicPartition[], options: DiscoveryOptions) {
    this.#metadata = metadata
    this.#options = options
    this.#seen = new Set(known.map(keyOf))
    this.#schedule()
  }

  /** A topic that is no more is new when it comes back. */
  forget(topic: string): void {
    for (const key of this.#seen) if (key.endsWith(` ${topic}`)) this.#seen.delete(key)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    const look = (): void => {
      this.#look().then(
        () => this.#schedule(),
        (error: unknown) => this.#options.onFailed(error)
      )
    }
    if (!this.#stopped) this.#timer = setTimeout(look, this.#options.interval)
  }

  async #look(): Promise<void> {
    const { selection, onFound, notice } = this.#options
    try {
      const topics = await selectTopics(this.#metadata, selection, true)
      const found = partitionsOf(this.#metadata, topics, selection).filter(
        (partition) => !this.#seen.has(keyOf(partition))
      )
      if (this.#stopped || found.length === 0) return
      await onFound(found, topics)
      for (const partition of found) this.#seen.add(keyOf(partition))
    } catch (error) {
      if (this.#stopped) return
      if (!(error instanceof KafkaError) || !error.retriable) throw error
      notice(`${error.message}: looking for new partitions again later`)
    }
  }
}
