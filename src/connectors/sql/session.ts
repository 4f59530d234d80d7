/**
 * A connection that comes back: where it is lost, what was under way is tried again on another one, until the run is to
 * end. The user is told once that the database is away, and once that it is there again.
 */
import type { Context } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { Patience } from '../patience.js'
import type { Connection, Dialect } from './database.js'
import type { ConnectionOptions } from './options.js'

export class Session {
  readonly #dialect: Dialect
  readonly #context: Context
  readonly #patience: Patience
  #connection: Connection | null = null

  /** Resolves when there is a connection; rejects at the first failure. */
  static async open(dialect: Dialect, context: Context): Promise<Session> {
    const session = new Session(dialect, context)
    try {
      await session.#connected()
    } catch (error) {
      if (!dialect.isPassing(error)) throw error
      const advice = 'check host and port, and that it runs there'
      throw new FailedError(`cannot be reached: ${reasonOf(error)}`, advice, { cause: error })
    }
    return session
  }

  private constructor(dialect: Dialect, context: Context) {
    this.#dialect = dialect
    this.#context = context
    this.#patience = new Patience(context)
  }

  /** Does something that may be done again as a whole. */
  async use<T>(what: (connection: Connection) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const done = await this.once(what)
        this.#patience.succeeded()
        return done
      } catch (error) {
        if (!(error instanceof Lost)) throw error
        await this.#patience.failed(error.message)
      }
    }
  }

  /** Does something that is lost with the connection. @throws Lost */
  async once<T>(what: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await what(await this.#connected())
    } catch (error) {
      const connection = this.#connection
      if (!connection?.isBroken && !this.#dialect.isPassing(error)) throw error
      this.#connection = null
      await closed(connection)
      throw new Lost(reasonOf(error), { cause: error })
    }
  }

  async close(): Promise<void> {
    await closed(this.#connection)
  }

  async #connected(): Promise<Connection> {
    const { address, options } = this.#context
    return (this.#connection ??= await this.#dialect.connect({
      address,
      options: options as unknown as ConnectionOptions
    }))
  }
}

/** Of one that is broken, what it says to that is of no use. */
async function closed(connection: Connection | null): Promise<void> {
  try {
    await connection?.close()
  } catch {
    // It is closed all the same.
  }
}

/** Of a name with several addresses, Node tries all, and its error has no message but theirs. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || String(code)
}

/** The connection is; its cause says why. */
export class Lost extends Error {}
