/** The options of HTTP endpoints, and what they mean together with the URL. Nothing is asked of a server here. */
import type { Endpoint, OptionSpecs, OptionValues } from '../../endpoint-module.js'
import { basicOf, hostOf } from '../../http-client.js'
import { tlsFileOptions, tlsOf, type TlsFiles } from '../tls-files.js'

/** @param direction of the environment variables: what is secret for one server is not shown to the other one */
const common = (direction: 'SOURCE' | 'SINK') =>
  ({
    header: {
      type: 'string',
      multiple: true,
      secret: `HTTP_${direction}_HEADER`,
      description: 'a header of each request, as in Name:value'
    },
    password: { type: 'string', secret: `HTTP_${direction}_PASSWORD`, description: 'of the user in the URL' },
    ...tlsFileOptions
  }) as const satisfies OptionSpecs

export const sourceOptions = {
  ...common('SOURCE'),
  body: {
    type: ['lines', 'array', 'record'],
    default: 'lines',
    isPlace: true,
    description: 'what an answer is: a record a line, a JSON array of them, or a single one'
  },
  poll: { type: 'duration', description: 'how often to ask again; without it, once' }
} as const satisfies OptionSpecs

export const sinkOptions = {
  ...common('SINK'),
  method: { type: ['POST', 'PUT'], default: 'POST', description: 'of requests' },
  body: {
    type: ['lines', 'array', 'record'],
    default: 'lines',
    description: 'what a request has: a record a line, a JSON array of them, or a single one'
  },
  format: {
    type: ['value', 'envelope'],
    default: 'value',
    description: 'what is sent of a record: its value, or all of it as a JSON object'
  },
  batch: { type: 'number', min: 1, max: 100_000, description: 'the most records in a request [default: 1000]' },
  'batch-bytes': { type: 'size', min: 1, description: 'the most bytes of keys and values in it [default: 1MB]' },
  requests: {
    type: 'number',
    default: 1,
    min: 1,
    max: 100,
    description: 'under way at a time; with more than one, they may overtake each other'
  },
  idempotent: { type: 'boolean', description: 'the server does a request once that has an Idempotency-Key it has seen' }
} as const satisfies OptionSpecs

/** Of either direction. */
interface HttpEndpoint extends Pick<Endpoint, 'name' | 'address'> {
  options: OptionValues<ReturnType<typeof common>>
}

/** Where requests go, and what all of them have. */
export interface Target {
  protocol: 'http:' | 'https:'
  host: string
  port: number
  /** With the query. */
  path: string
  headers: Readonly<Record<string, string>>
  tls: TlsFiles
  /** What no message may show though a server says it. */
  secrets: readonly string[]
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// Line breaks would begin another header.
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/
/** What is said by how a request is sent. */
const OURS = ['connection', 'content-length', 'host', 'idempotency-key', 'last-event-id', 'transfer-encoding']

/** @throws Error for what is wrong usage */
export function targetOf(
  protocol: 'http:' | 'https:',
  { name, address, options }: HttpEndpoint,
  specs: OptionSpecs
): Target {
  const url = URL.parse(`${protocol}${address}`)
  if (!address.startsWith('//') || !url?.hostname) throw new Error(`write ${protocol}//HOST:PORT/PATH`)
  const taken = name.includes('#') ? undefined : [...url.searchParams.keys()].find((key) => Object.hasOwn(specs, key))
  if (taken !== undefined) {
    const or = `or a # at the end, where '${taken}' is for the server`
    throw new Error(`what is for sluice stands behind a #: write #${taken}=VALUE, ${or}`)
  }
  const { header = [], password, cacertfile, certfile, keyfile } = options
  if (protocol === 'http:' && (cacertfile ?? certfile ?? keyfile) !== undefined) {
    throw new Error('certificates need https:')
  }
  const headers = header.map(headerIn)
  const login = basicOf(url, password)
  return {
    protocol,
    host: hostOf(url),
    port: Number(url.port || (protocol === 'https:' ? 443 : 80)),
    path: url.pathname + url.search,
    headers: { ...(login !== undefined && { authorization: login }), ...Object.fromEntries(headers) },
    tls: tlsOf(options),
    // Of `Bearer abc`, the server may repeat `abc`.
    secrets: headers.flatMap(([, value]) => [value, value.split(' ').at(-1)!]).filter(({ length }) => length > 2)
  }
}

/** The text is not shown: it may be secret. */
function headerIn(text: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^:]*):\s*(.*?)\s*$/s.exec(text) ?? []
  if (!NAME.test(name)) throw new Error('a header is written as in header=Name:value')
  if (NO_VALUE.test(value)) throw new Error(`the header ${name} has a character that no header has`)
  if (OURS.includes(name.toLowerCase())) throw new Error(`the header ${name} is set by sluice itself`)
  return [name.toLowerCase(), value]
}

/** @throws Error for what does not go together */
export function checkSink({ options }: Endpoint<typeof sinkOptions>): void {
  const { body, batch, 'batch-bytes': bytes, idempotent } = options
  if (body === 'record' && (batch ?? bytes) !== undefined)
    throw new Error('batch and batch-bytes are not for body=record')
  if (idempotent && body !== 'record') {
    throw new Error('idempotent needs body=record: batches may have other records after a crash')
  }
}

/** @throws Error for what does not go together */
export function checkSource({ options: { poll } }: Endpoint<typeof sourceOptions>): void {
  if (poll === 0) throw new Error('poll must be more than 0, as in poll=10s')
}
