/** The other side of a socket: peers and servers of node:net, and what they received. */
import { once } from 'node:events'
import { type AddressInfo, type NetConnectOpts, type Server, type Socket, connect, createServer } from 'node:net'
import { afterAll } from '@jest/globals'

const opened = new Set<Server | Socket>()

afterAll(() => {
  for (const each of opened) {
    if ('destroy' in each) each.destroy()
    else each.close()
  }
})

/** One connection, and all that came over it. */
export class Peer {
  readonly socket: Socket
  #chunks: Buffer[] = []
  #ended = false

  /** @param reads false: it takes nothing until `read()` */
  constructor(socket: Socket, reads = true) {
    this.socket = socket
    opened.add(socket)
    socket.on('error', () => undefined).on('end', () => (this.#ended = true))
    if (reads) this.read()
  }

  read(): void {
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString()
  }

  get ended(): boolean {
    return this.#ended
  }
}

/** Connects, as soon as somebody listens. */
export async function connectTo(at: NetConnectOpts, reads = true): Promise<Peer> {
  for (;;) {
    const socket = connect(at)
    try {
      await once(socket, 'connect')
      return new Peer(socket, reads)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Listens, on a free port of 127.0.0.1 unless it is said where. */
export class PeerServer {
  readonly peers: Peer[] = []
  readonly #server: Server
  readonly #at: { port?: number; host?: string; path?: string }

  static async listen(
    options: { port?: number; host?: string; path?: string; reads?: boolean; onPeer?: (peer: Peer) => void } = {}
  ): Promise<PeerServer> {
    const { reads = true, onPeer, ...at } = options
    const server = createServer((socket) => {
      const peer = new Peer(socket, reads)
      listening.peers.push(peer)
      onPeer?.(peer)
    })
    const listening = new PeerServer(server, at)
    server.listen(at.path === undefined ? { port: 0, host: '127.0.0.1', ...at } : at)
    await once(server, 'listening')
    opened.add(server)
    return listening
  }

  private constructor(server: Server, at: { port?: number; host?: string; path?: string }) {
    this.#server = server
    this.#at = at
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** As `pipe` names it. */
  get uri(): string {
    if (this.#at.path !== undefined) return `unix:${this.#at.path}`
    return `tcp://${this.#at.host === '::1' ? '[::1]' : '127.0.0.1'}:${this.port}`
  }

  /** All that came over all connections, in their order. */
  get text(): string {
    return this.peers.map(({ text }) => text).join('')
  }

  /** Listens no more, and ends every connection. */
  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
