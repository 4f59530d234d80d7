/** Listens for peers, on a port or at a socket file. The file of a listener that is dead is replaced. */
import { once } from 'node:events'
import { lstat, unlink } from 'node:fs/promises'
import { type AddressInfo, type Server, type Socket, createConnection, createServer } from 'node:net'
import { FailedError } from '../errors.js'
import { type SocketAddress, reasonOf } from './socket-connection.js'

export interface Listening {
  address: SocketAddress
  notice: (text: string) => void
  verbose: (text: string) => void
}

/**
 * Resolves when peers can connect. What listens is closed, and a socket file gone, with `close()` of the result.
 * @param onPeer gets each with a name for it · @throws FailedError
 */
export async function listen(
  { address, notice, verbose }: Listening,
  onPeer: (socket: Socket, name: string) => void
): Promise<Server> {
  const { name, at } = address
  let peers = 0
  const server = createServer({ keepAlive: true, noDelay: true }, (socket) => {
    const { remoteAddress: host, remotePort } = socket
    const peer = host === undefined ? `peer ${++peers}` : `${host.includes(':') ? `[${host}]` : host}:${remotePort}`
    verbose(`${peer} is connected to ${name}`)
    onPeer(socket, `${peer} at ${name}`)
  })
  if ('path' in at) await removeStale(address)
  server.listen(at)
  await once(server, 'listening').catch((error: unknown) => {
    throw cannotListen(name, error)
  })
  // Of a connection that could not be accepted: there may be others.
  server.on('error', (error) => notice(`${name}: ${error.message}`))
  const bound = server.address()
  if (typeof bound === 'string' || bound === null) verbose(`listening on ${name}`)
  else ('port' in at && at.port === 0 ? notice : verbose)(`listening on ${textOf(bound)}`)
  return server
}

function textOf({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

async function removeStale({ name, at }: SocketAddress): Promise<void> {
  const { path } = at as { path: string }
  const stats = await lstat(path).catch(() => null)
  if (!stats) return
  if (!stats.isSocket()) {
    throw new FailedError(`cannot listen on ${name}: a file is there that is no socket`, 'choose another path')
  }
  const socket = createConnection({ path })
  const code = await once(socket, 'connect').then(
    () => 'EADDRINUSE',
    (error: NodeJS.ErrnoException) => error.code
  )
  socket.destroy()
  if (code !== 'ECONNREFUSED' && code !== 'ENOENT') throw cannotListen(name, { code })
  await unlink(path).catch(() => undefined)
}

function cannotListen(name: string, error: unknown): FailedError {
  const listeners: Record<string, [what: string, advice: string]> = {
    EADDRINUSE: ['somebody listens there already', 'choose another address'],
    EACCES: ['the system does not allow it', 'choose a port above 1023, or a folder of your own'],
    EADDRNOTAVAIL: ['this machine does not have the address', 'use 127.0.0.1 or 0.0.0.0'],
    ENOENT: ['there is no such folder', 'make it first']
  }
  const { code = '' } = error as NodeJS.ErrnoException
  const [what, advice] = listeners[code] ?? [reasonOf(error), undefined]
  return new FailedError(`cannot listen on ${name}: ${what}`, advice, { cause: error })
}
