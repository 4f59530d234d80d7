// Text that a peer sends to us who connected: connections that end, break, or are not there yet.
import { describe, expect, test } from '@jest/globals'
import { SocketInput } from '../../../src/endpoints/socket-input.js'
import { TextSource, only } from '../../../src/endpoints/text-source.js'
import { createParser } from '../../../src/formats/index.js'
import { type Peer, PeerServer } from '../../support/peers.js'
import { lines } from './line-options.js'
import { chunkOf, plainOf } from './list-records.js'

interface Setup {
  port: number
  retries?: number
  delay?: number
  retryConnect?: boolean
  notices?: string[]
}

function sourceOf({ port, retries = 0, delay = 1, retryConnect = false, notices = [] }: Setup): TextSource {
  const address = { name: `tcp://127.0.0.1:${port}`, at: { host: '127.0.0.1', port } }
  const notice = (text: string): unknown => notices.push(text)
  return new TextSource(only(new SocketInput({ address, retries, delay, retryConnect, notice })), () =>
    createParser(lines)
  )
}

async function valuesOf(source: TextSource, signal = new AbortController().signal): Promise<(string | null)[]> {
  const values: (string | null)[] = []
  try {
    for (;;) {
      const records = await chunkOf(source, signal)
      if (!records) return values
      while (records.next()) values.push(plainOf(records).value)
    }
  } finally {
    await source.close()
  }
}

/** Sends each text over a connection of its own, which it then ends. */
function sending(...texts: string[]): (peer: Peer) => void {
  return ({ socket }) => socket.end(texts.shift() ?? '')
}

describe('a socket as input', () => {
  test('what is cut by a reconnect is whole, and the rest is a last record', async () => {
    const server = await PeerServer.listen({ onPeer: sending('te', 'st1\ncheck1\n', 'chec', 'k2\nlast') })
    expect(await valuesOf(sourceOf({ port: server.port, retries: 4 }))).toEqual(['test1', 'check1', 'check2', 'last'])
    expect(server.peers).toHaveLength(4)
  })

  test.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [5, 5]
  ])('retries %i is %i connections', async (retries, connections) => {
    const server = await PeerServer.listen({ onPeer: sending() })
    expect(await valuesOf(sourceOf({ port: server.port, retries }))).toEqual([])
    expect(server.peers).toHaveLength(connections)
  })

  test('retries -1 goes on until it is interrupted', async () => {
    const controller = new AbortController()
    const server: PeerServer = await PeerServer.listen({
      onPeer: ({ socket }) => (server.peers.length < 20 ? socket.end('a\n') : controller.abort())
    })
    const values = await valuesOf(sourceOf({ port: server.port, retries: -1, delay: 0 }), controller.signal)
    expect(values).toEqual(Array<string>(19).fill('a'))
  })

  test('a reset is an error, whatever the retries', async () => {
    const server = await PeerServer.listen({ onPeer: ({ socket }) => socket.resetAndDestroy() })
    await expect(valuesOf(sourceOf({ port: server.port, retries: -1 }))).rejects.toThrow(
      new RegExp(`^cannot (read|connect to) tcp://127.0.0.1:${server.port}: the other side broke the connection$`)
    )
  })

  test('nobody there is an error', async () => {
    const server = await PeerServer.listen()
    const { port } = server
    await server.close()
    await expect(valuesOf(sourceOf({ port, retries: -1 }))).rejects.toMatchObject({
      line: `cannot connect to tcp://127.0.0.1:${port}: nobody listens there: start what listens there first, or add retry-connect`
    })
  })

  test('with retry-connect it waits for the peer, and says so once', async () => {
    const gone = await PeerServer.listen()
    const { port } = gone
    await gone.close()
    const notices: string[] = []
    const values = valuesOf(sourceOf({ port, retryConnect: true, notices }))
    while (notices.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const server = await PeerServer.listen({ port, onPeer: sending('at last\n') })
    expect(await values).toEqual(['at last'])
    expect(notices).toEqual([`waiting for tcp://127.0.0.1:${port}: nobody listens there`])
    await server.close()
  })

  test('a signal ends the wait for the next connection', async () => {
    const controller = new AbortController()
    const server = await PeerServer.listen({ onPeer: sending('a\nb') })
    const source = sourceOf({ port: server.port, retries: 2, delay: 600_000 })
    const records = await chunkOf(source, controller.signal)
    expect(records!.next()).toBe(true)
    expect(records!.next()).toBe(false)
    const next = chunkOf(source, controller.signal)
    controller.abort()
    expect(await next).toBeNull()
    await source.close()
  })
})
