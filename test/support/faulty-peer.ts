/** Peers with network faults: a proxy to a real broker that can freeze or cut the line, and servers that do not answer. */
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'

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
}

/** Takes connections and does with them what `onConnection` does; that may be nothing. */
export async function startPeer(onConnection: (socket: Socket) => void = () => undefined): Promise<Peer> {
  const server = createServer()
  const peer = watch(server)
  server.on('connection', onConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  peer.port = (server.address() as AddressInfo).port
  return peer
}

export async function startProxy(target: number): Promise<Proxy> {
  let left = Infinity
  const peer = await startPeer((near) => {
    const far = connect(target, '127.0.0.1')
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        const passes = from === near ? left-- > 0 : left >= 0
        if (passes) to.write(chunk)
      })
      from.on('close', () => to.destroy())
      from.on('error', () => to.destroy())
    }
    pass(near, far)
    pass(far, near)
  })
  return Object.assign(peer, {
    freeze: (after = 0) => void (left = after === 0 ? -1 : after),
    end: () => peer.open.forEach((socket) => socket.end()),
    reset: () => peer.open.forEach((socket) => socket.resetAndDestroy())
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
