/**
 * A checkpoint in a table of the database that the rows are in, so that one transaction has both. Only who has read the
 * last text writes the next one: of two runs with the same name, one ends.
 */
import { FailedError } from '../../errors.js'
import type { Connection } from './database.js'
import type { Session } from './session.js'

const TABLE = 'sluice_checkpoint'

export class StoredCheckpoint {
  /** The last one that is final; null: there was none. */
  text: string | null = null
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  async prepare(connection: Connection): Promise<void> {
    const columns = `name VARCHAR(512) NOT NULL PRIMARY KEY, checkpoint ${connection.longText} NOT NULL`
    // Who may write to it may not be who may create it.
    try {
      await connection.run(`SELECT name FROM ${TABLE} LIMIT 1`)
    } catch {
      await connection.run(`CREATE TABLE IF NOT EXISTS ${TABLE} (${columns})`)
    }
  }

  /** What is final: a COMMIT may still be under way whose run died, or whose connection broke, and is waited for. */
  async read(session: Session): Promise<string | null> {
    this.text = await session.use(async (connection) => {
      await connection.run(`UPDATE ${TABLE} SET checkpoint = checkpoint WHERE name = ?`, [this.#name])
      return this.#stored(connection)
    })
    return this.text
  }

  /** In the transaction that is open. */
  async write(connection: Connection, text: string): Promise<void> {
    const stored = await this.#stored(connection)
    if (stored === text) return
    const what = `another run has written the checkpoint ${this.#name} in ${TABLE}`
    if (stored !== this.text) throw new FailedError(what, 'let one of them run')
    if (stored === null) {
      await connection.run(`INSERT INTO ${TABLE} (name, checkpoint) VALUES (?, ?)`, [this.#name, text])
    } else {
      const update = `UPDATE ${TABLE} SET checkpoint = ? WHERE name = ? AND checkpoint = ?`
      const { changed } = await connection.run(update, [text, this.#name, stored])
      if (changed === 0) throw new FailedError(what, 'let one of them run')
    }
  }

  async #stored(connection: Connection): Promise<string | null> {
    const { rows } = await connection.run(`SELECT checkpoint FROM ${TABLE} WHERE name = ?`, [this.#name])
    return rows.length === 0 ? null : String(rows[0]![0])
  }
}
