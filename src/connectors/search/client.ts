/**
 * Requests to Elasticsearch or OpenSearch. node:http instead of a client library: an index is written with one kind of
 * request and read with five, the same for both servers, and each one's library refuses the other.
 */
import { readFileSync } from 'node:fs'
import type { Agent, IncomingMessage, OutgoingHttpHeaders, request } from 'node:http'
import { FailedError } from '../../errors.js'
import { httpFor, receive, reasonOf as whyOf } from '../../http-client.js'
import type { Patience } from '../patience.js'
import type { Place } from './place.js'

/** Milliseconds until a server that says nothing counts as away: at the start, and later (a bulk may take its time). */
const FIRST = 10_000
const LATER = 60_000

const BUSY = [429, 502, 503, 504]

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface Request {
  method: string
  /** With the query. */
  path: string
  /** JSON, or lines of it. */
  body?: string | Buffer
  type?: 'application/x-ndjson'
}

export class SearchClient {
  readonly patience: Patience
  /** Of the two servers. */
  isOpenSearch = false
  readonly #place: Place
  readonly #agent: Agent
  readonly #send: typeof request

  /** Resolves when the server has answered. @throws FailedError */
  static async open(place: Place, patience: Patience): Promise<SearchClient> {
    const { Agent, request } = await httpFor(place.tls ? 'https:' : 'http:')
    const ca = place.tls?.ca === undefined ? undefined : readFileSync(place.tls.ca)
    const client = new SearchClient(place, patience, new Agent({ keepAlive: true, ...(ca && { ca }) }), request)
    try {
      await client.#begin()
    } catch (error) {
      client.close()
      throw error
    }
    return client
  }

  private constructor(place: Place, patience: Patience, agent: Agent, send: typeof request) {
    this.#place = place
    this.patience = patience
    this.#agent = agent
    this.#send = send
  }

  /** Tries again while the server is away or busy. @throws FailedError for a login that it refuses */
  async ask(request: Request): Promise<Answer> {
    for (;;) {
      const answer = await this.#try(request, LATER).catch((error: Error) => whyOf(error))
      if (typeof answer !== 'string' && !BUSY.includes(answer.status)) return checked(answer)
      await this.patience.failed(typeof answer === 'string' ? `is away: ${answer}` : `is busy: ${reasonOf(answer)}`)
    }
  }

  /** Once, whatever becomes of it. */
  async tell(request: Request): Promise<void> {
    await this.#try(request, FIRST).catch(() => undefined)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #begin(): Promise<void> {
    let answer: Answer
    try {
      answer = await this.#try({ method: 'GET', path: '/' }, FIRST)
    } catch (error) {
      const { host, port } = this.#place
      const advice = 'check host, port and tls, and whether it runs'
      throw new FailedError(`cannot reach ${host}:${port}: ${whyOf(error as Error)}`, advice, { cause: error })
    }
    this.isOpenSearch = answer.headers['x-elastic-product'] === undefined && !isOldElasticsearch(answer)
    // Whether one may look at the cluster says nothing about an index.
    if (answer.status === 403) return
    const { status, body } = checked(answer)
    if (status !== 200) throw new FailedError(`is not ready: ${reasonOf(answer)}`)
    if (!/"version"\s*:\s*\{/.test(body.toString())) {
      throw new FailedError('is no Elasticsearch and no OpenSearch', 'check host and port')
    }
  }

  #try({ method, path, body, type }: Request, timeout: number): Promise<Answer> {
    const { host, port, authorization } = this.#place
    const headers: OutgoingHttpHeaders = { accept: 'application/json' }
    if (authorization !== undefined) headers['authorization'] = authorization
    if (body !== undefined) {
      headers['content-type'] = type ?? 'application/json'
      headers['content-length'] = Buffer.byteLength(body)
    }
    return new Promise((resolve, reject) => {
      const sent = this.#send({ host, port, method, path, headers, agent: this.#agent })
      sent.setTimeout(timeout, () => sent.destroy(new Error(`no answer within ${timeout / 1000} s`)))
      sent.on('error', reject)
      sent.on('response', (response) => {
        const { headers } = response
        const status = response.statusCode!
        // Documents are as long as they are.
        receive(response, (body) => resolve({ status, headers, body }), reject, Infinity)
      })
      sent.end(body)
    })
  }
}

/** Before 7.14, it did not name itself in a header. */
function isOldElasticsearch({ body }: Answer): boolean {
  return body.includes('You Know, for Search') && !body.includes('"opensearch"')
}

/** @throws FailedError for a login that is refused */
function checked(answer: Answer): Answer {
  if (answer.status === 401) throw new FailedError('refuses the login', 'check user and password, or the API key')
  if (answer.status === 403) throw new FailedError(`forbids it: ${reasonOf(answer)}`)
  return answer
}

/** What an answer says of what went wrong. */
export function reasonOf({ status, body }: Answer): string {
  try {
    const { error } = JSON.parse(body.toString()) as { error: Failure | string }
    return typeof error === 'string' ? error : textOf(error)
  } catch {
    return `status ${status}`
  }
}

/** Why a request, or an item of one, failed. */
export interface Failure {
  type: string
  reason?: string | null
  caused_by?: Failure
  root_cause?: Failure[]
}

/** On one line: what the server says, and the cause of the causes. */
export function textOf(failure: Failure): string {
  const lines = [lineOf(failure), lineOf(innermost(failure))]
  return [...new Set(lines)].join(': ')
}

function innermost({ caused_by: cause, root_cause: [root] = [], ...failure }: Failure): Failure {
  const inner = cause ?? (root?.caused_by || root?.reason !== failure.reason ? root : undefined)
  return inner ? innermost(inner) : failure
}

/** What follows in further lines is where in the server's program it happened. */
function lineOf({ type, reason }: Failure): string {
  return (reason ?? type).split('\n')[0]!
}
