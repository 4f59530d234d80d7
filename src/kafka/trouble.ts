/**
 * How long something has been failing in a row: what a loop that goes on by itself (a fetcher, a sender) needs to decide
 * when to try again and when to give up. `retry.ts` is the same policy for a single call.
 */
import { FailedError } from '../errors.js'
import { Code } from './error-codes.js'
import type { KafkaError } from './errors.js'
import { backoff } from './retry.js'

/** Milliseconds of trouble in a row after which it is final, as a Java producer's delivery.timeout.ms: all brokers may restart. */
const PATIENCE = 120_000
const UNKNOWN_TOPIC: readonly number[] = [Code.UNKNOWN_TOPIC_OR_PARTITION, Code.UNKNOWN_TOPIC_ID]
/** A topic that is unknown for this long is not a new one that some broker has yet to hear of, but a deleted one. */
const PATIENCE_UNKNOWN_TOPIC = 5_000

/** Trouble that is over within this is not worth a notice: a topic just created, a leader that moved. ms */
const QUIET = 1_000

export class Trouble {
  #since = 0
  #attempt = 0
  #told = false
  /** True when the failure just met is the one worth a notice: the first after a second of trouble. */
  isNews = false

  /** Notes one more failure. Returns the milliseconds to wait before the next try; throws when patience is at its end. */
  met(error: KafkaError): number {
    if (!error.retriable) throw error
    const now = performance.now()
    if (this.#attempt++ === 0) this.#since = now
    const elapsed = now - this.#since
    if (elapsed > (isUnknownTopic(error) ? PATIENCE_UNKNOWN_TOPIC : PATIENCE)) {
      const what = `${error.message} (tried for ${Math.round(elapsed / 1000)} s)`
      throw new FailedError(what, error.advice, { cause: error, place: error.place })
    }
    this.isNews = elapsed > QUIET && !this.#told
    this.#told ||= this.isNews
    return backoff(this.#attempt)
  }

  /** Whether what was met last was a failure. */
  get isOn(): boolean {
    return this.#attempt > 0
  }

  over(): void {
    this.#attempt = 0
    this.#told = false
  }
}

/** Whether a broker has never heard of a topic, or heard that it is no more. */
export function isUnknownTopic({ code }: KafkaError): boolean {
  return UNKNOWN_TOPIC.includes(code)
}
