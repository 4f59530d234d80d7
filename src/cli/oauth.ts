/**
 * Tokens for SASL/OAUTHBEARER: from an OIDC token endpoint by client credentials (KIP-768) or from a file, as the Java
 * clients and librdkafka are configured for them; and unsecured ones (RFC 7519 section 6) for brokers set up for trials.
 */
import type { Token } from '../kafka/oauth-bearer.js'
import { FailedError, UsageError } from '../errors.js'
import type { LoginModule } from './jaas.js'
import { type Property, place } from './properties.js'
import type { Take } from './security.js'

type Provider = () => Promise<Token>

/** How long a token endpoint may take, ms. */
const timeout = 10_000

/** @throws UsageError when it is not said where tokens come from */
export function oauthProvider(take: Take, login: LoginModule | undefined, named: Property): Provider {
  const option = (name: string, property: string): string | undefined => login?.options[name] ?? take(property)?.value
  const endpoint = take('sasl.oauthbearer.token.endpoint.url')
  take('sasl.oauthbearer.method')
  take('sasl.login.callback.handler.class')
  if (!endpoint) return unsecuredProvider(take, login, named)
  const url = URL.parse(endpoint.value)
  if (url?.protocol === 'file:') return () => fileToken(url)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UsageError(`${place(endpoint)}: ${endpoint.key} is no URL`, 'write https://… or file:///…')
  }
  const id = option('clientId', 'sasl.oauthbearer.client.credentials.client.id')
  const secret = option('clientSecret', 'sasl.oauthbearer.client.credentials.client.secret')
  const scope = option('scope', 'sasl.oauthbearer.scope')
  if (id === undefined || secret === undefined) {
    throw new UsageError(
      `${place(endpoint)}: there is no client id and secret for it`,
      'add clientId="…" clientSecret="…" to sasl.jaas.config'
    )
  }
  return reusing(() => endpointToken(url, id, secret, scope))
}

interface Issued extends Token {
  /** Milliseconds for which it is good. */
  lifetime: number
}

/** Asks for a new token when four fifths of the last one's time are over, as the Java clients do. */
function reusing(issue: () => Promise<Issued>): Provider {
  let last: Promise<Issued> | undefined
  let until = 0
  return () => {
    if (last && performance.now() < until) return last
    const asked = performance.now()
    // Those that ask meanwhile wait for the same one.
    until = Infinity
    last = issue()
    last.then(
      ({ lifetime }) => (until = asked + lifetime * 0.8),
      () => (until = 0)
    )
    return last
  }
}

async function endpointToken(url: URL, id: string, secret: string, scope: string | undefined): Promise<Issued> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) })
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  const where = `no token from ${url.origin}${url.pathname}`
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { authorization },
      body: form,
      signal: AbortSignal.timeout(timeout)
    })
  } catch (error) {
    const { cause, message, name } = error as Error & { cause?: Error }
    const reason = name === 'TimeoutError' ? 'no answer' : (cause?.message ?? message)
    const advice = /certificate/.test(reason)
      ? 'set NODE_EXTRA_CA_CERTS to the file of its CA'
      : 'check sasl.oauthbearer.token.endpoint.url'
    throw new FailedError(`${where}: ${reason.replace(/; if .*/s, '')}`, advice, { cause: error })
  }
  const answer = (await response.json().catch(() => ({}))) as Record<'access_token' | 'expires_in' | 'error', unknown>
  if (typeof answer.access_token === 'string') {
    return { value: answer.access_token, lifetime: Number(answer.expires_in ?? 0) * 1000 }
  }
  const reason = typeof answer.error === 'string' ? `, ${answer.error}` : ''
  throw new FailedError(`${where}: status ${response.status}${reason}`, 'check client id, secret and scope')
}

async function fileToken(url: URL): Promise<Token> {
  const { readFile } = await import('node:fs/promises')
  try {
    return { value: (await readFile(url, 'utf8')).trim() }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'it does not exist' : code
    throw new FailedError(`no token from ${url.pathname}: ${reason}`, 'check sasl.oauthbearer.token.endpoint.url', {
      cause: error
    })
  }
}

function unsecuredProvider(take: Take, login: LoginModule | undefined, named: Property): Provider {
  take('enable.sasl.oauthbearer.unsecure.jwt')
  const config = take('sasl.oauthbearer.config')?.value
  const principal = login?.options['unsecuredLoginStringClaim_sub'] ?? /(?:^|\s)principal=(\S+)/.exec(config ?? '')?.[1]
  if (principal === undefined) {
    throw new UsageError(
      `${place(named)}: it is not said where tokens come from`,
      'add sasl.oauthbearer.token.endpoint.url'
    )
  }
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')
  return () => {
    const now = Math.floor(Date.now() / 1000)
    const value = `${part({ alg: 'none' })}.${part({ sub: principal, iat: now, exp: now + 3600 })}.`
    return Promise.resolve({ value })
  }
}
