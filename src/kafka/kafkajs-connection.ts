/**
 * kafkajs's connection, with what it lacks: responses framed without copying twice, an end that does not wait, timeouts that
 * do not go by the time of day. kafkajs 2.2.4 is frozen and pinned, so its inside can be relied upon; `wire.ts`,
 * `connection.ts` and this file are the only ones that know it.
 */
import net from 'node:net'
import { getBuiltinModule } from 'node:process'
// Before kafkajs's own files.
import './kafkajs-lazy-sasl.js'
import Connection, { type ConnectionOptions, type Logger, type SocketOptions } from 'kafkajs/src/network/connection.js'
import { Framing, NOT_KAFKA } from './framing.js'
import { RequestQueue } from './request-queue.js'

const FETCH = 1
/** Bytes that are read from a socket at once. */
const READ_BYTES = 256 << 10
/** A fetch response stays as it is until the second fetch after it is called: one is decoded while the next arrives. */
const FETCH_BUFFERS = 2
const KEEP_ALIVE_DELAY = 60_000
/** How long one of several addresses of a host name may take before the next is tried, ms; Node's 250 is short for a WAN. */
const ADDRESS_TIMEOUT = 1000

export class KafkajsConnection extends Connection {
  /** Why the connection ended, once it has. */
  failure: Error | null = null
  /** Whether all that waited for an answer have been told of the end. */
  over = false
  override readonly requestQueue: RequestQueue

  readonly #framing: Framing
  readonly #fetchBuffers: Buffer[] = []
  #fetches = 0

  constructor(options: Omit<ConnectionOptions, 'socketFactory' | 'logger'>) {
    super({ ...options, socketFactory: openSocket, logger: SILENT })
    this.requestQueue = new RequestQueue(options.requestTimeout)
    this.#framing = new Framing(
      (correlationId, size) => this.#place(correlationId, size),
      (correlationId, payload) => this.requestQueue.fulfillRequest({ correlationId, payload, size: payload.length })
    )
  }

  override processData(bytes: Buffer): void {
    // Brokers before 1.0 exchange SASL tokens without a response header.
    if (this.authHandlers) {
      super.processData(Buffer.from(bytes))
      return
    }
    try {
      this.#framing.take(bytes)
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  /** Every end of a connection passes here, since whatever waits for an answer has to be told. */
  override rejectRequests(error: Error): void {
    // What was told hears of it through promises alone, so before anything else happens.
    if (!this.failure) setImmediate(() => (this.over = true))
    this.failure ??= error
    super.rejectRequests(error)
  }

  /** Ends the connection now; whatever waits for an answer fails with `reason`. (`disconnect` would wait for it.) */
  destroy(reason: Error): void {
    this.connectionStatus = 'disconnected'
    this.rejectRequests(reason)
    this.authHandlers?.onError()
    this.requestQueue.destroy()
    // With an error, so that a connect() in progress hears of it.
    this.socket?.destroy(reason)
  }

  /** Writes the pieces of a request; `written` is called when the system has taken them. */
  write(pieces: readonly Buffer[], written?: () => void): void {
    const socket = this.socket!
    socket.cork()
    for (const [index, piece] of pieces.entries())
      socket.write(piece, index === pieces.length - 1 ? written : undefined)
    socket.uncork()
  }

  #place(correlationId: number, size: number): Buffer {
    const entry = this.requestQueue.entryOf(correlationId)
    if (!entry) throw new Error(NOT_KAFKA)
    if (entry.apiKey !== FETCH) return Buffer.allocUnsafe(size)
    const index = this.#fetches++ % FETCH_BUFFERS
    let buffer = this.#fetchBuffers[index]
    if (!buffer || buffer.length < size) this.#fetchBuffers[index] = buffer = Buffer.allocUnsafeSlow(size)
    return buffer.subarray(0, size)
  }
}

/** A socket that reads into one buffer of its own, instead of a new one for every chunk. */
function openSocket({ host, port, ssl, onConnect }: SocketOptions): net.Socket {
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (count: number, buffer: Uint8Array): boolean => {
      socket.emit('data', buffer.subarray(0, count))
      return true
    }
  }
  const options = { host, port, onread, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT }
  // Loaded when it is needed: node:tls takes longer to load than everything in this folder.
  const socket: net.Socket = ssl
    ? getBuiltinModule('node:tls').connect(
        { ...(net.isIP(host) ? {} : { servername: host }), ...ssl, ...options },
        onConnect
      )
    : net.connect(options, onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY)
  return socket
}

/**
 * kafkajs's own logger writes to stdout, and KAFKAJS_LOG_LEVEL in the user's environment would switch it on. What it has
 * to say is in its errors.
 */
const SILENT: Logger = {
  namespace: () => SILENT,
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined
}
