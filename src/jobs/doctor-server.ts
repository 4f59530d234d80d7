/** One address, step by step: name, connection, TLS, what requests the broker speaks, login. */
import { findCluster } from '../kafka/bootstrap.js'
import { Connection, addressOf } from '../kafka/connection.js'
import { ConnectionError, connectionError } from '../kafka/connection-error.js'
import { KafkaError } from '../kafka/errors.js'
import { type Certificate, certificateOf, connect, lookUp, shakeHands } from '../kafka/probe.js'
import type { Address, Settings } from '../kafka/wire.js'
import { ESSENTIAL, unmetNeeds } from './doctor-needs.js'
import { type Check, failed, note, ok, skipped } from './doctor.js'

/** Days before a certificate's end from which it is worth a word. */
const SOON = 30
const DAY = 86_400_000

interface Step {
  name: string
  /** Throws a ConnectionError where it is no use to go on. */
  look: () => Promise<Check[]>
  /** Where the error itself has none. */
  advice: string
}

/** Ends after the first step that fails; those behind it are skipped. */
export async function* checkServer(address: Address, settings: Settings, signal: AbortSignal): AsyncGenerator<Check> {
  const subject = addressOf(address)
  const steps = stepsTo(address, settings, signal)
  for (const [index, { name, look, advice }] of steps.entries()) {
    signal.throwIfAborted()
    try {
      yield* await look()
    } catch (thrown) {
      const error = causeOf(thrown)
      yield failed(name, subject, error.reason, error.advice ?? advice)
      const rest = steps.slice(index + 1).map((step) => step.name)
      return yield* skipped(rest, subject, `${name} has to be right first`)
    }
  }
}

function stepsTo(address: Address, settings: Settings, signal: AbortSignal): Step[] {
  const { connectTimeout: limit, tls } = settings
  const subject = addressOf(address)
  const lookUpName = async (): Promise<Check[]> => {
    const found = await lookUp(address, limit)
    return found.length === 0 ? [] : [ok('name', subject, found.join(', '))]
  }
  const openSocket = async (): Promise<Check[]> => {
    return [ok('connection', subject, `open after ${(await connect(address, limit)).toFixed(1)} ms`)]
  }
  const steps: Step[] = [
    {
      name: 'name',
      look: lookUpName,
      advice: 'check its spelling, and whether DNS or /etc/hosts of this machine has it'
    },
    { name: 'connection', look: openSocket, advice: 'check the port, that the broker runs, and firewalls on the way' }
  ]
  if (tls) steps.push({ name: 'TLS', look: () => checkTls(address, tls, limit), advice: 'check ssl.*' })
  steps.push(
    { name: 'protocol', look: () => checkProtocol(address, settings), advice: 'check security.protocol and the port' },
    { name: 'login', look: () => checkLogin(address, settings, signal), advice: 'check sasl.*' }
  )
  return steps
}

async function checkTls(address: Address, tls: NonNullable<Settings['tls']>, limit: number): Promise<Check[]> {
  const subject = addressOf(address)
  try {
    const { protocol, cipher, theirs, ours } = await shakeHands(address, tls, limit)
    const unchecked = tls.rejectUnauthorized === false
    return [
      ok('TLS', subject, `${protocol}, ${cipher}`),
      certificateCheck('certificate', subject, theirs),
      ...(ours ? [certificateCheck('own certificate', subject, ours)] : []),
      ...(unchecked ? [note('certificate', subject, 'it is not verified', 'verify it: anybody could answer')] : [])
    ]
  } catch (error) {
    const reason = causeOf(error)
    const shown = await certificateOf(address, tls, limit).catch(() => undefined)
    if (!shown) throw reason
    const { advice, cause } = reason
    throw connectionError(reason.address, `${reason.reason.replace(/^TLS failed: /, '')} (${described(shown)})`, {
      advice,
      cause
    })
  }
}

export function certificateCheck(check: string, subject: string, certificate: Certificate): Check {
  const text = described(certificate)
  const left = certificate.expires - Date.now()
  return left > SOON * DAY ? ok(check, subject, text) : note(check, subject, text, 'have it renewed in time')
}

/** `CN=broker, issued by CN=Example CA, valid until 2027-01-31 (69 days)`. */
function described({ subject, issuer, expires }: Certificate): string {
  const days = Math.floor((expires - Date.now()) / DAY)
  const end = `until ${new Date(expires).toISOString().slice(0, 10)}`
  return `${subject || 'no name'}, issued by ${issuer || 'nobody'}, ${days < 0 ? `was valid ${end}` : `valid ${end} (${days} days)`}`
}

/** Before the login: brokers say what they speak to everybody. */
async function checkProtocol(address: Address, settings: Settings): Promise<Check[]> {
  const subject = addressOf(address)
  const connection = new Connection(address.host, address.port, { ...settings, sasl: null })
  try {
    await connection.opened()
    const unmet = unmetNeeds(connection.versions)
    if (unmet.length === 0) return [ok('protocol', subject, 'the broker speaks all requests that sluice sends')]
    return unmet.map(({ need, requests }) => {
      const text = `no ${need}: it does not speak ${requests.join(', ')} as sluice does`
      return (need === ESSENTIAL ? failed : note)('protocol', subject, text, 'update Kafka')
    })
  } finally {
    connection.close(connectionError(subject, 'not needed'))
  }
}

async function checkLogin(address: Address, settings: Settings, signal: AbortSignal): Promise<Check[]> {
  const { sasl } = settings
  const { connection } = await findCluster({ ...settings, bootstrapServers: [address] }, signal)
  connection.close(connectionError(connection.address, 'not needed'))
  if (!sasl) return [ok('login', addressOf(address), 'none is asked for')]
  const as = 'username' in sasl ? ` as ${sasl.username}` : ''
  return [ok('login', addressOf(address), `${sasl.mechanism}${as}`)]
}

/** What stands behind an error of `findCluster`; other errors are bugs. */
function causeOf(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error
  if (error instanceof Error && error.cause instanceof ConnectionError) return error.cause
  if (error instanceof KafkaError) return connectionError('', error.message, { advice: error.advice, cause: error })
  throw error
}
