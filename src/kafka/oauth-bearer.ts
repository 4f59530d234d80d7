/**
 * SASL/OAUTHBEARER (RFC 7628, KIP-255). kafkajs sends the token and does not look at the answer: a broker that refuses it
 * first says why, as if all were well, and fails only when that is acknowledged.
 */
import type { SaslExchange } from 'kafkajs/src/network/connection.js'

export interface Token {
  value: string
  extensions?: Record<string, string>
}

const SEPARATOR = '\u0001'

/** Sends the token. Throws what the broker says of it. */
export async function authenticate({ value, extensions = {} }: Token, exchange: SaslExchange): Promise<void> {
  const fields = [`auth=Bearer ${value}`, ...Object.entries(extensions).map(([name, text]) => `${name}=${text}`)]
  const first = ['n,,', ...fields, '', ''].join(SEPARATOR)
  const refusal = await exchange({ request: message(first), response: text })
  if (refusal === '') return
  // The broker waits for this before it gives the connection up.
  await exchange({ request: message(SEPARATOR), response: text }).catch(() => undefined)
  const failed = new Error(`SASL OAUTHBEARER authentication failed: ${statusOf(refusal)}`)
  throw Object.assign(failed, { name: 'KafkaJSSASLAuthenticationError' })
}

/** With its length, as brokers before 1.0 exchange it. */
function message(content: string): { encode: () => Promise<Buffer> } {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return { encode: () => Promise.resolve(Buffer.concat([length, bytes])) }
}

const text = {
  decode: (bytes: Buffer): Promise<string> => Promise.resolve(bytes.toString('utf8', 4)),
  parse: (decoded: string): Promise<string> => Promise.resolve(decoded)
}

/** RFC 7628 section 3.2.2: `{"status":"invalid_token"}`. */
function statusOf(refusal: string): string {
  try {
    const { status } = JSON.parse(refusal) as { status?: unknown }
    return typeof status === 'string' ? status : 'the token is refused'
  } catch {
    return 'the token is refused'
  }
}
