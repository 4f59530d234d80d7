/**
 * Lag over HTTP: `/metrics` for Prometheus, computed when it is scraped, and a page with the curves of what was sampled
 * since the start. Trouble with the cluster is an answer (503), not the end.
 */
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FailedError, SluiceError } from '../errors.js'
import type { Address } from '../kafka/wire.js'
import type { HistoryData } from './lag-history.js'
import { METRICS_TYPE, metricsText } from './lag-metrics.js'
import { lagPage } from './lag-page.js'
import type { LagReport } from './lag-rows.js'

export interface LagServerOptions {
  /** Port 0: any that is free. */
  listen: Address
  /** Gives fresh numbers. */
  read: () => Promise<LagReport>
  history: () => HistoryData
}

export interface LagServer {
  /** Where it listens, as in `http://127.0.0.1:9308`. */
  url: string
  close(): void
}

/** Throws a FailedError when it cannot listen there. */
export async function startLagServer({ listen, read, history }: LagServerOptions): Promise<LagServer> {
  const pages: Record<string, () => Promise<[type: string, body: string]>> = {
    '/': async () => ['text/html; charset=utf-8', await lagPage({ url: 'history.json' })],
    '/history.json': () => Promise.resolve(['application/json', JSON.stringify(history())]),
    '/metrics': async () => [METRICS_TYPE, metricsText(await read())]
  }
  const forHere = LOOPBACK.test(listen.host)
  const answer = async ({ method, url = '/', headers }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (forHere && !LOOPBACK.test((headers.host ?? 'localhost').replace(/:\d+$/, ''))) {
      return end(response, 403, 'text/plain', 'only as localhost, or by an address of this machine itself\n')
    }
    const page = pages[url.replace(/\?.*/s, '')]
    if (!page) return end(response, 404, 'text/plain', 'there are / and /metrics\n')
    if (method !== 'GET' && method !== 'HEAD') return end(response, 405, 'text/plain', 'only GET\n', { allow: 'GET' })
    try {
      end(response, 200, ...(await page()))
    } catch (error) {
      const line = error instanceof SluiceError ? error.line : String(error)
      end(response, 503, 'text/plain; charset=utf-8', `${line}\n`)
    }
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(listen.port, listen.host)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(listen, error)
  })
  const { address, family, port } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

/**
 * What listens for this machine alone answers only by such a name: else a page from elsewhere could read it through a name
 * of its own that resolves to 127.0.0.1 (DNS rebinding).
 */
const LOOPBACK = /^(localhost|([\w-]+\.)+localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i

/** The page needs nothing but itself and its data. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'"

function end(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {}
): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, {
    'content-type': type,
    'content-length': length,
    'cache-control': 'no-store',
    'content-security-policy': POLICY,
    ...headers
  })
  response.end(body)
}

function cannotListen({ host, port }: Address, error: NodeJS.ErrnoException): FailedError {
  const reasons: Record<string, [what: string, advice: string]> = {
    EADDRINUSE: ['the port is in use', 'choose another one with --listen'],
    EACCES: ['the system does not allow it', 'choose a port above 1023'],
    EADDRNOTAVAIL: ['this machine does not have the address', 'use 127.0.0.1 or 0.0.0.0'],
    ENOTFOUND: ['there is no such host', 'use 127.0.0.1 or 0.0.0.0']
  }
  const [what, advice] = reasons[error.code ?? ''] ?? [error.message, undefined]
  return new FailedError(`cannot listen on ${host}:${port}: ${what}`, advice, { cause: error })
}

/** Whoever asks while work is under way gets the result of the next one, all of them the same: what they get is fresh. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const start = (): Promise<T> => {
    next = undefined
    return (running = work().finally(() => (running = undefined)))
  }
  return () => next ?? (running ? (next = running.then(start, start)) : start())
}
