/**
 * One request to a schema registry, with an end to it. node:http rather than fetch, which takes no CA of one's own.
 */
import type { IncomingMessage } from 'node:http'
import type { RegistrySettings } from './registry.js'

export interface Answer {
  status: number
  /** What its JSON says; null: it is none. */
  body: unknown
  /** Whether it is a registry's word: an error that has a code, or no error. */
  isOfRegistry: boolean
  /** What the registry says of an error; else ''. */
  message: string
}

/** No schema is longer than this. Bytes. */
const LONGEST = 16 << 20

const TYPE = 'application/vnd.schemaregistry.v1+json'

export interface Request extends Pick<RegistrySettings, 'authorization' | 'tls' | 'timeout'> {
  method: string
  body: string | undefined
}

/** The answer; or why there is none. */
export async function send(url: string, request: Request): Promise<Answer | string> {
  const { authorization, tls, timeout, method, body } = request
  const http = await (url.startsWith('https:') ? import('node:https') : import('node:http'))
  const headers = {
    accept: `${TYPE}, application/json`,
    ...(body === undefined ? {} : { 'content-type': TYPE, 'content-length': Buffer.byteLength(body) }),
    ...(authorization === null ? {} : { authorization })
  }
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeout)
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve(signal.aborted ? `no answer within ${timeout} ms` : reasonOf(error))
    http
      .request(url, { ...tls, method, headers, signal }, (response) => receive(response, resolve, failed))
      .on('error', failed)
      .end(body)
  })
}

function receive(response: IncomingMessage, resolve: (answer: Answer) => void, failed: (error: Error) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  response.on('error', failed)
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > LONGEST) response.destroy(new Error(`its answer has more than ${LONGEST >> 20} MiB`))
  })
  response.on('end', () => {
    const body = parse(Buffer.concat(chunks).toString())
    const status = response.statusCode!
    const { message, error_code: code } = (body ?? {}) as { message?: unknown; error_code?: unknown }
    const isOfRegistry = body !== null && (status === 200 || typeof code === 'number')
    resolve({ status, body, isOfRegistry, message: typeof message === 'string' ? message : '' })
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EPROTO') return 'it does not speak TLS'
  return code === undefined || /certificate/i.test(message) ? message : code
}
