/** What stands in the URI of an index: `//user:password@host:9200/index`, and how the connection to it is made. Pure. */
import type { OptionSpecs, OptionValues } from '../../endpoint-module.js'
import { basicOf, hostOf } from '../../http-client.js'

export const placeOptions = (product: string) =>
  ({
    tls: { type: 'boolean', description: 'connect with TLS' },
    ca: { type: 'string', description: 'a PEM file of the certificates to trust, with tls' },
    password: { type: 'string', secret: `${product}_PASSWORD`, description: 'of the user in the URI' },
    'api-key': { type: 'string', secret: `${product}_API_KEY`, description: 'instead of a user' }
  }) satisfies OptionSpecs

interface Endpoint {
  address: string
  options: OptionValues<ReturnType<typeof placeOptions>>
}

export interface Place {
  host: string
  port: number
  /** Decoded: a name, a pattern, or a template. */
  index: string
  /** Of the header Authorization. */
  authorization: string | undefined
  /** null: without TLS. */
  tls: { ca: string | undefined } | null
}

const EXAMPLE = 'write //HOST:PORT/INDEX'

/** @throws Error for what is wrong usage */
export function placeOf({ address, options }: Endpoint): Place {
  // No scheme that URL knows, which would take its own port away.
  const url = URL.parse(`search:${address}`)
  const [, index = ''] = /^\/([^/]+)$/.exec(url?.pathname ?? '') ?? []
  if (!url?.hostname || index === '') throw new Error(`'${address.replace(/^.*@/, '//')}' is no index: ${EXAMPLE}`)
  if (options.ca !== undefined && !options.tls) throw new Error('ca is of use with TLS only: add tls')
  return {
    host: hostOf(url),
    port: Number(url.port || 9200),
    index: decodeURIComponent(index),
    authorization: basicOf(url, options.password) ?? keyOf(options),
    tls: options.tls ? { ca: options.ca } : null
  }
}

function keyOf({ 'api-key': key }: Endpoint['options']): string | undefined {
  return key === undefined ? undefined : `ApiKey ${key}`
}
