/**
 * The one policy for trying again: exponential backoff with jitter from 100 ms to 2 s, until a deadline. What is worth
 * another try is a fact on the error (`retriable`); kafkajs's own retries are off.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaError } from './errors.js'

const FIRST_DELAY = 100
const LONGEST_DELAY = 2000

export interface RetryOptions {
  /** Milliseconds from now after which the last error is final. */
  deadline: number
  signal?: AbortSignal | undefined
  /** Called before the wait for the next attempt: the place to refresh metadata. What it throws is final. */
  onRetry?: ((error: KafkaError, attempt: number) => void | Promise<void>) | undefined
}

/**
 * Runs `work` until it succeeds. Throws its error when that is not retriable or the deadline has passed (then said, for
 * how long it was tried), and the signal's reason once that is aborted.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { deadline, signal, onRetry } = options
  const start = performance.now()
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await work(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof KafkaError) || !error.retriable) throw error
      const delay = backoff(attempt)
      const elapsed = performance.now() - start
      if (elapsed + delay > deadline) throw attempt === 1 ? error : triedInVain(error, elapsed)
      await onRetry?.(error, attempt)
      await sleep(delay, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}

/** Milliseconds to wait after the given attempt (1-based): doubled each time, ±20 % so that clients do not act in step. */
export function backoff(attempt: number): number {
  const delay = Math.min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
  return delay * (0.8 + 0.4 * Math.random())
}

function triedInVain(error: KafkaError, elapsed: number): KafkaError {
  const seconds = (elapsed / 1000).toFixed(1)
  const { code, codeName: name, retriable, staleMetadata, place } = error
  const what = `${error.message}, tried for ${seconds} s`
  return new KafkaError({ code, name, retriable, staleMetadata, meaning: what }, what, error.advice, {
    cause: error,
    place
  })
}
