/**
 * Records from the command line: `--elements a b c`, `--sequence 1:1000`. Values without keys, in order, then the end.
 */
import type { Pause, ResumableSource, SourceState } from '../flow/endpoint.js'
import { Records } from '../records/records.js'

/** Values of one chunk: enough to be quick, few enough for an endless sequence to stop soon. */
const CHUNK = 10_000

class ValueRecords extends Records {
  readonly #values: Iterator<string>
  ended = false
  room = 0
  given: number

  constructor(values: Iterable<string>, given: number) {
    super()
    this.given = given
    this.#values = values[Symbol.iterator]()
  }

  next(): boolean {
    if (this.room === 0) return false
    const result = this.#values.next()
    if (result.done) {
      this.ended = true
      return false
    }
    this.room--
    this.given++
    this.keyStart = this.keyEnd = -1
    this.headersStart = this.headersEnd = this.headerCount = 0
    this.valueBytes = Buffer.from(result.value)
    this.valueStart = 0
    this.valueEnd = this.valueBytes.length
    return true
  }
}

export class MemorySource implements ResumableSource {
  readonly idle = false
  readonly #records: ValueRecords
  #interrupted = false

  /** @param given records that an earlier run had given before these */
  constructor(values: Iterable<string>, given = 0) {
    this.#records = new ValueRecords(values, given)
  }

  read(signal: AbortSignal): Promise<Records | Pause | null> {
    if (this.#interrupted && !signal.aborted) {
      this.#interrupted = false
      return Promise.resolve('settle')
    }
    if (signal.aborted || this.#records.ended) return Promise.resolve(null)
    this.#records.room = CHUNK
    // Lets signals and answers of the broker in between two chunks.
    return new Promise((resolve) => setImmediate(resolve, this.#records))
  }

  state(): SourceState {
    return { positions: [], files: [], elements: this.#records.given, endpoint: null }
  }

  interrupt(): void {
    this.#interrupted = true
  }

  locate(error: unknown, goesOn = false): unknown {
    if (!goesOn) this.#records.given--
    return error
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** The whole numbers from `first` to `last`, as text, counting down where last is smaller; without so many of them. */
export function* sequence(first: bigint, last: bigint, without = 0): Generator<string> {
  const step = last >= first ? 1n : -1n
  const end = last + step
  const start = first + step * BigInt(without)
  for (let value = start; (end - value) * step > 0n; value += step) yield value.toString()
}
