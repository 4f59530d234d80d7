/** Asks an OAuth token endpoint for a token, by client credentials (RFC 6749 section 4.4). */
import type { ConnectionOptions } from 'node:tls'
import { FailedError } from '../errors.js'
import { ask, jsonOf } from '../http-client.js'
import type { Token } from '../kafka/oauth-bearer.js'

/** How long it may take, ms. */
const TIMEOUT = 10_000
const CHECK_URL = 'check sasl.oauthbearer.token.endpoint.url'

export interface TokenEndpoint {
  url: URL
  id: string
  secret: string
  scope: string | undefined
  /** Whom to trust, and who we are. */
  tls: ConnectionOptions
}

export interface Issued extends Token {
  /** Milliseconds for which it is good. */
  lifetime: number
}

/** @throws FailedError */
export async function issueToken({ url, id, secret, scope, tls }: TokenEndpoint): Promise<Issued> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) })
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  }
  const where = `no token from ${url.origin}${url.pathname}`
  const question = { method: 'POST', headers, body: form.toString(), tls, timeout: TIMEOUT }
  const { status, body } = await ask(url, question).catch((error: unknown) => {
    const { message } = error as Error
    const advice = /certificate/.test(message)
      ? 'give its CA to https.ca.location, or to ssl.truststore.location in sasl.jaas.config'
      : CHECK_URL
    throw new FailedError(`${where}: ${message}`, advice, { cause: error })
  })
  const answer = (jsonOf(body) ?? {}) as Partial<Record<'access_token' | 'expires_in' | 'error', unknown>>
  if (typeof answer.access_token === 'string') {
    return { value: answer.access_token, lifetime: Number(answer.expires_in ?? 0) * 1000 }
  }
  const reason = typeof answer.error === 'string' ? `, ${answer.error}` : ''
  // Whoever answers so, and gives none, is no token endpoint.
  const advice = status === 200 ? CHECK_URL : 'check client id, secret and scope'
  throw new FailedError(`${where}: status ${status}${reason}`, advice)
}
