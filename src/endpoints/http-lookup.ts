/** Records looked up over HTTP: a GET each, over connections that are kept. */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions, request } from 'node:http'
import type { FailedError } from '../errors.js'
import type { UrlTemplate } from '../formats/url-template.js'
import { basicOf, hostOf, httpFor, receive } from '../http-client.js'
import type { Records } from '../records/records.js'
import type { Oracle } from './keyed-lookup.js'

const NOTHING = Buffer.alloc(0)

type Send = (path: string) => ClientRequest

export class HttpOracle implements Oracle {
  /** A server that is away may come back. */
  readonly broken = new Promise<FailedError>(() => undefined)
  readonly #template: UrlTemplate
  readonly #agent: Agent
  readonly #send: Send

  /** @param connections that are kept */
  static async open(template: UrlTemplate, connections: number): Promise<HttpOracle> {
    const { Agent, request } = await httpFor(template.origin.protocol)
    // With a limit of its own (maxSockets), a request that has waited does not tell whether its connection is a new one.
    const agent = new Agent({ keepAlive: true, maxFreeSockets: connections })
    return new HttpOracle(template, agent, request)
  }

  private constructor(template: UrlTemplate, agent: Agent, send: typeof request) {
    this.#template = template
    this.#agent = agent
    const options = { ...requestOptions(template.origin), agent }
    this.#send = (path) => send({ ...options, path })
  }

  get shown(): string {
    return this.#template.shown
  }

  get missing(): string {
    return this.#template.missing
  }

  /** A path. */
  questionOf(records: Records): string | null {
    return this.#template.pathFor(records)
  }

  asked(path: string): string {
    return this.#template.origin.origin + path
  }

  ask(path: string, answered: (answer: Buffer | string) => void): () => void {
    const get = new Get(this.#send, path, answered)
    return () => get.giveUp()
  }

  close(): Promise<void> {
    this.#agent.destroy()
    return Promise.resolve()
  }
}

function requestOptions(url: URL): RequestOptions {
  const authorization = basicOf(url)
  const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) }
  return { host: hostOf(url), port: url.port, headers }
}

/** One request. */
class Get {
  readonly #send: Send
  readonly #path: string
  readonly #answered: (answer: Buffer | string) => void
  #request!: ClientRequest
  #isGivenUp = false

  constructor(send: Send, path: string, answered: (answer: Buffer | string) => void) {
    this.#send = send
    this.#path = path
    this.#answered = answered
    this.#start()
  }

  giveUp(): void {
    this.#isGivenUp = true
    this.#request.destroy()
  }

  #start(): void {
    const request = this.#send(this.#path)
    this.#request = request
    request.on('response', (response) => this.#receive(response))
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server ended a connection that was kept, just as it was used again.
      if (request.reusedSocket && error.code === 'ECONNRESET' && !this.#isGivenUp) this.#start()
      else this.#answered(`cannot be reached: ${error.code ?? error.message}`)
    })
    request.end()
  }

  #receive(response: IncomingMessage): void {
    const status = response.statusCode!
    const failed = ({ code, message }: NodeJS.ErrnoException): void => this.#answered(`broke off: ${code ?? message}`)
    const done = (body: Buffer): void => {
      // It has nothing on that.
      if (status === 404) this.#answered(NOTHING)
      else if (status < 200 || status >= 300) this.#answered(`answered ${status} ${response.statusMessage}`)
      else this.#answered(body)
    }
    receive(response, done, failed)
  }
}
