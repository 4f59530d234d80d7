/**
 * Peers with network faults: a proxy to a real broker that can freeze, delay, trickle or cut the line, and servers that do
 * not answer.
 */
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { type Cut, type Faults, Line, Messages } from './faulty-line.js'

export interface Peer {
  port: number
  /** Connections taken so far. */
  accepted: number
  /** Connections that are open on this side. */
  open: Set<Socket>
  /** What was received, in order. */
  received: Buffer[]
  close(): Promise<void>
}

export interface Proxy extends Peer {
  /**
   * After so many more chunks from the client nothing goes through, and no connection ends: what a cable does that was
   * pulled.
   */
  freeze(after?: number): void
  /** Ends all connections in order (FIN), as a broker does that shuts down. */
  end(): void
  /** Resets all connections (RST), as the system does for a broker that crashed. */
  reset(): void
  /** In force from the moment they are set. */
  faults: Faults
  /** Resets one connection, in the middle of a message; those are counted from now on. */
  cut(where: Cut): void
  /** Whether that has happened. */
  isCut(): boolean
  /** Bytes of each message since then. */
  readonly sizes: { requests: number[]; responses: number[] }
}

/** Takes connections and does with them what `onConnection` does; that may be nothing. */
export async function startPeer(onConnection: (socket: Socket) => void = () => undefined, port = 0): Promise<Peer> {
  const server = createServer()
  const peer = watch(server)
  server.on('connection', onConnection)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  peer.port = (server.address() as AddressInfo).port
  return peer
}

/** @param port its own; 0: any */
export async function startProxy(target: number, port = 0): Promise<Proxy> {
  let left = Infinity
  const faults: Faults = { latency: 0, trickle: Infinity }
  const messages = { requests: new Messages(), responses: new Messages() }
  const peer = await startPeer((near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    near.setNoDelay(true)
    const pass = (from: Socket, to: Socket): void => {
      const line = new Line(to, faults, from === near ? messages.requests : messages.responses)
      from.on('data', (chunk: Buffer) => {
        const passes = from === near ? left-- > 0 : left >= 0
        if (passes) line.take(chunk)
      })
      from.on('close', () => line.end())
      from.on('error', () => line.end())
    }
    pass(near, far)
    pass(far, near)
  }, port)
  const count = (): void => Object.values(messages).forEach((way) => (way.sizes.length = 0))
  return Object.assign(peer, {
    freeze: (after = 0) => void (left = after === 0 ? -1 : after),
    end: () => peer.open.forEach((socket) => socket.end()),
    reset: () => peer.open.forEach((socket) => socket.resetAndDestroy()),
    faults,
    cut(where: Cut) {
      count()
      messages[where.way].cut = where
    },
    isCut: () => messages.requests.cut === null && messages.responses.cut === null,
    sizes: { requests: messages.requests.sizes, responses: messages.responses.sizes }
  })
}

function watch(server: Server): Peer {
  const peer: Peer = {
    port: 0,
    accepted: 0,
    open: new Set(),
    received: [],
    async close() {
      peer.open.forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    }
  }
  server.on('connection', (socket) => {
    peer.accepted++
    peer.open.add(socket)
    socket.on('data', (chunk: Buffer) => peer.received.push(chunk))
    socket.on('close', () => peer.open.delete(socket))
    socket.on('error', () => undefined)
  })
  return peer
}
