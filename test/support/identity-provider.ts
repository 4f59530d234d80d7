/**
 * Gives out tokens for `ann`, as an OAuth token endpoint does, to those who know the secret: in the clear at `open`, and
 * over TLS at `secured`. Their path says of which kind the tokens are.
 */
import { type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { createServer as createSecuredServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface IdentityProviderOptions {
  /** Of the client `me`. */
  secret: string
  /** Of the signed tokens. */
  audience: string
  /** Whose signature brokers take; and another one. */
  key: KeyObject
  stranger: KeyObject
  /** PEM, key and certificate, for TLS. */
  identity: string
}

export class IdentityProvider {
  /** How many it gave out. */
  given = 0
  readonly #known: string
  readonly #kinds: Record<string, () => string>
  readonly #servers: Server[]

  constructor({ secret, audience, key, stranger, identity }: IdentityProviderOptions) {
    this.#known = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`
    this.#kinds = {
      // Kafka's own kind, for trials.
      '/unsigned': () => token({ alg: 'none' }, {}, null),
      '/signed': () => token(signed, { aud: audience }, key),
      '/forged': () => token(signed, { aud: audience }, stranger),
      '/elsewhere': () => token(signed, { aud: 'elsewhere' }, key)
    }
    this.#servers = [createServer(), createSecuredServer({ key: identity, cert: identity })]
  }

  async start(): Promise<this> {
    for (const server of this.#servers) {
      server.on('request', (request, response) => this.#answer(request, response))
      await once(server.listen(0, '127.0.0.1'), 'listening')
    }
    return this
  }

  /** The URL of tokens in the clear. */
  open(kind: string): string {
    return `http://127.0.0.1:${this.#port(0)}/${kind}`
  }

  /** The same over TLS. */
  secured(kind: string): string {
    return `https://localhost:${this.#port(1)}/${kind}`
  }

  stop(): void {
    for (const server of this.#servers) server.close()
  }

  #answer({ url, headers }: IncomingMessage, response: ServerResponse): void {
    const isKnown = headers.authorization === this.#known
    if (isKnown) this.given++
    const said = isKnown ? { access_token: this.#kinds[url!]!(), expires_in: 3600 } : { error: 'invalid_client' }
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(said))
  }

  #port(server: number): number {
    return (this.#servers[server]!.address() as AddressInfo).port
  }
}

const signed = { alg: 'RS256', kid: 'test' }

/** RFC 7515 and 7519. */
function token(head: object, claims: object, key: KeyObject | null): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part(head)}.${part({ sub: 'ann', iat: now, exp: now + 3600, ...claims })}`
  return `${text}.${key ? sign('RSA-SHA256', Buffer.from(text), key).toString('base64url') : ''}`
}
