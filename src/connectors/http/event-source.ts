/** A stream of server-sent events. When it ends or breaks off, it is gone on with behind the last event that has an id. */
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Batch, EndpointSource, Message, SourceContext } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { BodyReader } from './body-reader.js'
import { EventParser, type ServerEvent } from './event-parser.js'
import type { sourceOptions } from './options.js'
import { askHeaders, isEventStream } from './position.js'
import type { HttpServer } from './server.js'

type Context = SourceContext<typeof sourceOptions>

/** Milliseconds before the next connection, where the server does not say. */
const RETRY = 1000
/** Milliseconds of silence after which the system looks whether the server is there. */
const KEEP_ALIVE = 30_000

export class EventSource implements EndpointSource {
  readonly #server: HttpServer
  readonly #context: Context
  #stream: { body: BodyReader; parser: EventParser } | null
  /** Of the last event. */
  #id: string
  #retry = RETRY
  #isGapTold = false

  constructor(server: HttpServer, context: Context, answer: IncomingMessage) {
    const position = context.position as { id?: string } | null
    this.#server = server
    this.#context = context
    this.#id = position?.id ?? ''
    this.#stream = this.#begin(answer)
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    const { patience } = this.#server
    patience.signal = signal
    for (;;) {
      if (!this.#stream) {
        const answer = await this.#server.ask({ method: 'GET', headers: askHeaders({ id: this.#id }) }, this.#retry)
        if (answer.statusCode === 204) return null
        if (!isEventStream(answer)) throw await this.#server.refusal(answer)
        this.#stream = this.#begin(answer)
      }
      const { body, parser } = this.#stream
      const piece = await body.next(signal)
      if (piece !== null && typeof piece !== 'string') {
        const events = parser.take(piece)
        this.#retry = parser.retry ?? this.#retry
        if (events.length > 0) return this.#batchOf(events)
        continue
      }
      this.#stream = null
      this.#tellGap()
      if (piece === null) await delay(this.#retry, undefined, { signal })
      else await patience.failed(`broke off: ${piece}`, this.#retry)
    }
  }

  close(): Promise<void> {
    this.#server.close()
    return Promise.resolve()
  }

  #begin(answer: IncomingMessage): { body: BodyReader; parser: EventParser } {
    answer.socket.setKeepAlive(true, KEEP_ALIVE)
    // There may be none for long.
    return { body: new BodyReader(answer, null), parser: new EventParser(this.#id) }
  }

  #batchOf(events: ServerEvent[]): Batch {
    if (this.#context.wantsPositions && !events.every(({ isNumbered }) => isNumbered)) {
      throw new FailedError('an event has no id, by which to go on', 'leave --checkpoint out')
    }
    this.#id = events.at(-1)!.id
    const behind = (count: number): { position: object; taken: number } => ({
      position: { id: events[count - 1]!.id },
      taken: 0
    })
    return { messages: events.map(messageOf), ...behind(events.length), behind, idle: true }
  }

  /** What comes before the next connection is gone, unless the server knows what we have. */
  #tellGap(): void {
    if (this.#id !== '' || this.#isGapTold) return
    this.#isGapTold = true
    this.#context.notice('its events have no ids: those between two connections are lost')
  }
}

function messageOf({ data, type, id, isNumbered }: ServerEvent): Partial<Message> {
  const headers: Message['headers'] = []
  if (type !== '') headers.push(['event', Buffer.from(type)])
  if (isNumbered) headers.push(['id', Buffer.from(id)])
  return { value: data, headers }
}
