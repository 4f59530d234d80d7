/** Users of a cluster that log in by SCRAM. */
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { Code } from './error-codes.js'
import { kafkaError } from './errors.js'
import { alterUserScramCredentialsApi } from './requests/alter-user-scram-credentials.js'
import type { Wire } from './wire.js'

/** The fewest that brokers take, as Kafka's own tools do; the passwords here are long and random. */
const ITERATIONS = 4096

const MECHANISMS = {
  'SCRAM-SHA-256': { mechanism: 1, digest: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { mechanism: 2, digest: 'sha512', bytes: 64 }
} as const

/** Gives a user a password; the user need not be known before. Brokers hear of it a moment later. */
export async function setPassword(
  wire: Wire,
  { user, password, mechanism: name }: { user: string; password: string; mechanism: keyof typeof MECHANISMS },
  signal?: AbortSignal
): Promise<void> {
  const { mechanism, digest, bytes } = MECHANISMS[name]
  const salt = randomBytes(16)
  const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, bytes, digest)
  const credential = { user, mechanism, iterations: ITERATIONS, salt, saltedPassword }
  const { users } = await wire.any(alterUserScramCredentialsApi, [credential], { signal })
  const { errorCode, errorMessage: detail } = users[0]!
  if (errorCode !== Code.NONE) throw kafkaError(errorCode, { operation: 'Alter', detail })
}
