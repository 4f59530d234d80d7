/**
 * Finds the cluster from its bootstrap servers. They are tried in turn, each a quarter of a second after the one before
 * unless that has failed sooner, so that one dead server costs little and none is bothered without need.
 */
import { FailedError } from '../errors.js'
import { untilAborted } from './abort.js'
import { Connection } from './connection.js'
import { ConnectionError, connectionError } from './connection-error.js'
import { Code } from './error-codes.js'
import { KafkaError } from './errors.js'
import { type MetadataResult, metadataApi } from './requests/metadata.js'
import type { Address, Settings } from './wire.js'

/** Milliseconds after which the next server is tried as well. */
const STAGGER = 250

export interface Found {
  connection: Connection
  metadata: MetadataResult
}

/**
 * The first server that tells of the cluster. Throws a FailedError that names every address within the connect timeout.
 * A refused authentication ends it at once, since more tries could lock the account.
 */
export async function findCluster(settings: Settings, signal?: AbortSignal): Promise<Found> {
  const { bootstrapServers: servers, connectTimeout } = settings
  const deadline = performance.now() + connectTimeout
  const attempts: Connection[] = []
  /** By server. */
  const failures = new Map<number, ConnectionError>()
  let timer: NodeJS.Timeout | undefined
  let found: Found | undefined
  const milliseconds = (): number => Math.max(1, Math.round(deadline - performance.now()))
  const attempt = ({ host, port }: Address): Promise<Found> => {
    const connection = new Connection(host, port, { ...settings, connectTimeout: milliseconds() })
    attempts.push(connection)
    return ask(connection, milliseconds(), settings)
  }
  const first = new Promise<Found>((resolve, reject) => {
    let next = 0
    const tryNext = (): void => {
      clearTimeout(timer)
      const index = next++
      const server = servers[index]
      if (!server) return
      timer = setTimeout(tryNext, Math.min(STAGGER, milliseconds() / 2))
      const again = (error: ConnectionError): Promise<Found> =>
        isBroken(error) ? attempt(server) : Promise.reject(error)
      attempt(server)
        .catch(again)
        .then(resolve, (error: ConnectionError) => {
          failures.set(index, error)
          if (error.code === Code.SASL_AUTHENTICATION_FAILED) reject(error)
          else if (failures.size === servers.length) reject(cannotReach(servers.map((_, i) => failures.get(i)!)))
          else tryNext()
        })
    }
    tryNext()
  })
  try {
    found = await untilAborted(first, signal)
    return found
  } finally {
    clearTimeout(timer)
    for (const connection of attempts) {
      if (connection !== found?.connection) connection.close(connectionError(connection.address, 'not needed'))
    }
  }
}

/** A connection that breaks off may be the network's fault, so that one more may do. */
function isBroken(error: ConnectionError): boolean {
  return error.reason.startsWith('connection closed')
}

/** Opens the connection and asks for the brokers: only that shows that the listener takes our requests. */
async function ask(connection: Connection, limit: number, settings: Settings): Promise<Found> {
  const { address } = connection
  const timer = setTimeout(() => {
    connection.close(connectionError(address, `no answer in ${Math.round(limit / 100) / 10} s`))
  }, limit)
  let opened = false
  try {
    await connection.opened()
    opened = true
    const metadata = await connection.call(metadataApi, { topics: [] })
    if (metadata.brokers.length === 0) throw connectionError(address, 'it knows of no broker yet')
    return { connection, metadata }
  } catch (error) {
    throw asSeenFromHere(error, address, opened, settings)
  } finally {
    clearTimeout(timer)
  }
}

/** What an error means that comes before anything is known of the cluster. */
function asSeenFromHere(error: unknown, address: string, opened: boolean, { sasl }: Settings): unknown {
  if (error instanceof ConnectionError) {
    if (!opened || sasl || error.reason !== 'connection closed') return error
    const advice = 'the listener may want SASL: check security.protocol'
    return connectionError(address, 'connection closed at the first request', { advice, cause: error })
  }
  if (!(error instanceof KafkaError)) return error
  const advice = 'check the port: it may be a controller'
  return connectionError(address, `it does not answer as a broker does (${error.codeName})`, { advice, cause: error })
}

/** All of them in one line; an advice only when it holds for each. */
function cannotReach(failures: ConnectionError[]): FailedError {
  const tried = failures.map(({ address, reason }) => `${address} ${reason}`).join(', ')
  const advice = failures.every((failure) => failure.advice === failures[0]?.advice) && failures[0]?.advice
  return new FailedError(`cannot reach the cluster: ${tried}`, advice || 'check --bootstrap-server', {
    cause: failures[0]
  })
}
