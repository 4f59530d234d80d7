/**
 * Stands between the program and a search server, and passes everything on: it can be away, ask for a login, and say that
 * it is busy, where the server behind it would not.
 */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

const BUSY = { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'the queue is full' } }

interface Bulk {
  items: object[]
}

export class SearchGate {
  port = 0
  /** Of the header Authorization; null: it asks for none. */
  login: string | null = null
  /** So many more requests of bulk are not taken, and of so many more only every other record. */
  busy = 0
  halfBusy = 0
  /** No longer requests are taken. Bytes. */
  longest = Infinity
  /** Requests that were passed on. */
  passed = 0
  readonly #target: number
  readonly #server: Server

  /** @param target the port of the server @param tls what it shows, for TLS */
  constructor(target: number, tls?: { key: Buffer; cert: Buffer }) {
    this.#target = target
    const handle = (asked: IncomingMessage, answer: ServerResponse): void => {
      this.#handle(asked, answer).catch(() => answer.destroy())
    }
    this.#server = tls ? createSecureServer(tls, handle) : createServer(handle)
  }

  async start(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #handle(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(asked)
    const isBulk = asked.url!.startsWith('/_bulk')
    if (this.login !== null && asked.headers.authorization !== this.login) return void answer.writeHead(401).end()
    if (body.length > this.longest) return void answer.writeHead(413).end()
    if (isBulk && this.busy-- > 0) return void answer.writeHead(429).end(JSON.stringify(BUSY))
    if (isBulk && this.halfBusy-- > 0) return this.#half(asked, body, answer)
    const passed = await this.#pass(asked, body)
    answer.writeHead(passed.statusCode!, passed.headers)
    passed.pipe(answer)
  }

  /** All operations have two lines. */
  async #half(asked: IncomingMessage, body: Buffer, answer: ServerResponse): Promise<void> {
    const lines = body.toString().split('\n').slice(0, -1)
    const taken = lines.filter((_, i) => i % 4 >= 2).map((line) => `${line}\n`)
    const text = await buffer(await this.#pass(asked, Buffer.from(taken.join(''))))
    const { items } = JSON.parse(text.toString()) as Bulk
    const all = Array.from({ length: lines.length / 2 }, (_, i) => (i % 2 === 0 ? { index: BUSY } : items[i >> 1]))
    answer.end(JSON.stringify({ items: all }))
  }

  async #pass({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    this.passed++
    const length = { 'content-length': body.length }
    const passed = request({
      host: '127.0.0.1',
      port: this.#target,
      method,
      path: url!,
      headers: { ...headers, ...length }
    })
    passed.end(body)
    const [answer] = (await once(passed, 'response')) as [IncomingMessage]
    return answer
  }
}
