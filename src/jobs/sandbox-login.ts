/** The one user of a secured sandbox. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Code } from '../kafka/error-codes.js'
import { KafkaError } from '../kafka/errors.js'
import { setPassword } from '../kafka/scram.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { type Door, tlsOf } from '../sandbox/ports.js'
import { mechanism, type Security } from '../sandbox/security.js'

/** Milliseconds until every broker should have heard of the user. */
const patience = 30_000

/**
 * Gives the user its password, over a door that is open for brokers only, and resolves when every broker lets it in.
 * (Kafka's own way, when the disk is formatted, would show the password to everybody in `ps`.)
 * @param ports where clients come in
 */
export async function letIn(
  security: Security,
  { doors, ports }: { doors: readonly Door[]; ports: readonly number[] },
  signal?: AbortSignal
): Promise<void> {
  const { authority, username, password } = security
  const settings = (port: number, how: Pick<Settings, 'tls' | 'sasl'>): Settings => ({
    bootstrapServers: [{ host: '127.0.0.1', port }],
    ...{ clientId: 'sluice', connectTimeout: patience, requestTimeout: patience },
    ...how
  })
  const wire = await Wire.open(settings(doors[0]!.port, { tls: tlsOf(security), sasl: null }), signal)
  try {
    await setPassword(wire, { user: username, password, mechanism }, signal)
  } finally {
    wire.close()
  }
  const user: Pick<Settings, 'tls' | 'sasl'> = { tls: { ca: authority }, sasl: { mechanism, username, password } }
  const deadline = performance.now() + patience
  for (const port of ports) {
    for (let isIn = false; !isIn;) {
      isIn = await Wire.open(settings(port, user), signal).then(isOpen, (error: unknown) => {
        const isRefused = error instanceof KafkaError && error.code === Code.SASL_AUTHENTICATION_FAILED
        if (!isRefused || performance.now() > deadline) throw error
        return false
      })
      if (!isIn) await sleep(50, undefined, { signal })
    }
  }
}

function isOpen(wire: Wire): boolean {
  wire.close()
  return true
}
