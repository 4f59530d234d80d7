/**
 * Records as rows of a table. A batch is a transaction of its own; where the checkpoint is kept here too, one transaction
 * has all that was written since the last checkpoint. What the database refuses is found by halves.
 */
import type { EndpointSink, Message, Rejected, Transaction } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import type { StoredCheckpoint } from './checkpoint.js'
import { type Connection, type Dialect, Refused, type Row, type Table } from './database.js'
import { type RowRules, type Run, addRow, lastByKey } from './rows.js'
import { Lost, type Session } from './session.js'

export class SqlSink implements EndpointSink {
  readonly transaction?: Transaction
  readonly #dialect: Dialect
  readonly #session: Session
  readonly #table: Table
  readonly #rules: RowRules
  /** null: what a batch has written is final. */
  readonly #checkpoint: StoredCheckpoint | null
  /** Whether a transaction has rows that no checkpoint has. */
  #isOpen = false

  /** @param fields null: all members of a value · @param checkpoint its name; null: none is kept here */
  constructor(
    dialect: Dialect,
    session: Session,
    table: Table,
    fields: readonly string[] | null,
    checkpoint: StoredCheckpoint | null
  ) {
    this.#dialect = dialect
    this.#session = session
    this.#table = table
    this.#rules = {
      keys: table.keys,
      columns: table.columns,
      fields: fields && [...new Set([...table.keys, ...fields])]
    }
    this.#checkpoint = checkpoint
    if (checkpoint) {
      this.transaction = { restored: () => checkpoint.read(session), commit: (text) => this.#commit(checkpoint, text) }
    }
  }

  async write(messages: readonly Message[]): Promise<readonly Rejected[]> {
    const rejected: Rejected[] = []
    const runs = this.#runsOf(messages, rejected)
    if (runs.length === 0) return rejected
    if (this.#isOpen)
      return [...rejected, ...(await this.#inTransaction((connection) => this.#writeRuns(connection, runs)))]
    const refused = await this.#session.use(async (connection) => {
      await connection.run(connection.begin)
      const refused = await this.#writeRuns(connection, runs)
      if (!this.#checkpoint) await connection.run('COMMIT')
      return refused
    })
    this.#isOpen = this.#checkpoint !== null
    return [...rejected, ...refused]
  }

  /** A transaction that is open ends with its connection. */
  close(): Promise<void> {
    return this.#session.close()
  }

  #runsOf(messages: readonly Message[], rejected: Rejected[]): Run[] {
    const runs: Run[] = []
    messages.forEach((message, index) => {
      try {
        addRow(runs, message, index, this.#rules)
      } catch (error) {
        rejected.push({ index, reason: (error as Error).message })
      }
    })
    return runs
  }

  async #writeRuns(connection: Connection, runs: readonly Run[]): Promise<Rejected[]> {
    const refused: Rejected[] = []
    for (const { fields, rows } of runs) await this.#writeRows(connection, fields, rows, refused)
    return refused
  }

  async #writeRows(
    connection: Connection,
    fields: Run['fields'],
    rows: readonly Row[],
    refused: Rejected[]
  ): Promise<void> {
    const last = lastByKey(rows, this.#table.keys)
    await connection.run('SAVEPOINT sluice')
    try {
      if (fields) await connection.insert(this.#table, fields, last)
      else await connection.remove(this.#table, last)
      await connection.run('RELEASE SAVEPOINT sluice')
    } catch (error) {
      if (!(error instanceof Refused) && !this.#dialect.isRefusal(error)) throw error
      await connection.run('ROLLBACK TO SAVEPOINT sluice')
      if (rows.length === 1) {
        refused.push({ index: rows[0]!.index, reason: (error as Error).message })
        return
      }
      const half = rows.length >> 1
      await this.#writeRows(connection, fields, rows.slice(0, half), refused)
      await this.#writeRows(connection, fields, rows.slice(half), refused)
    }
  }

  async #commit(checkpoint: StoredCheckpoint, text: string): Promise<void> {
    if (!this.#isOpen) {
      await this.#session.use(async (connection) => {
        await connection.run(connection.begin)
        await checkpoint.write(connection, text)
        await connection.run('COMMIT')
      })
    } else {
      await this.#inTransaction(async (connection) => {
        await checkpoint.write(connection, text)
        await this.#finish(connection, checkpoint, text)
      })
    }
    this.#isOpen = false
    checkpoint.text = text
  }

  /** Where the connection is lost meanwhile, the database knows whether it came to its end. */
  async #finish(connection: Connection, checkpoint: StoredCheckpoint, text: string): Promise<void> {
    try {
      await connection.run('COMMIT')
    } catch (error) {
      const isLost = connection.isBroken || this.#dialect.isPassing(error)
      if (!isLost || (await checkpoint.read(this.#session)) !== text) throw error
    }
  }

  async #inTransaction<T>(what: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await this.#session.once(what)
    } catch (error) {
      if (!(error instanceof Lost)) throw error
      const advice = 'run it again: it goes on from the checkpoint'
      throw new FailedError(`${error.message} amid a transaction`, advice, { cause: error })
    }
  }
}
