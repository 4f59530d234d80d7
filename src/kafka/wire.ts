/**
 * The way to a cluster: calls to any of its brokers, over connections that open when they are needed. Brokers serve a
 * connection one request at a time, so what may be held (a fetch, a join) has a connection of its own: a lane.
 * Every call ends: with an answer, or with an error within its timeouts. What only one broker can answer is not tried again
 * here.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { findCluster } from './bootstrap.js'
import { type CallOptions, Connection, addressOf } from './connection.js'
import { ConnectionError, connectionError } from './connection-error.js'
import type { Token } from './oauth-bearer.js'
import type { Broker } from './requests/metadata.js'
import type { Api } from './request.js'
import { backoff } from './retry.js'

export interface Address {
  host: string
  port: number
}

export interface Settings {
  bootstrapServers: Address[]
  clientId: string
  /** Milliseconds within which a connection is open and authenticated. */
  connectTimeout: number
  /** Milliseconds a broker has for an answer, beside the time that a request itself allows it. */
  requestTimeout: number
  /** Milliseconds after which a topic that is written is looked at again, for new partitions; 5 minutes if not said. */
  metadataAge?: number
  tls: TlsOptions | null
  sasl: Sasl | null
  /** Told of every request, for --verbose. */
  trace?: (line: string) => void
}

export type Sasl =
  | { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string }
  | { mechanism: 'OAUTHBEARER'; token: () => Promise<Token> }

/** How often all brokers are asked for what any of them can answer. */
const ROUNDS = 4

export type Lane = 'main' | 'fetch' | 'produce' | 'produce-2' | 'group'

/** Milliseconds after which a broker that says nothing may be one that hangs: another one is asked as well. */
const SLOW = 2_000
const LATE = Symbol('late')

export class Wire {
  readonly #settings: Settings
  /** By address and lane. */
  readonly #connections = new Map<string, Connection>()
  #brokers = new Map<number, Broker>()
  #closed = false

  private constructor(settings: Settings) {
    this.#settings = settings
  }

  /**
   * Finds the cluster. Throws a FailedError that names every address tried, within the connect timeout, or the signal's
   * reason.
   */
  static async open(settings: Settings, signal?: AbortSignal): Promise<Wire> {
    const wire = new Wire(settings)
    const { connection, metadata } = await findCluster(settings, signal)
    wire.#connections.set(`${connection.address} main`, connection)
    wire.setBrokers(metadata.brokers)
    return wire
  }

  /** See `Settings`. */
  get requestTimeout(): number {
    return this.#settings.requestTimeout
  }

  /** Ids of the brokers known, ascending. */
  nodes(): number[] {
    return [...this.#brokers.keys()].sort((a, b) => a - b)
  }

  /** Takes over the brokers of a metadata response. */
  setBrokers(brokers: Broker[]): void {
    this.#brokers = new Map(brokers.map((broker) => [broker.nodeId, broker]))
  }

  /** Takes over one broker, named by a coordinator lookup: it can be newer than the metadata. */
  addBroker(broker: Broker): void {
    this.#brokers.set(broker.nodeId, broker)
  }

  /**
   * Sends a request to a broker, in the highest version that both speak. Codes in the answer are the caller's. Throws
   * KafkaError: UNSUPPORTED_VERSION when there is no common version, a retriable ConnectionError when the broker cannot
   * be reached or does not answer in time; or the signal's reason. Bytes that the request refers to must not change
   * before it is done. A fetch response is valid until the second fetch after it from the same broker is called.
   */
  async call<A, R>(
    nodeId: number,
    api: Api<A, R>,
    args: A,
    { lane = 'main', ...options }: CallOptions & { lane?: Lane } = {}
  ): Promise<R> {
    const broker = this.#brokers.get(nodeId)
    if (!broker) throw connectionError(`broker ${nodeId}`, 'not in the cluster at the moment')
    return this.#connection(broker, lane).call(api, args, options)
  }

  /**
   * Sends a request that any broker can answer, and that does no harm when several do: when one cannot be reached, or takes
   * its time, the next is asked, and all of them again when none could: a connection that broke is no broker that is gone,
   * and there may be only one.
   */
  async any<A, R>(api: Api<A, R>, args: A, options: CallOptions = {}): Promise<R> {
    const giveUp = performance.now() + this.#settings.requestTimeout
    let candidates = this.#candidates()
    const open = new Set<Promise<R>>()
    const ask = (address: Address): void => {
      const answer = this.#connection(address, 'main')
        .call(api, args, options)
        .finally(() => open.delete(answer))
      open.add(answer)
    }
    for (let round = 1; ;) {
      const next = candidates.shift()
      if (next) ask(next)
      try {
        if (candidates.length === 0) return await Promise.race(open)
        const late = sleep(SLOW + (options.timeout ?? 0), LATE, { ref: false })
        const outcome = await Promise.race([...open, late])
        if (outcome !== LATE) return outcome
      } catch (error) {
        if (!(error instanceof ConnectionError) || !error.retriable || performance.now() > giveUp) throw error
        if (candidates.length > 0 || open.size > 0) continue
        if (round === ROUNDS) throw error
        const { signal } = options
        await sleep(backoff(round++), undefined, { signal }).catch(() => signal?.throwIfAborted())
        candidates = this.#candidates()
      }
    }
  }

  /** Closes every connection at once; calls in progress fail. */
  close(): void {
    this.#closed = true
    for (const connection of this.#connections.values()) {
      connection.close(connectionError(connection.address, 'connection closed', { retriable: false }))
    }
  }

  #connection({ host, port }: Address, lane: Lane): Connection {
    const address = addressOf({ host, port })
    if (this.#closed) throw connectionError(address, 'connection closed', { retriable: false })
    const key = `${address} ${lane}`
    let connection = this.#connections.get(key)
    if (!connection || connection.over) {
      connection = new Connection(host, port, this.#settings)
      this.#connections.set(key, connection)
    }
    return connection
  }

  /** Where any broker may be found: open connections first, then the other brokers, and at last the bootstrap servers. */
  #candidates(): Address[] {
    const all = [...this.#brokers.values(), ...this.#settings.bootstrapServers]
    const byAddress = new Map(all.map((address) => [addressOf(address), address]))
    const isOpen = (address: string): boolean => this.#connections.get(`${address} main`)?.closed === false
    const open = [...byAddress].filter(([address]) => isOpen(address))
    const rest = [...byAddress].filter(([address]) => !isOpen(address))
    return [...open, ...rest].map(([, address]) => address)
  }
}
