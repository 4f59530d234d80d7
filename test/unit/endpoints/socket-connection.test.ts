// A connection as it is written to: what becomes of a write when the other side ends.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from '@jest/globals'
import { connect, finish, forWriting, send } from '../../../src/endpoints/socket-connection.js'
import { PeerServer } from '../../support/peers.js'
import { until } from '../../support/long-runs.js'

/** More than the system takes for a peer that does not read. */
const FULL = Buffer.alloc(16 << 20, 'x')

async function pair(): Promise<{ socket: Socket; peer: Socket; server: PeerServer }> {
  const server = await PeerServer.listen({ reads: false })
  const at = { host: '127.0.0.1', port: server.port }
  const socket = forWriting(await connect({ name: 'there', at }, new AbortController().signal))
  await until(() => server.peers.length === 1)
  return { socket, peer: server.peers[0]!.socket, server }
}

test('a peer that ends its side while a write waits for it has not taken that, nor what comes after', async () => {
  const { socket, peer, server } = await pair()
  const sending = send(socket, FULL)
  await until(() => socket.bytesWritten > 0 && socket.writableLength > 0)
  const closed = once(socket, 'close')
  // Half closed: it could still read, but nobody can know whether it does.
  peer.end()
  expect(await sending).toBe(false)
  expect(socket.destroyed).toBe(true)
  expect(await send(socket, Buffer.from('more'))).toBe(false)
  await closed
  // There is nothing to end any more.
  await finish(socket)
  await server.close()
})

test('nor has one that breaks the connection', async () => {
  const { socket, peer, server } = await pair()
  const sending = send(socket, FULL)
  peer.resetAndDestroy()
  expect(await sending).toBe(false)
  await until(() => socket.closed)
  await server.close()
})
