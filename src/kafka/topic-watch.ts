/**
 * Keeps what is known of a topic that is written up to date: its leaders when there is trouble, and every few minutes its
 * partitions, as Java clients do (metadata.max.age.ms). A topic that was created anew is written on, and said.
 */
import type { Metadata } from './metadata.js'

export class TopicWatch {
  readonly #metadata: Metadata
  readonly #topic: string
  readonly #notice: (text: string) => void
  readonly #onRefreshed: () => void
  readonly #timer: NodeJS.Timeout
  #id: string | null
  #refreshing = false
  #closed = false

  /** @param age milliseconds between two looks where nothing else asks for one */
  constructor(metadata: Metadata, topic: string, age: number, notice: (text: string) => void, onRefreshed: () => void) {
    this.#metadata = metadata
    this.#topic = topic
    this.#notice = notice
    this.#onRefreshed = onRefreshed
    this.#id = metadata.id(topic)
    this.#timer = setInterval(() => void this.refresh(), age).unref()
  }

  /** Looks, and tells of it; at once where a look is under way. Never fails: who has trouble knows how long to bear it. */
  async refresh(): Promise<void> {
    if (this.#refreshing) return
    this.#refreshing = true
    await this.#metadata.refresh([this.#topic]).catch(() => undefined)
    this.#refreshing = false
    if (this.#closed) return
    this.#compare()
    this.#onRefreshed()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
  }

  #compare(): void {
    const id = this.#metadata.id(this.#topic)
    if (id === this.#id) return
    this.#id = id
    this.#notice(`topic "${this.#topic}" was deleted and created anew: going on in the new one`)
  }
}
