/**
 * Notices of trouble that is being retried. What many partitions meet at once (their broker is gone, or was just given a
 * thousand of them) is one line.
 */
import type { KafkaError } from './errors.js'

/** Milliseconds within which the same trouble of others is waited for. */
const TOGETHER = 500
/** Partitions that are named; of the others, how many. */
const NAMED = 5

export class TroubleNews {
  readonly #notice: (text: string) => void
  /** Without the partition → whose it is, and which partitions those are. */
  readonly #news = new Map<string, { error: KafkaError; partitions: Set<number> }>()

  constructor(notice: (text: string) => void) {
    this.#notice = notice
  }

  /** Tells of it, soon. */
  tell(error: KafkaError): void {
    const { partition } = error.place
    const key = error.message.replace(` partition ${partition}`, '')
    if (this.#news.size === 0) setTimeout(() => this.#tellAll(), TOGETHER).unref()
    const news = this.#news.get(key) ?? { error, partitions: new Set() }
    if (partition !== undefined) news.partitions.add(partition)
    this.#news.set(key, news)
  }

  #tellAll(): void {
    for (const { error, partitions } of this.#news.values()) {
      const all = [...partitions].sort((a, b) => a - b)
      const names = `${all.slice(0, NAMED).join(', ')}${all.length > NAMED ? ` and ${all.length - NAMED} more` : ''}`
      const { message, place } = error
      const together = all.length > 1 ? message.replace(`partition ${place.partition}`, `partitions ${names}`) : message
      this.#notice(`${together}: trying again`)
    }
    this.#news.clear()
  }
}
