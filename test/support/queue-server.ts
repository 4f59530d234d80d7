/**
 * A queue as message brokers have them, small, over HTTP: what is taken and not acknowledged comes again with the next
 * consumer, and what is put under an id that is there replaces it. It can be stopped and started with what it has.
 */
import { type IncomingMessage, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Entry {
  id: string
  value: string
}

export class QueueServer {
  /** In the order in which they were first put. */
  readonly entries = new Map<string, string>()
  /** Acknowledged up to this one. */
  acknowledged = 0
  /** The most that was handed out and not acknowledged. */
  mostUnacknowledged = 0
  #given = 0
  #port = 0
  #server: Server | null = null

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => response.end(JSON.stringify(this.#answer(request.url!, body))))
    })
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    server?.closeAllConnections()
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  put(entries: readonly Entry[]): void {
    for (const { id, value } of entries) this.entries.set(id, value)
  }

  #answer(path: string, body: unknown): unknown {
    if (path === '/put') return this.put(body as Entry[])
    if (path === '/open') return (this.#given = this.acknowledged)
    if (path === '/acknowledge') return (this.acknowledged = body as number)
    const { most, window } = body as { most: number; window: number }
    const room = Math.min(most, this.acknowledged + window - this.#given)
    const found = [...this.entries].slice(this.#given, this.#given + room)
    this.#given += found.length
    this.mostUnacknowledged = Math.max(this.mostUnacknowledged, this.#given - this.acknowledged)
    return { entries: found.map(([id, value]) => ({ id, value })), next: this.#given }
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return JSON.parse(text)
}
