/**
 * A sink of text: records go through a format into one of two buffers; while one is being written out, the other is
 * filled.
 */
import type { Sink, SinkState } from '../flow/endpoint.js'
import type { Formatter } from '../formats/format.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import type { Output } from './output.js'

/** A buffer this full is written out. */
const FULL = 1 << 20

export class TextSink implements Sink {
  readonly failed: Promise<void>
  /** Taken so far. */
  records = 0
  bytes = 0
  readonly #output: Output
  readonly #formatter: Formatter
  readonly #full: number
  #filling = new ByteWriter(FULL + (1 << 16))
  #spare = new ByteWriter(FULL + (1 << 16))
  /** The write under way; null when none is. Never rejects: what went wrong is kept in #error. */
  #writing: Promise<void> | null = null
  #pushAgain = false
  #error: unknown = null
  #fail!: () => void

  /** @param full a buffer of so many bytes is written out */
  constructor(output: Output, formatter: Formatter, full = FULL) {
    this.#full = full
    this.#output = output
    this.#formatter = formatter
    this.failed = new Promise((resolve) => (this.#fail = resolve))
    // What goes on behind what is there already has its beginning.
    if (!output.state?.length) formatter.begin(this.#filling)
    if (output.begin) {
      output.begin(Buffer.from(this.#filling.view()))
      this.#filling.clear()
    }
  }

  write(records: Records): boolean {
    const out = this.#filling
    const formatter = this.#formatter
    const full = this.#full
    const start = out.length
    let mark = start
    let count = 0
    try {
      while (mark < full) {
        if (!records.next()) return true
        formatter.write(records, out)
        mark = out.length
        count++
      }
      return false
    } finally {
      // Nothing of a record that cannot be formatted goes out.
      out.length = mark
      this.records += count
      this.bytes += mark - start
    }
  }

  async drain(): Promise<void> {
    while (this.#writing) await this.#writing
    if (this.#error !== null) throw this.#error as Error
    this.#start()
  }

  push(): void {
    if (this.#writing) this.#pushAgain = true
    else if (!this.#output.blocks) this.#start()
  }

  async flush(): Promise<void> {
    do await this.drain()
    while (this.#writing)
    await this.#output.sync()
  }

  state(): SinkState {
    return { output: this.#output.state, transaction: null }
  }

  /** What is written is final. */
  commit(): Promise<void> {
    return Promise.resolve()
  }

  async close(): Promise<void> {
    while (this.#writing) await this.#writing
    await this.#output.close()
  }

  #start(): void {
    if (this.#filling.length === 0 || this.#error !== null) return
    const full = this.#filling
    this.#filling = this.#spare
    this.#spare = full
    this.#pushAgain = false
    this.#writing = this.#output.write(full.view()).then(
      () => {
        full.clear()
        this.#writing = null
        if (this.#pushAgain) this.push()
      },
      (error: unknown) => {
        this.#error = error
        this.#writing = null
        this.#fail()
      }
    )
  }
}
