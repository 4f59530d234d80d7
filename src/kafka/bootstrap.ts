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
import type { Settings } from './wire.js'

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
  const failures = new Map<string, ConnectionError>()
  let timer: NodeJS.Timeout | undefined
  let found: Found | undefined
  const first = new Promise<Found>((resolve, reject) => {
    const tryNext = (): void => {
      clearTimeout(timer)
      const server = servers[attempts.length]
      if (!server) return
      const left = Math.max(1, Math.round(deadline - performance.now()))
      const connection = new Connection(server.host, server.port, { ...settings, connectTimeout: left })
      attempts.push(connection)
      timer = setTimeout(tryNext, Math.min(STAGGER, left / 2))
      ask(connection, left, settings).then(resolve, (error: ConnectionError) => {
        failures.set(connection.address, error)
        if (error.code === Code.SASL_AUTHENTICATION_FAILED) reject(error)
        else if (attempts.every(({ address }) => failures.has(address)) && attempts.length === servers.length) {
          reject(cannotReach(attempts.map(({ address }) => failures.get(address)!)))
        } else tryNext()
      })
    }
    tryNext()
  })
  try {
    found = await untilAborted(first, signal)
    return found
  } finally {
    clearTimeout(timer)
    for (const attempt of attempts) {
      if (attempt !== found?.connection) attempt.close(connectionError(attempt.address, 'not needed'))
    }
  }
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
