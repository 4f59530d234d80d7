/**
 * A service over HTTP as tests want it: it takes records and does no request twice whose Idempotency-Key it has seen, gives
 * what it has as one body with a version, or as a stream of events that can be gone on with; and it can be away, busy,
 * and in a bad mood.
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Taken {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
  /** Milliseconds of a clock that never goes back. */
  at: number
}

/** What it says instead. */
export interface Mood {
  status: number
  headers?: Record<string, string>
  body?: string
}

export class HttpService {
  port = 0
  /** Requests, also those that were not done. */
  readonly requests: Taken[] = []
  /** What was posted, by its key: once each. */
  readonly done = new Map<string, Taken>()
  /** Answers to the next requests. */
  moods: (Mood | (() => Mood))[] = []
  /** Answers to requests whose body matches. */
  dislikes: [pattern: RegExp, mood: Mood][] = []
  /** Milliseconds that a request with records takes. */
  pace = 0
  /** Of the header Authorization. */
  login: string | null = null
  /** What it has, at `/body` and at `/events`; nothing: 204. */
  records: string[] = []
  /** Whether versions of the body have names. */
  isVersioned = true
  /** So many more bodies and streams break off, behind so many records. */
  breaks = { times: 0, behind: 0 }
  /** Whether events end with the last record. */
  isOver = false
  readonly #server
  readonly #wake = new Set<() => void>()

  constructor(tls?: ServerOptions) {
    const handle = (asked: IncomingMessage, answer: ServerResponse): void => {
      this.#handle(asked, answer).catch(() => answer.destroy())
    }
    this.#server = tls ? createSecureServer(tls, handle) : createServer(handle)
  }

  async start(): Promise<this> {
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  add(records: readonly string[]): void {
    for (const record of records) this.records.push(record)
    for (const wake of [...this.#wake]) wake()
  }

  /** The records that it took, of bodies of lines or of one. */
  get values(): string[] {
    return [...this.done.values()].flatMap(({ body }) => body.replace(/\n$/, '').split('\n'))
  }

  async #handle(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = asked
    const body = (await buffer(asked)).toString()
    const taken: Taken = { method, path, headers, body, at: performance.now() }
    this.requests.push(taken)
    if (this.login !== null && headers.authorization !== this.login) return end(answer, { status: 401 })
    const disliked = this.dislikes.find(([pattern]) => pattern.test(body))?.[1]
    const mood = this.moods.shift() ?? disliked
    if (mood) return end(answer, typeof mood === 'function' ? mood() : mood)
    if (method === 'GET')
      return path.startsWith('/events') ? this.#events(headers, answer) : this.#body(headers, answer)
    const key = headers['idempotency-key'] as string
    if (this.pace > 0) await sleep(this.pace)
    if (!this.done.has(key)) this.done.set(key, taken)
    answer.end('taken')
  }

  async #body(headers: IncomingHttpHeaders, answer: ServerResponse): Promise<void> {
    const { length } = this.records
    const etag = `"${length}"`
    if (length === 0) return end(answer, { status: 204 })
    if (this.isVersioned && headers['if-none-match'] === etag) return end(answer, { status: 304 })
    if (this.isVersioned) answer.setHeader('etag', etag)
    const breaks = this.breaks.times-- > 0
    for (const [i, record] of this.records.slice(0, length).entries()) {
      if (breaks && i === this.breaks.behind) return void answer.destroy()
      await send(answer, `${record}\n`)
    }
    answer.end()
  }

  async #events(headers: IncomingHttpHeaders, answer: ServerResponse): Promise<void> {
    let next = headers['last-event-id'] === undefined ? 0 : Number(headers['last-event-id']) + 1
    if (this.isOver && next >= this.records.length) return end(answer, { status: 204 })
    const breaks = this.breaks.times-- > 0
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    await send(answer, 'retry: 20\n\n')
    for (let given = 0; !answer.destroyed;) {
      if (breaks && given++ === this.breaks.behind) return void answer.destroy()
      if (next < this.records.length)
        await send(answer, `id: ${next}\nevent: number\ndata: ${this.records[next++]}\n\n`)
      else if (this.isOver) return void answer.end()
      else await this.#more(answer)
    }
  }

  async #more(answer: ServerResponse): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wake.delete(wake)
        answer.off('close', wake)
        resolve()
      }
      this.#wake.add(wake)
      answer.once('close', wake)
    })
  }
}

function end(answer: ServerResponse, { status, headers, body }: Mood): void {
  answer.writeHead(status, headers).end(body)
}

/** As fast as it is read. */
async function send(answer: ServerResponse, text: string): Promise<void> {
  if (answer.write(text) || answer.destroyed) return
  await new Promise<void>((resolve) => {
    const go = (): void => {
      answer.off('drain', go).off('close', go)
      resolve()
    }
    answer.on('drain', go).on('close', go)
  })
}
