/** Events to an agent's Avro source. A batch that it does not take, or not answer, is sent again. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { EndpointSink, Message, Rejected } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { CONNECT_TIMEOUT } from '../connect-timeout.js'
import type { Patience } from '../patience.js'
import { AvroWriter } from './avro.js'
import { type Compression, Connection } from './connection.js'
import { writeEvent } from './event.js'
import type { Status } from './handshake.js'
import { Caller } from './rpc.js'

/** Milliseconds until an agent that does not answer counts as away: Flume's own `request-timeout`. */
const ANSWER_TIMEOUT = 20_000

export interface SendingOptions {
  host: string
  port: number
  keyHeader: string
  batchSize: number
  compression: Compression
}

interface Line {
  connection: Connection
  caller: Caller
}

export class FlumeSink implements EndpointSink {
  readonly batch: { messages: number }
  readonly #options: SendingOptions
  readonly #patience: Patience
  #line: Line | null = null
  #serial = 0

  /** Resolves when an agent has answered. @throws FailedError */
  static async open(options: SendingOptions, patience: Patience): Promise<FlumeSink> {
    const sink = new FlumeSink(options, patience)
    try {
      await sink.#send(encoded([]), CONNECT_TIMEOUT)
    } catch (error) {
      patience.signal.throwIfAborted()
      const { host, port } = options
      const advice = 'check that an Avro source of Flume listens there, with the same compression-type'
      throw new FailedError(`no agent at ${host}:${port}: ${codeOf(error as Error)}`, advice, { cause: error })
    }
    return sink
  }

  private constructor(options: SendingOptions, patience: Patience) {
    this.batch = { messages: options.batchSize }
    this.#options = options
    this.#patience = patience
  }

  async write(messages: readonly Message[]): Promise<Rejected[]> {
    const { keyHeader } = this.#options
    const rejected: Rejected[] = []
    const events: Buffer[] = []
    for (const [index, message] of messages.entries()) {
      const writer = new AvroWriter()
      try {
        writeEvent(writer, message, keyHeader)
        events.push(writer.view)
      } catch (error) {
        rejected.push({ index, reason: (error as Error).message })
      }
    }
    if (events.length > 0) await this.#deliver(encoded(events))
    return rejected
  }

  async close(): Promise<void> {
    await this.#line?.connection.end()
  }

  async #deliver(events: Buffer): Promise<void> {
    for (;;) {
      const answer = await this.#send(events, ANSWER_TIMEOUT).catch((error: Error) => error)
      if (answer === 'OK') return this.#patience.succeeded()
      await this.#patience.failed(
        answer instanceof Error
          ? `is away: ${codeOf(answer)}`
          : `takes no batch of ${this.#options.batchSize} (${answer}): its channel is full, or its transactionCapacity below batch-size`
      )
    }
  }

  /** One call. @throws Error where it has no answer; the connection is none any more then */
  async #send(events: Buffer, timeout: number): Promise<Status> {
    const { connection, caller } = (this.#line ??= await this.#connect())
    const late = (): void => connection.lose(new Error(`no answer within ${timeout / 1000} s`))
    const timer = setTimeout(late, timeout)
    try {
      connection.send({ serial: ++this.#serial, payload: caller.appendBatch(events) })
      const { payload } = await connection.next()
      return caller.answer(payload)
    } catch (error) {
      connection.lose(error as Error)
      this.#line = null
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async #connect(): Promise<Line> {
    const { host, port, compression } = this.#options
    const limit = AbortSignal.timeout(CONNECT_TIMEOUT)
    const socket = connect({ host, port, noDelay: true, keepAlive: true })
    try {
      await once(socket, 'connect', { signal: AbortSignal.any([this.#patience.signal, limit]) })
    } catch (error) {
      socket.destroy()
      throw limit.aborted ? new Error(`no answer within ${CONNECT_TIMEOUT / 1000} s`) : error
    }
    return { connection: new Connection(socket, compression), caller: new Caller() }
  }
}

/** An array of them. */
function encoded(events: readonly Buffer[]): Buffer {
  const writer = new AvroWriter()
  if (events.length > 0) writer.long(events.length)
  for (const event of events) writer.fixed(event)
  writer.long(0)
  return writer.view
}

/** Of several addresses, the error has no message of its own. */
function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message
}
