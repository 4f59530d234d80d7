/**
 * What all that ask over HTTP have in common: node:http instead of fetch, which takes no CA of one's own, nor user and
 * password in a URL, and took two and a half times as long and three times the memory with 100 requests under way.
 */
import type { Agent, IncomingMessage, OutgoingHttpHeaders, request } from 'node:http'
import type { ConnectionOptions } from 'node:tls'

/** No answer that is kept in memory is longer than this. Bytes. */
export const LONGEST_ANSWER = 16 << 20

export interface Http {
  Agent: typeof Agent
  request: typeof request
}

/** Loads the one of the two that is needed. */
export async function httpFor(protocol: string): Promise<Http> {
  return protocol === 'https:' ? import('node:https') : import('node:http')
}

/** For a socket: without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** Of the header Authorization; undefined: nobody is named. */
export function basicOf({ username, password }: URL, secret = ''): string | undefined {
  if (username === '' && password === '') return undefined
  const own = password === '' ? secret : decodeURIComponent(password)
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${own}`).toString('base64')}`
}

export interface Question {
  method: string
  headers: OutgoingHttpHeaders
  body: string | undefined
  tls: ConnectionOptions | null
  /** Milliseconds until there is all of the answer. */
  timeout: number
}

/** One request, with an end to it. @throws Error, which says on one line why there is no answer */
export async function ask(url: URL, question: Question): Promise<{ status: number; body: Buffer }> {
  const { method, headers, body, tls, timeout } = question
  const { request } = await httpFor(url.protocol)
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeout)
    const failed = (error: Error): void => {
      const reason = signal.aborted ? `no answer within ${timeout} ms` : reasonOf(error)
      reject(new Error(reason, { cause: error }))
    }
    const received = (response: IncomingMessage): void =>
      receive(response, (body) => resolve({ status: response.statusCode!, body }), failed)
    request(url, { ...tls, method, headers, signal }, received)
      .on('error', failed)
      .end(body)
  })
}

/** What an answer says; null: it is no JSON. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return null
  }
}

/** Takes a body. One of the two is called, once: with all of it, or with why it broke off. */
export function receive(
  response: IncomingMessage,
  done: (body: Buffer) => void,
  failed: (error: NodeJS.ErrnoException) => void,
  longest = LONGEST_ANSWER
): void {
  const chunks: Buffer[] = []
  let length = 0
  response.on('error', failed)
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > longest) response.destroy(new Error(`its answer has more than ${longest >> 20} MiB`))
  })
  response.on('end', () => done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
}

/** Why a connection was not made, or broke off, on one line. */
export function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL')) {
    if (/wrong version number|packet length|record layer/.test(message)) return 'it does not speak TLS'
    const [, alert] = /\balert ([a-z ]+)/.exec(message) ?? []
    return alert === undefined ? code : `TLS: ${alert.trim()}`
  }
  if (code?.startsWith('HPE_')) return 'it does not speak HTTP'
  // Node's advice behind it is for people who start node.
  return code === undefined || /certificate/i.test(message) ? message.replace(/; if the root CA .*/s, '') : code
}
