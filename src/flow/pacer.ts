/** A limit of so many records a second (`--rate`), as a budget that fills with time. */
export class Pacer {
  readonly #perMillisecond: number
  readonly #most: number
  #budget = 0
  #last = performance.now()

  /** @param rate records per second */
  constructor(rate: number) {
    this.#perMillisecond = rate / 1000
    this.#most = Math.max(1, rate / 20)
  }

  /** Whole records that may go now. */
  available(): number {
    const now = performance.now()
    this.#budget = Math.min(this.#most, this.#budget + (now - this.#last) * this.#perMillisecond)
    this.#last = now
    return Math.floor(this.#budget)
  }

  spend(records: number): void {
    this.#budget -= records
  }

  /** Milliseconds until the next record may go. */
  get wait(): number {
    return Math.max(1, Math.ceil((1 - this.#budget) / this.#perMillisecond))
  }
}
