/**
 * Tokens for SASL/OAUTHBEARER: from an OIDC token endpoint by client credentials (KIP-768) or from a file, as the Java
 * clients and librdkafka are configured for them; and unsecured ones (RFC 7519 section 6) for brokers set up for trials.
 */
import type { ConnectionOptions } from 'node:tls'
import type { Token } from '../kafka/oauth-bearer.js'
import { FailedError, UsageError } from '../errors.js'
import type { LoginModule } from './jaas.js'
import { type Property, place } from './properties.js'
import type { Take } from './security.js'
import { tlsOptions } from './tls.js'
import { type Issued, issueToken } from './token-endpoint.js'

type Provider = () => Promise<Token>

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
  const tls = tlsOfEndpoint(take, login)
  return reusing(() => issueToken({ url, id, secret, scope, tls }))
}

/** In the Java clients the options `ssl.*` of the login module, in librdkafka `https.ca.location` and `https.ca.pem`. */
function tlsOfEndpoint(take: Take, login: LoginModule | undefined): ConnectionOptions {
  const own = (name: string): Property | undefined => {
    const value = login?.options[name]
    if (value !== undefined) return { ...login!.property, key: name, value }
    return name.startsWith('ssl.ca.') ? take(name.replace('ssl', 'https')) : undefined
  }
  return tlsOptions(own).tls
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
