/**
 * Answers of lookups, kept for records that ask the same again: so many, for so long. The one that was not asked for
 * longest goes first.
 */

export interface CacheLimits {
  /** Answers. */
  size: number
  /** Milliseconds for which an answer is good; Infinity: while the run goes on. */
  age: number
}

interface Kept {
  answer: Buffer
  until: number
}

export class AnswerCache {
  readonly #limits: CacheLimits
  readonly #now: () => number
  /** The one that was asked for last stands last. */
  readonly #kept = new Map<string, Kept>()

  /** @param now milliseconds of a clock that never goes back */
  constructor(limits: CacheLimits, now = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  get(question: string): Buffer | undefined {
    const kept = this.#kept.get(question)
    if (!kept) return undefined
    this.#kept.delete(question)
    if (kept.until <= this.#now()) return undefined
    this.#kept.set(question, kept)
    return kept.answer
  }

  set(question: string, answer: Buffer): void {
    // A copy: what it is cut from may be much larger.
    const kept = Buffer.alloc(answer.length)
    answer.copy(kept)
    this.#kept.delete(question)
    this.#kept.set(question, { answer: kept, until: this.#now() + this.#limits.age })
    if (this.#kept.size > this.#limits.size) this.#kept.delete(this.#kept.keys().next().value!)
  }
}
