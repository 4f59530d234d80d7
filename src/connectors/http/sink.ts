/**
 * Records posted to a URL. A request is tried again with the same key until the server takes it; one that it refuses
 * because of what is in it is halved until it is known which records it refuses.
 */
import type { EndpointSink, Message, OptionValues, Rejected } from '../../endpoint-module.js'
import { bodyOf, contentTypes, idempotencyKey, type Item, itemOf, Lack } from './bodies.js'
import type { sinkOptions } from './options.js'
import type { HttpServer } from './server.js'

/** Bad Request, Conflict, Content Too Large, Unprocessable Content: all else is about the request, not its records. */
const ABOUT_RECORDS = [400, 409, 413, 422]

type Options = OptionValues<typeof sinkOptions>

export class HttpSink implements EndpointSink {
  readonly batch: NonNullable<EndpointSink['batch']>
  readonly concurrency: number
  readonly #server: HttpServer
  readonly #options: Options

  constructor(server: HttpServer, options: Options) {
    const { body, batch: messages, 'batch-bytes': bytes, requests } = options
    this.#server = server
    this.#options = options
    this.concurrency = requests
    this.batch =
      body === 'record'
        ? { messages: 1 }
        : { ...(messages !== undefined && { messages }), ...(bytes !== undefined && { bytes }) }
  }

  async write(messages: readonly Message[]): Promise<Rejected[]> {
    const rejected: Rejected[] = []
    const items = messages.flatMap((message, index) => this.#itemOf(message, index, rejected))
    if (items.length > 0) await this.#send(items, rejected)
    return rejected
  }

  close(): Promise<void> {
    this.#server.close()
    return Promise.resolve()
  }

  #itemOf(message: Message, index: number, rejected: Rejected[]): Item[] {
    const { body, format, idempotent } = this.#options
    try {
      const item = itemOf(message, index, body, format)
      if (idempotent && item.place === null)
        throw new Lack('it has no topic and offset, by which the server would know it')
      return [item]
    } catch (error) {
      if (!(error instanceof Lack)) throw error
      rejected.push({ index, reason: error.message })
      return []
    }
  }

  /** @throws FailedError */
  async #send(items: readonly Item[], rejected: Rejected[]): Promise<void> {
    const { method, body, idempotent: isKnownAgain } = this.#options
    const headers = { 'content-type': contentTypes[body], 'idempotency-key': idempotencyKey(items) }
    const answer = await this.#server.ask({ method, headers, body: bodyOf(items, body), isKnownAgain })
    const status = answer.statusCode!
    const isRefused = ABOUT_RECORDS.includes(status)
    if (!isRefused && (status < 200 || status >= 300)) throw await this.#server.refusal(answer)
    const said = await this.#server.saidBy(answer)
    if (!isRefused) return
    if (items.length === 1) {
      rejected.push({ index: items[0]!.index, reason: said })
      return
    }
    const half = items.length >> 1
    await this.#send(items.slice(0, half), rejected)
    await this.#send(items.slice(half), rejected)
  }
}
