/**
 * Events that agents' Avro sinks send. An agent is answered when its events are written out: until then it keeps them, and
 * sends them again where no answer comes. It makes no other call before that, so one of each agent is all that is in memory.
 */
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import type { Batch, EndpointSource, Message, SourceContext } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { BrokenOff, type Compression, Connection } from './connection.js'
import { readEvent } from './event.js'
import { Callee, succeed } from './rpc.js'

/** Records that are enough for a batch of several agents' calls. */
const ENOUGH = 1000

export interface ListeningOptions {
  host: string
  port: number
  keyHeader: string
  compression: Compression
}

type Tell = Pick<SourceContext, 'notice' | 'verbose'>

/** A call that waits for its answer. */
interface Pending {
  messages: Partial<Message>[]
  answer: () => void
}

export class FlumeSource implements EndpointSource {
  /** Nobody sends more before it is answered: what a batch has is written out at once. */
  readonly window = 1
  readonly #options: ListeningOptions
  readonly #tell: Tell
  readonly #server: Server
  readonly #agents = new Set<Connection>()
  /** Of whom the user was told. */
  readonly #told = new Set<string>()
  /** Not given yet. */
  readonly #waiting = new Set<Pending>()
  /** Given and not answered, in their order, and how many were answered before. */
  readonly #given: Pending[] = []
  #answered = 0
  #wake: () => void = () => undefined

  /** Resolves when agents can connect. @throws FailedError */
  static async open(options: ListeningOptions, tell: Tell): Promise<FlumeSource> {
    const source = new FlumeSource(options, tell)
    const { host, port } = options
    const server = source.#server.listen({ host, port })
    await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
      const what = error.code === 'EADDRINUSE' ? 'somebody listens there already' : error.code
      throw new FailedError(`cannot listen at ${host}:${port}: ${what}`, 'choose another address', { cause: error })
    })
    // Of a connection that could not be accepted: there may be others.
    server.on('error', (error) => tell.notice(error.message))
    const listening = `listening on port ${(server.address() as AddressInfo).port}`
    if (port === 0) tell.notice(listening)
    else tell.verbose(listening)
    return source
  }

  private constructor(options: ListeningOptions, tell: Tell) {
    this.#options = options
    this.#tell = tell
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#meet(socket))
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    while (this.#waiting.size === 0 && !signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve))
    signal.removeEventListener('abort', wake)
    if (signal.aborted) return null
    const messages: Partial<Message>[] = []
    for (const pending of this.#waiting) {
      if (messages.length >= ENOUGH) break
      this.#waiting.delete(pending)
      this.#given.push(pending)
      for (const message of pending.messages) messages.push(message)
    }
    return { messages, position: this.#answered + this.#given.length }
  }

  acknowledge(position: unknown): Promise<void> {
    const answered = this.#given.splice(0, (position as number) - this.#answered)
    this.#answered += answered.length
    for (const { answer } of answered) answer()
    return Promise.resolve()
  }

  /** Agents that were not answered send again, to a later run. */
  async close(): Promise<void> {
    const closed = once(this.#server.close(), 'close')
    await Promise.all([...this.#agents].map((agent) => agent.end()))
    await closed
  }

  #meet(socket: Socket): void {
    const { remoteAddress: host = 'an agent' } = socket
    const agent = new Connection(socket, this.#options.compression)
    this.#agents.add(agent)
    agent.lost = () => this.#agents.delete(agent)
    void this.#serve(agent).catch((error: Error) => {
      agent.lose(error)
      if (!(error instanceof BrokenOff)) this.#tellOnce(`${host} was disconnected: ${error.message}`)
    })
  }

  /** Call after call, until the connection is lost. */
  async #serve(agent: Connection): Promise<never> {
    const callee = new Callee()
    for (;;) {
      const { serial, payload } = await agent.next()
      const call = callee.take(payload, (reader) => readEvent(reader, this.#options.keyHeader))
      if (call.events === null) {
        agent.send({ serial, payload: call.answer.view })
        continue
      }
      if (call.events.length > 0) await this.#written(call.events, agent)
      agent.send({ serial, payload: succeed(call) })
    }
  }

  /** Resolves when they are. Of an agent that is gone before they were given, they come again. */
  #written(messages: Partial<Message>[], agent: Connection): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = { messages, answer: resolve }
      agent.lost = (why) => {
        this.#agents.delete(agent)
        this.#waiting.delete(pending)
        reject(why)
      }
      this.#waiting.add(pending)
      this.#wake()
    })
  }

  #tellOnce(text: string): void {
    if (this.#told.has(text)) return
    this.#told.add(text)
    this.#tell.notice(text)
  }
}
