/**
 * Records from the command line: `--elements a b c`, `--sequence 1:1000`. Values without keys, in order, then the end.
 */
import type { Source } from '../flow/endpoint.js'
import { Records } from '../records/records.js'

/** Values of one chunk: enough to be quick, few enough for an endless sequence to stop soon. */
const CHUNK = 10_000

class ValueRecords extends Records {
  readonly #values: Iterator<string>
  ended = false
  room = 0

  constructor(values: Iterable<string>) {
    super()
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
    this.keyStart = this.keyEnd = -1
    this.headersStart = this.headersEnd = this.headerCount = 0
    this.valueBytes = Buffer.from(result.value)
    this.valueStart = 0
    this.valueEnd = this.valueBytes.length
    return true
  }
}

export class MemorySource implements Source {
  readonly idle = false
  readonly #records: ValueRecords

  constructor(values: Iterable<string>) {
    this.#records = new ValueRecords(values)
  }

  read(signal: AbortSignal): Promise<Records | null> {
    if (signal.aborted || this.#records.ended) return Promise.resolve(null)
    this.#records.room = CHUNK
    // Lets signals and answers of the broker in between two chunks.
    return new Promise((resolve) => setImmediate(resolve, this.#records))
  }

  locate(error: unknown): unknown {
    return error
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** The whole numbers from `first` to `last`, as text, counting down where last is smaller. */
export function* sequence(first: bigint, last: bigint): Generator<string> {
  const step = last >= first ? 1n : -1n
  for (let value = first; ; value += step) {
    yield value.toString()
    if (value === last) return
  }
}
