/**
 * A connection to Redis: commands are sent together and answered in order, and sent again when it broke. Names, keys and
 * values are bytes.
 */
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type * as Redis from '@redis/client'
import { CONNECT_TIMEOUT } from '../connect-timeout.js'
import type { Context } from '../../endpoint-module.js'
import { importPackage } from '../client-package.js'
import { pauseAfter } from '../patience.js'
import type { RedisAddress } from './address.js'

export type Command = (string | Buffer)[]
/** As the protocol has it: words of Redis's own are strings, all that is stored in it is bytes. */
export type Reply = string | number | Buffer | null | Reply[]

type Library = typeof Redis
type Client = ReturnType<typeof createClient>

/** A peer that is gone without a word is asked, and given up. ms */
const PING_INTERVAL = 10_000
const SILENCE = 30_000
const LOADING_PAUSE = 50

export class RedisClient {
  /** Rejects when there will be no connection any more. */
  readonly ended: Promise<never>
  readonly #client: Client
  readonly #library: Library
  readonly #signal: AbortSignal
  #isOpen = false
  /** Why the connection was lost last. */
  #why: Error | null = null

  /** @throws Error when there is no connection, which is not tried twice */
  static async connect(
    address: RedisAddress,
    { notice, signal }: Pick<Context, 'notice' | 'signal'>
  ): Promise<RedisClient> {
    const opened = new RedisClient(await importPackage<Library>('@redis/client'), address, notice, signal)
    try {
      await opened.#client.connect()
      await opened.#answer()
    } catch (error) {
      opened.close()
      throw opened.#explained(opened.#why ?? (error as Error))
    }
    opened.#isOpen = true
    return opened
  }

  private constructor(library: Library, address: RedisAddress, notice: Context['notice'], signal: AbortSignal) {
    const strategy = (retries: number, cause: Error): number | false =>
      this.#isOpen && !this.#isRefusal(cause) && pauseAfter(retries + 1)
    this.#library = library
    this.#signal = signal
    this.#client = createClient(library, address, strategy)
    let isAway = false
    this.#client.on('error', (error: Error) => {
      this.#why = error
      if (this.#isOpen && !isAway) notice(`is away: ${reasonOf(error)}: trying again`)
      isAway = true
    })
    this.#client.on('ready', () => {
      if (isAway) notice('goes on')
      isAway = false
    })
    this.ended = new Promise((_, reject) => {
      this.#client.on('terminated', (error: Error) => reject(this.#explained(error)))
    })
    this.ended.catch(() => undefined)
  }

  /** With TLS 1.3, a server that wants a certificate says so after the client counts itself as connected. */
  async #answer(): Promise<void> {
    try {
      await this.#client.sendCommand(['PING'])
    } catch (error) {
      const isAnswer = error instanceof this.#library.ErrorReply
      if (!isAnswer || error.message.startsWith('NOAUTH')) throw error
    }
  }

  /**
   * The replies, in order, whenever there is a connection: what was sent as one broke is sent again.
   * @throws Error what Redis has against a command
   */
  async call(commands: readonly Command[]): Promise<Reply[]> {
    const replies = await this.once(commands)
    while (replies.length < commands.length) {
      await this.back()
      replies.push(...(await this.once(commands.slice(replies.length))))
    }
    return replies
  }

  /** The same, but for what was sent as the connection broke, and behind that: of these there are no replies. */
  async once(commands: readonly Command[]): Promise<Reply[]> {
    const replies: Reply[] = []
    const sent = commands.map((command) => this.#client.sendCommand<Reply>(command))
    for (const result of await Promise.allSettled(sent)) {
      if (result.status === 'fulfilled') replies.push(result.value)
      else if (this.#isRefusal(result.reason as Error)) throw this.#explained(result.reason as Error)
      else break
    }
    return replies
  }

  /** Resolves when there is a connection. Rejects when there will be none, or the run is to end. */
  async back(): Promise<void> {
    // It may be there, and still be loading what it has.
    await delay(LOADING_PAUSE)
    while (!this.#client.isReady) {
      if (this.#signal.aborted) throw new Error('is away, and the run is to end')
      await Promise.race([this.ended, this.#news()])
    }
  }

  /** Messages of channels, or of all whose names match patterns; also when it is connected anew. */
  async subscribe(
    names: string[],
    arePatterns: boolean,
    listener: (message: Buffer, channel: Buffer) => void
  ): Promise<void> {
    if (arePatterns) await this.#client.pSubscribe(names, listener, true)
    else await this.#client.subscribe(names, listener, true)
  }

  close(): void {
    this.#client.destroy()
  }

  /** That there is a connection, or that the run is to end. */
  #news(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#client.off('ready', done)
        this.#signal.removeEventListener('abort', done)
        resolve()
      }
      this.#client.on('ready', done)
      this.#signal.addEventListener('abort', done)
    })
  }

  /** Whether Redis has said so itself; not, while it is starting. */
  #isRefusal(error: Error): boolean {
    return error instanceof this.#library.ErrorReply && !error.message.startsWith('LOADING')
  }

  #explained(error: Error): Error {
    return new Error(this.#isRefusal(error) ? refusal(error.message) : `cannot be reached: ${reasonOf(error)}`, {
      cause: error
    })
  }
}

/** The type of what comes back has parameters that cannot be written down. */
function createClient(
  library: Library,
  { host, port, tls, username, password, database }: RedisAddress,
  reconnectStrategy: (retries: number, cause: Error) => number | false
) {
  const socket = { host, port, connectTimeout: CONNECT_TIMEOUT, socketTimeout: SILENCE, reconnectStrategy }
  return library.createClient({
    // An address is no name that a server could have several certificates for.
    socket: tls ? { ...socket, ...tls, tls: true, ...(isIP(host) === 0 && { servername: host }) } : socket,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    RESP: 2,
    pingInterval: PING_INTERVAL,
    // Commands are sent again here, where it is known which must not be, and in which order.
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandOptions: { typeMapping: { [library.RESP_TYPES.BLOB_STRING]: Buffer } }
  })
}

function refusal(message: string): string {
  if (/^WRONGPASS|invalid password/.test(message)) return 'refuses the login: check user and password'
  if (message.startsWith('NOAUTH')) return 'wants a password: set REDISCLI_AUTH'
  return `refused: ${message}`
}

function reasonOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message
}
