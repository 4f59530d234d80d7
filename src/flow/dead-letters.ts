/**
 * Bad records that go to a sink of their own. They are written out before anything is settled, so a record that counts as
 * done is either in the sink or in the dead letters; and when they cannot be written, the run ends.
 */
import { FailedError } from '../errors.js'
import type { Records } from '../records/records.js'
import { DeadLetter } from './dead-letter.js'
import type { Sink, SinkState } from './endpoint.js'
import type { BadRecords } from './run.js'

export class DeadLetters implements BadRecords {
  readonly goesOn = true
  count = 0
  readonly sink: Sink
  /** Not taken by the sink yet. */
  readonly #waiting: DeadLetter[] = []
  #error: unknown = null

  constructor(sink: Sink) {
    this.sink = sink
  }

  /** Throws where the dead letter itself cannot be written. */
  take(error: Error, records: Records): void {
    this.#waiting.push(new DeadLetter(records, error))
    this.count++
    this.#offer()
  }

  /** True: nothing more should be read before `drain()`. */
  get full(): boolean {
    return this.#waiting.length > 0
  }

  async drain(): Promise<void> {
    if (this.#error !== null) throw this.#error as Error
    while (this.full) {
      await this.sink.drain()
      this.#offer()
    }
  }

  async flush(): Promise<void> {
    await this.drain()
    await this.sink.flush()
  }

  #offer(): void {
    try {
      while (this.full && this.sink.write(this.#waiting[0]!)) this.#waiting.shift()
    } catch (error) {
      const why = error instanceof FailedError ? error.message : String(error)
      this.#error = new FailedError(`a dead letter cannot be written: ${why}`, undefined, { cause: error })
      throw this.#error as Error
    }
  }
}

/** A sink together with the dead letters of its run: nothing of either is done before both are. */
export class SinkWithDeadLetters implements Sink {
  readonly isSlow: boolean
  readonly failed: Promise<void>
  readonly #sink: Sink
  readonly #letters: DeadLetters

  constructor(sink: Sink, letters: DeadLetters) {
    this.isSlow = sink.isSlow ?? false
    this.failed = Promise.race([sink.failed, letters.sink.failed])
    this.#sink = sink
    this.#letters = letters
  }

  write(records: Records): boolean {
    return !this.#letters.full && this.#sink.write(records)
  }

  async drain(): Promise<void> {
    await this.#letters.drain()
    await this.#sink.drain()
  }

  push(): void {
    this.#sink.push()
    this.#letters.sink.push()
  }

  /** The sink's own first: it may still find a record bad. */
  async flush(): Promise<void> {
    try {
      await this.#sink.flush()
    } finally {
      await this.#letters.flush()
    }
  }

  state(): SinkState {
    return this.#sink.state()
  }

  commit(): Promise<void> {
    return this.#sink.commit()
  }

  async close(): Promise<void> {
    await this.#sink.close()
    await this.#letters.sink.close()
  }
}
