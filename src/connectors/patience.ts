/** Waits between two tries, longer each time, and tells the user about it once, when it lasts. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from '../endpoint-module.js'

/** Milliseconds. The longest is what a peer that is back may have to wait for. */
const SHORTEST = 50
const LONGEST = 2000
/** What a peer asks for is told at once when it is more. */
const LONG = 5000
/** The most that a timer takes. */
const LONGEST_TIMER = 2 ** 31 - 1
/** So many tries in a row may fail before the user is told. */
const SILENT = 3

/** Milliseconds until the next try, after so many in a row that failed. */
export function pauseAfter(failures: number): number {
  const wait = Math.min(LONGEST, SHORTEST * 2 ** (failures - 1))
  // Not all at once, where there are several.
  return wait * (0.75 + Math.random() / 2)
}

export class Patience {
  readonly #notice: (text: string) => void
  /** Ends the waiting. */
  signal: AbortSignal
  #failures = 0
  #isTold = false

  constructor(context: Pick<Context, 'notice' | 'signal'>) {
    this.#notice = (text) => context.notice(text)
    this.signal = context.signal
  }

  /**
   * Resolves when it is time to try again. Rejects with an AbortError.
   * @param why as the user is told
   * @param atLeast milliseconds that the peer asks for
   */
  async failed(why: string, atLeast = 0): Promise<void> {
    const isLong = atLeast > LONG
    this.#failures++
    if (!this.#isTold && (this.#failures === SILENT || isLong)) {
      this.#isTold = true
      this.#notice(`${why}: trying again${isLong ? ` in ${Math.round(atLeast / 1000)} s` : ''}`)
    }
    const wait = Math.min(Math.max(pauseAfter(this.#failures), atLeast), LONGEST_TIMER)
    await delay(wait, undefined, { signal: this.signal })
  }

  succeeded(): void {
    if (this.#isTold) this.#notice('goes on')
    this.#failures = 0
    this.#isTold = false
  }
}
