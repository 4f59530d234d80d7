/**
 * Requests to one URL over connections that are kept. A server that is away or busy is asked again, for as long as it
 * takes; whatever else it answers is for who asks.
 */
import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { CONNECT_TIMEOUT } from '../connect-timeout.js'
import { FailedError } from '../../errors.js'
import { httpFor, reasonOf } from '../../http-client.js'
import type { Patience } from '../patience.js'
import type { Target } from './options.js'
import { retryAfter } from './retry-after.js'

/** Milliseconds until a server that says nothing counts as away: while a run goes on, and when it is to end. */
export const SILENCE = 60_000
const LAST_SILENCE = 10_000
/** For what is only looked at. Milliseconds. */
const LOOK = 10_000
/** Of a body that is only looked at. Bytes. */
const LOOKED_AT = 1 << 14
/** Characters of what a server says. */
const SHOWN = 300

/** Request Timeout, Too Early, Too Many Requests. */
const BUSY = [408, 425, 429]
/** What does not pass: Not Implemented, HTTP Version Not Supported. */
const REFUSED = [501, 505]
/** A request with the same key is still under way; or it is something else, where nobody says that keys are known. */
const CONFLICT = 409
const MOST_CONFLICTS = 5

export interface Request {
  method: 'GET' | 'POST' | 'PUT'
  headers: OutgoingHttpHeaders
  body?: Buffer
  /** Whether the server knows a request again by its Idempotency-Key. */
  isKnownAgain?: boolean
}

export class HttpServer {
  readonly patience: Patience
  readonly #target: Target
  readonly #agent: Agent
  readonly #send: typeof request
  readonly #open = new Set<ClientRequest>()

  /** Resolves when there is a server. @throws FailedError */
  static async open(target: Target, patience: Patience): Promise<HttpServer> {
    const { Agent, request } = await httpFor(target.protocol)
    await reach(target, patience.signal)
    return new HttpServer(target, patience, new Agent({ ...target.tls, keepAlive: true }), request)
  }

  private constructor(target: Target, patience: Patience, agent: Agent, send: typeof request) {
    this.patience = patience
    this.#target = target
    this.#agent = agent
    this.#send = send
  }

  /**
   * The answer, its body unread; a server that is away or busy is waited for. Rejects with an AbortError.
   * @param atLeast milliseconds before it is tried again
   * @throws FailedError for a connection that can never be
   */
  async ask(request: Request, atLeast = 0): Promise<IncomingMessage> {
    const { patience } = this
    let [tries, conflicts] = [0, 0]
    const isUnderWay = ({ statusCode }: IncomingMessage): boolean =>
      statusCode === CONFLICT && (request.isKnownAgain === true || (tries > 1 && ++conflicts <= MOST_CONFLICTS))
    for (;;) {
      tries++
      const answer = await this.#try(request).catch((error: Error) => ({ error }))
      if ('error' in answer) {
        const { error } = answer
        if (error.name === 'AbortError') throw error
        if (isForGood(error)) throw unreachable(this.#target, error)
        await patience.failed(`is away: ${reasonOf(error)}`, atLeast)
      } else if (isBusy(answer) || isUnderWay(answer)) {
        const wait = retryAfter(answer.headers['retry-after'], Date.now())
        await patience.failed(`is busy: ${await this.saidBy(answer)}`, Math.max(wait, atLeast))
      } else {
        patience.succeeded()
        return answer
      }
    }
  }

  /** Status and first line of an answer, whose body is over then. */
  async saidBy(answer: IncomingMessage): Promise<string> {
    const { statusCode, statusMessage, headers } = answer
    const status = `${statusCode} ${statusMessage}`.trim()
    const body = await beginningOf(answer)
    // A page for browsers says it in many lines.
    const [line = ''] = /html/.test(headers['content-type'] ?? '') ? [] : body.trimStart().split(/[\r\n]/)
    return this.#masked(line === '' ? status : `${status}: ${line.trimEnd().slice(0, SHOWN)}`)
  }

  /** Why it is of no use to go on. */
  async refusal(answer: IncomingMessage): Promise<FailedError> {
    const status = answer.statusCode!
    const { location } = answer.headers
    const said = await this.saidBy(answer)
    if (status >= 300 && status < 400 && location !== undefined) {
      const advice = 'give that URL, if it is the right one'
      return new FailedError(`leads elsewhere (${status}), to ${this.#masked(location)}`, advice)
    }
    if (status === 401 || status === 407)
      return new FailedError(`refuses the login: ${said}`, 'check user, password and header')
    return new FailedError(
      `refuses the request: ${said}`,
      status === 404 || status === 410 ? 'check the path' : undefined
    )
  }

  /** Has done with an answer. The connection can be used again, if there is no more of it. */
  async leave(answer: IncomingMessage): Promise<void> {
    await beginningOf(answer)
  }

  close(): void {
    for (const one of this.#open) one.destroy()
    this.#agent.destroy()
  }

  #try({ method, headers, body }: Request): Promise<IncomingMessage> {
    const { host, port, path, headers: own } = this.#target
    const { signal } = this.patience
    const length = body === undefined ? {} : { 'content-length': body.length }
    return new Promise((resolve, reject) => {
      const agent = this.#agent
      const sent = this.#send({ host, port, method, path, agent, headers: { ...headers, ...own, ...length } })
      this.#open.add(sent)
      sent.setTimeout(signal.aborted ? LAST_SILENCE : SILENCE)
      sent.on('timeout', () => sent.destroy(new Error('it says nothing')))
      // What is being written goes on to its end.
      const stop = (): unknown =>
        body === undefined ? sent.destroy(signal.reason as Error) : sent.setTimeout(LAST_SILENCE)
      signal.addEventListener('abort', stop, { once: true })
      sent.on('error', reject)
      sent.on('close', () => {
        this.#open.delete(sent)
        signal.removeEventListener('abort', stop)
      })
      sent.on('response', (answer) => {
        // From here on it is up to who reads it.
        signal.removeEventListener('abort', stop)
        sent.setTimeout(0)
        answer.on('error', () => undefined)
        resolve(answer)
      })
      sent.end(body)
    })
  }

  #masked(text: string): string {
    return this.#target.secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
  }
}

/** Whether there is somebody at the address, before there is anything to say. */
async function reach(target: Target, signal: AbortSignal): Promise<void> {
  const { protocol, host, port, tls } = target
  const secure = protocol === 'https:' ? await import('node:tls') : null
  await new Promise<void>((resolve, reject) => {
    const socket = secure ? secure.connect({ host, port, servername: nameOf(host), ...tls }) : connect({ host, port })
    const end = (error?: Error): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.destroy()
      if (error) reject(error)
      else resolve()
    }
    const abort = (): void => end(signal.reason as Error)
    const late = new Error(`no connection within ${CONNECT_TIMEOUT / 1000} s`)
    const timer = setTimeout(() => end(unreachable(target, late)), CONNECT_TIMEOUT)
    signal.addEventListener('abort', abort, { once: true })
    socket.on('error', (error: Error) => end(unreachable(target, error)))
    socket.once(secure ? 'secureConnect' : 'connect', () => end())
  })
}

/** An address is no name for TLS. */
function nameOf(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host
}

function unreachable({ host, port }: Target, error: Error): FailedError {
  const about = /certificate|TLS|SSL/i.test(`${(error as NodeJS.ErrnoException).code} ${error.message}`)
  const advice = about
    ? 'check http: or https:, cacertfile, certfile and keyfile'
    : 'check host and port, and whether it is up'
  return new FailedError(`cannot reach ${host}:${port}: ${reasonOf(error)}`, advice, { cause: error })
}

/** What is wrong with certificates stays wrong. */
function isForGood({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO|HPE_)/.test(code)
}

function isBusy({ statusCode }: IncomingMessage): boolean {
  return BUSY.includes(statusCode!) || (statusCode! >= 500 && !REFUSED.includes(statusCode!))
}

async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  const timer = setTimeout(() => answer.destroy(), LOOK)
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > LOOKED_AT) break
    }
  } catch {
    // What came is enough.
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(chunks).toString()
}
