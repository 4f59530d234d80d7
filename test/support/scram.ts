/** Users with a password in the cluster. */
import { Code } from '../../src/kafka/error-codes.js'
import { KafkaError } from '../../src/kafka/errors.js'
import { setPassword } from '../../src/kafka/scram.js'
import { type Settings, Wire } from '../../src/kafka/wire.js'
import { until } from './long-runs.js'

export const mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

/** Gives a user its password, and resolves when the broker lets it in, which hears of that in its own time. */
export async function letIn(wire: Wire, user: string, password: string, door: Omit<Settings, 'sasl'>): Promise<void> {
  for (const mechanism of mechanisms) {
    await setPassword(wire, { user, password, mechanism })
    await until(() =>
      Wire.open({ ...door, sasl: { mechanism, username: user, password } }).then(
        (opened) => {
          opened.close()
          return true
        },
        (error: unknown) => {
          if (error instanceof KafkaError && error.code === Code.SASL_AUTHENTICATION_FAILED) return false
          throw error
        }
      )
    )
  }
}
