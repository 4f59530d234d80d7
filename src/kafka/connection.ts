/**
 * One connection to one broker, used once: opened, authenticated, and gone for good when it fails. Nothing here tries
 * again; `wire.ts` opens another one for the next call. Requests go out in the order of the calls, also while the
 * connection is being opened, since idempotent producers depend on it.
 */
import type { SaslExchange, Versions } from 'kafkajs/src/network/connection.js'
import apiVersionsRequest from 'kafkajs/src/protocol/requests/apiVersions/index.js'
import { untilAborted } from './abort.js'
import { type ConnectionError, type Stage, connectionError, explain } from './connection-error.js'
import { Code } from './error-codes.js'
import { kafkaError } from './errors.js'
import { KafkajsConnection } from './kafkajs-connection.js'
import { Reader } from './reader.js'
import type { Api } from './request.js'
import { RequestTimeout } from './request-queue.js'
import type { Address, Sasl, Settings } from './wire.js'
import { Writer, requestHead } from './writer.js'

const SASL_AUTHENTICATE = 36
const NO_BYTES = Buffer.alloc(0)

export interface CallOptions {
  /** Milliseconds the broker may hold the request, added to the request timeout. */
  timeout?: number | undefined
  /** Rejects the call at once when aborted; an answer is then dropped. */
  signal?: AbortSignal | undefined
}

export class Connection {
  readonly address: string
  readonly #settings: Settings
  readonly #kafkajs: KafkajsConnection
  #versions: Versions = {}
  #stage: Stage
  /** Resolves when the next call may be sent; every call hangs itself behind it. */
  #turn: Promise<void>

  constructor(host: string, port: number, settings: Settings) {
    this.address = addressOf({ host, port })
    this.#settings = settings
    this.#stage = settings.tls ? 'tls' : 'connect'
    const { clientId, connectTimeout, requestTimeout, tls, sasl } = settings
    this.#kafkajs = new KafkajsConnection({
      host,
      port,
      clientId,
      requestTimeout,
      connectionTimeout: connectTimeout,
      ssl: tls,
      sasl: sasl && saslOptions(sasl)
    })
    this.#turn = this.#open()
    this.#turn.catch(() => undefined)
  }

  /** Resolves when the connection can be used; rejects with a ConnectionError within the connect timeout. */
  opened(): Promise<void> {
    return this.#turn
  }

  /** The range of versions in which the broker speaks each API, by its key; nothing before it is open. */
  get versions(): Versions {
    return this.#versions
  }

  get closed(): boolean {
    return this.#kafkajs.failure !== null
  }

  /** Whether it is closed, and every call on it has failed: then no call on another one comes before what failed here. */
  get over(): boolean {
    return this.#kafkajs.over
  }

  /** Ends the connection at once; calls in progress fail with `reason`. */
  close(reason: ConnectionError): void {
    this.#kafkajs.destroy(reason)
  }

  /** Sends a request and returns the answer; see `Wire.call`. */
  call<A, R>(api: Api<A, R>, args: A, options: CallOptions = {}): Promise<R> {
    const turn = this.#turn.then(() => this.#authenticated())
    this.#turn = turn
    turn.catch(() => undefined)
    return untilAborted(this.#call(api, args, turn, options), options.signal)
  }

  async #call<A, R>(api: Api<A, R>, args: A, turn: Promise<void>, { timeout = 0, signal }: CallOptions): Promise<R> {
    await turn
    signal?.throwIfAborted()
    const version = this.#version(api, args)
    const flexible = version >= (api.flexibleFrom ?? Infinity)
    const start = performance.now()
    const body = await this.#exchange(api, args, version, flexible, timeout)
    // Fetch and produce come by the hundred.
    if (api.key > 1) this.#settings.trace?.(`${this.address} ${api.name} v${version} ${since(start)}`)
    return this.#decode(api, version, flexible, body)
  }

  async #open(): Promise<void> {
    const { connectTimeout, sasl, trace } = this.#settings
    const start = performance.now()
    const timer = setTimeout(() => {
      this.close(connectionError(this.address, `no answer in ${seconds(connectTimeout)}`))
    }, connectTimeout)
    try {
      await this.#kafkajs.connect()
      this.#stage = 'versions'
      this.#versions = await this.#apiVersions()
      this.#kafkajs.setVersions(this.#versions)
      this.#kafkajs.setSupportAuthenticationProtocol(SASL_AUTHENTICATE in this.#versions)
      this.#stage = 'sasl'
      if (sasl) await this.#authenticate()
      this.#stage = 'open'
      trace?.(`${this.address} connected ${since(start)}`)
    } catch (error) {
      const reason = explain(this.address, this.#stage, this.#kafkajs.failure ?? error)
      trace?.(reason.message)
      this.close(reason)
      throw reason
    } finally {
      clearTimeout(timer)
    }
  }

  /** What the broker speaks. Brokers before 2.0 know only earlier versions of the question. */
  async #apiVersions(): Promise<Versions> {
    for (let version = 2; ; version--) {
      try {
        const { apiVersions } = await this.#kafkajs.send(apiVersionsRequest.protocol({ version })())
        return Object.fromEntries(apiVersions.map(({ apiKey, ...range }) => [apiKey, range]))
      } catch (error) {
        if (version === 0 || (error as { code?: unknown }).code !== Code.UNSUPPORTED_VERSION) throw error
      }
    }
  }

  async #authenticate(): Promise<void> {
    await this.#kafkajs.authenticate()
    // Again before the session ends (KIP-368): kafkajs would begin 10 s before, however short the session is.
    this.#kafkajs.reauthenticationThreshold = Math.min(10_000, Number(this.#kafkajs.sessionLifetime.value) * 0.2)
  }

  /** Authenticates again when the session is about to end. Calls wait meanwhile: the broker would close the connection. */
  async #authenticated(): Promise<void> {
    const kafkajs = this.#kafkajs
    if (kafkajs.failure) throw explain(this.address, this.#stage, kafkajs.failure)
    if (!this.#settings.sasl || kafkajs.isAuthenticated()) return
    try {
      await this.#authenticate()
    } catch (error) {
      const reason = explain(this.address, 'sasl', kafkajs.failure ?? error)
      this.close(reason)
      throw reason
    }
  }

  #version<A>(api: Api<A, unknown>, args: A): number {
    const { key, name, versions, since = '0.11' } = api
    const lowest = versions[0]
    const highest = api.highest?.(args) ?? versions[1]
    const range = this.#versions[key]
    const version = Math.min(highest, range?.maxVersion ?? -1)
    if (range && version >= Math.max(lowest, range.minVersion)) return version
    const offer = range ? `it speaks versions ${range.minVersion} to ${range.maxVersion}` : 'it does not know it'
    const advice =
      range && range.minVersion > highest ? 'look for a newer sluice' : `this needs Kafka ${since} or newer`
    throw kafkaError(Code.UNSUPPORTED_VERSION, { detail: `${this.address} cannot answer ${name}: ${offer}`, advice })
  }

  async #exchange<A>(
    api: Api<A, unknown>,
    args: A,
    version: number,
    flexible: boolean,
    timeout: number
  ): Promise<Buffer> {
    const kafkajs = this.#kafkajs
    const { clientId, requestTimeout } = this.#settings
    const correlationId = kafkajs.nextCorrelationId()
    const writer = new Writer(flexible)
    api.encode(args, writer, version)
    const body = writer.finish()
    const head = requestHead(api.key, version, correlationId, clientId, flexible, body)
    const answered = api.answered?.(args) ?? true
    const limit = requestTimeout + timeout
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        // A request without an answer is done when the system has taken its bytes: they may be used again then.
        if (!answered) timer = setTimeout(() => reject(new RequestTimeout()), limit)
        kafkajs.requestQueue.push({
          entry: {
            apiKey: api.key,
            apiName: api.name,
            apiVersion: version,
            correlationId,
            resolve: ({ payload }) => resolve(payload),
            reject
          },
          expectResponse: answered,
          requestTimeout: limit,
          sendRequest: () => kafkajs.write([head, ...body], answered ? undefined : written(resolve, reject))
        })
      })
    } catch (error) {
      const late = error instanceof RequestTimeout
      const reason = late
        ? connectionError(this.address, `no answer to ${api.name} in ${seconds(limit)}`, {
            code: Code.REQUEST_TIMED_OUT,
            advice: 'check that the broker is up and the network works',
            cause: error
          })
        : explain(this.address, this.#stage, error)
      // The connection may be half open: whatever was sent on it after this would time out as well.
      this.close(reason)
      throw reason
    } finally {
      clearTimeout(timer)
    }
  }

  #decode<R>(api: Api<never, R>, version: number, flexible: boolean, body: Buffer): R {
    try {
      const reader = new Reader(body, flexible)
      if (body !== NO_BYTES) reader.tags()
      const result = api.decode(reader, version)
      // KIP-219: the broker has answered already, and expects us to wait.
      const { throttle = 0 } = result as { throttle?: number }
      if (throttle > 0) this.#kafkajs.requestQueue.maybeThrottle(throttle)
      return result
    } catch (error) {
      const what = `its answer to ${api.name} v${version} cannot be read (${(error as Error).message})`
      const reason = connectionError(this.address, what, { retriable: false, cause: error })
      this.close(reason)
      throw reason
    }
  }
}

/** A copy, since kafkajs keeps its authenticator in it; where that does not do, ours is in it. */
function saslOptions(sasl: Sasl): object {
  if (!('token' in sasl)) return { ...sasl }
  const authenticationProvider = ({ saslAuthenticate }: { saslAuthenticate: SaslExchange }): object => ({
    async authenticate() {
      const { authenticate } = await import('./oauth-bearer.js')
      await authenticate(await sasl.token(), saslAuthenticate)
    }
  })
  return { ...sasl, authenticationProvider }
}

/** `host:port`, or `[address]:port` for IPv6. */
export function addressOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function written(resolve: (body: Buffer) => void, reject: (error: Error) => void): (error?: Error | null) => void {
  return (error) => (error ? reject(error) : resolve(NO_BYTES))
}

function since(start: number): string {
  return `${(performance.now() - start).toFixed(1)} ms`
}

/** `10 s`, `1.5 s`. */
function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(1))} s`
}
