/**
 * A format with `N> ` in front of every record, as Flink's print sink has it: who of several subtasks wrote it
 * (semantics.md section 8).
 */
import type { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import type { Formatter } from './format.js'
import { writeLiteral } from './literal.js'

export class PrefixedFormatter implements Formatter {
  readonly #inner: Formatter
  readonly #prefix: Buffer

  /** @param subtask from 0; shown from 1 */
  constructor(inner: Formatter, subtask: number) {
    this.#inner = inner
    this.#prefix = Buffer.from(`${subtask + 1}> `)
  }

  begin(out: ByteWriter): void {
    this.#inner.begin(out)
  }

  write(records: Records, out: ByteWriter): void {
    writeLiteral(this.#prefix, out)
    this.#inner.write(records, out)
  }
}
