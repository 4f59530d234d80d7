/**
 * Rows of a query as records. With a column that grows they are read in pages, each a query of its own, so no cursor holds
 * the database up and any row can be gone on from; without one they are read once, through a cursor.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Batch, EndpointSource, Json } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import type { Connection, ReadRow, Reader, Select } from './database.js'
import { Lost, type Session } from './session.js'

/** Of a page: bytes to aim at, rows of the first one, and the most. */
const PAGE_BYTES = 1_000_000
const FIRST_ROWS = 100
const MOST_ROWS = 1000

export class SqlSource implements EndpointSource {
  readonly #session: Session
  readonly #select: Select
  readonly #poll: number | null
  #limit = FIRST_ROWS
  #after: Json
  #reader: { of: Connection; reader: Reader } | null = null

  /** @param after a position; null: at the first row · @param poll milliseconds; null: the last row is the end */
  constructor(session: Session, select: Select, after: Json, poll: number | null) {
    this.#session = session
    this.#select = select
    this.#after = after
    this.#poll = poll
  }

  /** Says at once what is wrong with the query. */
  async prepare(): Promise<void> {
    await this.#session.once((connection) => this.#readerOf(connection))
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    if (this.#select.column === null) return this.#readOn()
    for (;;) {
      const batch = await this.#page()
      if (batch) return batch
      if (this.#poll === null) return null
      await delay(this.#poll, undefined, { signal })
    }
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  /** The next rows of the cursor, which ends with its connection. */
  async #readOn(): Promise<Batch | null> {
    try {
      const rows = await this.#session.once((connection) => this.#rows(connection))
      if (rows.length === 0) return null
      this.#adapt(rows)
      return { messages: rows }
    } catch (error) {
      if (!(error instanceof Lost)) throw error
      const advice = 'run it again from the start, or give column to go on from'
      throw new FailedError(`${error.message} amid the rows`, advice, { cause: error })
    }
  }

  /** Whole groups of rows with the same value in the column; null: there are no more. */
  async #page(): Promise<Batch | null> {
    for (;;) {
      const rows = await this.#session.use((connection) => this.#rows(connection))
      if (rows.length === 0) return null
      const idle = rows.length < this.#limit
      // More rows of the last group may follow.
      const end = idle ? rows.length : rows.findLastIndex(({ at }) => at !== rows.at(-1)!.at) + 1
      if (end > 0) return this.#batch(rows.slice(0, end), idle)
      this.#limit *= 2
    }
  }

  #batch(rows: ReadRow[], idle: boolean): Batch {
    this.#adapt(rows)
    const before = this.#after
    this.#after = rows.at(-1)!.at
    const messages = inOrder(rows)
    return { messages, position: this.#after, idle, behind: (count) => behind(messages, count, before) }
  }

  async #rows(connection: Connection): Promise<ReadRow[]> {
    return (await this.#readerOf(connection)).rows(this.#after, this.#limit)
  }

  async #readerOf(connection: Connection): Promise<Reader> {
    if (this.#reader?.of !== connection) {
      // What a cursor has given would come again.
      if (this.#reader && this.#select.column === null) throw new FailedError('the connection was lost amid the rows')
      this.#reader = { of: connection, reader: await connection.reader(this.#select) }
    }
    return this.#reader.reader
  }

  #adapt(rows: readonly ReadRow[]): void {
    const bytes = rows.reduce((sum, { value }) => sum + value.length, 0)
    this.#limit = Math.max(2, Math.min(MOST_ROWS, Math.floor(PAGE_BYTES / (bytes / rows.length))))
  }
}

/** Rows with the same value in the column come in any order: by their bytes, they come again in the same one. */
function inOrder(rows: ReadRow[]): ReadRow[] {
  for (let from = 0, to = 1; from < rows.length; from = to++) {
    while (rows[to]?.at === rows[from]!.at) to++
    if (to - from < 2) continue
    const sorted = rows.slice(from, to).sort((one, other) => one.value.compare(other.value))
    rows.splice(from, to - from, ...sorted)
  }
  return rows
}

/** Rows with the same value in the column lie behind the position before them until all are taken. */
function behind(rows: readonly ReadRow[], count: number, before: Json): { position: Json; taken: number } {
  let whole = count
  while (whole > 0 && rows[whole]?.at === rows[whole - 1]!.at) whole--
  return { position: whole === 0 ? before : rows[whole - 1]!.at, taken: count - whole }
}
