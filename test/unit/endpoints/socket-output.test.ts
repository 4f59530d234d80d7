// What goes to a peer that we connect to, or to peers that connect to us: while they are there, slow, away, and back.
import { once } from 'node:events'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { PeersOutput } from '../../../src/endpoints/peers-output.js'
import { SocketOutput } from '../../../src/endpoints/socket-output.js'
import { PeerServer, connectTo } from '../../support/peers.js'
import { until } from '../../support/long-runs.js'

const never = new AbortController().signal
const FULL = Buffer.alloc(16 << 20, 'x')

interface Setup {
  port: number
  retries?: number
  retryConnect?: boolean
  notices?: string[]
  signal?: AbortSignal
}

function open({
  port,
  retries = -1,
  retryConnect = false,
  notices = [],
  signal = never
}: Setup): Promise<SocketOutput> {
  const address = { name: `tcp://127.0.0.1:${port}`, at: { host: '127.0.0.1', port } }
  const notice = (text: string): unknown => notices.push(text)
  return SocketOutput.open({ address, retries, delay: 1, retryConnect, notice }, signal)
}

/** True while it has not settled, a moment later. */
async function pending(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(resolve, 50, 'later'))
  return (
    (await Promise.race([
      promise.then(
        () => 'done',
        () => 'failed'
      ),
      later
    ])) === 'later'
  )
}

describe('a connection of ours', () => {
  test('gets the bytes as they are, then the end', async () => {
    const server = await PeerServer.listen()
    const output = await open({ port: server.port })
    await output.write(Buffer.from('a\n'))
    await output.write(Buffer.from('b\n'))
    await output.close()
    await until(() => server.peers[0]!.ended)
    expect(server.text).toBe('a\nb\n')
  })

  test('nobody there is an error at once, or waited for with retry-connect', async () => {
    const server = await PeerServer.listen()
    const { port } = server
    await server.close()
    await expect(open({ port })).rejects.toThrow(`cannot connect to tcp://127.0.0.1:${port}: nobody listens there`)
    const notices: string[] = []
    const opening = open({ port, retryConnect: true, notices })
    await until(() => notices.length > 0)
    const later = await PeerServer.listen({ port })
    await (await opening).close()
    await later.close()
  })

  test('a slow peer holds a write back', async () => {
    const server = await PeerServer.listen({ reads: false })
    const output = await open({ port: server.port })
    const writing = output.write(FULL)
    expect(await pending(writing)).toBe(true)
    server.peers[0]!.read()
    await writing
    await output.close()
    await until(() => server.text.length === FULL.length)
  })

  test('while the peer is away nothing is lost: what a broken connection did not take goes to the next one, whole', async () => {
    const first = await PeerServer.listen({ reads: false })
    const { port } = first
    const notices: string[] = []
    const output = await open({ port, notices })
    const writing = output.write(FULL)
    expect(await pending(writing)).toBe(true)
    await first.close()
    await until(() => notices.length > 0)
    expect(await pending(writing)).toBe(true)
    const second = await PeerServer.listen({ port })
    await writing
    await output.write(Buffer.from('behind'))
    await output.close()
    await until(() => second.peers[0]!.ended)
    expect(second.text === `${FULL.toString()}behind`).toBe(true)
    const name = `tcp://127.0.0.1:${port}`
    expect(notices).toEqual([`${name} is gone: connecting again`, `${name} is there again`])
  })

  test('a connection that was ended while nothing was written is not written to', async () => {
    const server = await PeerServer.listen()
    const output = await open({ port: server.port })
    await output.write(Buffer.from('one'))
    await until(() => server.text === 'one')
    server.peers[0]!.socket.end()
    await once(server.peers[0]!.socket, 'close')
    await output.write(Buffer.from('two'))
    await output.close()
    await until(() => server.peers[1]!.ended)
    expect(server.peers.map(({ text }) => text)).toEqual(['one', 'two'])
  })

  test.each([0, 3])('with retries %i it gives up', async (retries) => {
    const server = await PeerServer.listen({ reads: false })
    const { port } = server
    const output = await open({ port, retries })
    const writing = output.write(FULL)
    await until(() => server.peers.length === 1)
    await server.close()
    const reason = retries === 0 ? 'the connection broke' : 'nobody listens there'
    await expect(writing).rejects.toThrow(`cannot write to tcp://127.0.0.1:${port}: ${reason}`)
    await output.close()
  })

  test('a signal ends the wait, and says that something is unwritten', async () => {
    const controller = new AbortController()
    const server = await PeerServer.listen({ reads: false })
    const notices: string[] = []
    const output = await open({ port: server.port, notices, signal: controller.signal })
    const writing = output.write(FULL)
    await until(() => server.peers.length === 1)
    await server.close()
    await until(() => notices.length > 0)
    controller.abort()
    await expect(writing).rejects.toThrow('what was read last is not written')
    await output.close()
  })
})

async function listening(signal = never): Promise<{ output: PeersOutput; port: number }> {
  const notices: string[] = []
  const address = { name: 'tcp-listen://127.0.0.1:0', at: { host: '127.0.0.1', port: 0 } }
  const notice = (text: string): unknown => notices.push(text)
  const output = await PeersOutput.open({ address, notice, verbose: () => undefined }, signal)
  const port = Number(/^listening on 127\.0\.0\.1:(\d+)$/.exec(notices[0]!)![1])
  return { output, port }
}

describe('peers that connect to us', () => {
  test('the first is waited for; each gets all from its connection on, after the head; one that goes is dropped', async () => {
    const { output, port } = await listening()
    output.begin(Buffer.from('head\n'))
    const writing = output.write(Buffer.from('1\n'))
    expect(await pending(writing)).toBe(true)
    const first = await connectTo({ port })
    await writing
    const second = await connectTo({ port })
    await until(() => second.text === 'head\n')
    await output.write(Buffer.from('2\n'))
    await until(() => first.text === 'head\n1\n2\n')
    first.socket.destroy()
    await until(async () => {
      await output.write(Buffer.from('3\n'))
      return second.text.endsWith('3\n3\n')
    })
    await output.close()
    await until(() => second.ended)
    expect(first.text).toBe('head\n1\n2\n')
    expect(second.text).toMatch(/^head\n2\n(3\n)+$/)
  })

  test('the slowest sets the pace', async () => {
    const { output, port } = await listening()
    const [fast, slow] = [await connectTo({ port }), await connectTo({ port }, false)]
    await until(async () => {
      await output.write(Buffer.from('.'))
      return fast.text.length > 1
    })
    const writing = output.write(FULL)
    await until(() => fast.text.length > FULL.length)
    expect(await pending(writing)).toBe(true)
    slow.read()
    await writing
    await output.close()
    await until(() => slow.ended)
    expect(slow.text.length).toBeGreaterThanOrEqual(FULL.length)
  })

  test('what the last peer did not take waits for the next', async () => {
    const { output, port } = await listening()
    const first = await connectTo({ port }, false)
    const writing = output.write(FULL)
    expect(await pending(writing)).toBe(true)
    first.socket.destroy()
    expect(await pending(writing)).toBe(true)
    const second = await connectTo({ port })
    await writing
    await output.close()
    await until(() => second.ended)
    expect(second.text.length).toBe(FULL.length)
  })

  test('a signal ends the wait for a peer, and says that something is unwritten', async () => {
    const controller = new AbortController()
    const { output } = await listening(controller.signal)
    const writing = output.write(FULL)
    controller.abort()
    await expect(writing).rejects.toThrow('what was read last is not written')
    await output.close()
  })
})

describe('where to listen', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sockets-'))
  const openAt = (at: { path: string } | { host: string; port: number }): Promise<PeersOutput> =>
    PeersOutput.open({ address: { name: 'there', at }, notice: () => undefined, verbose: () => undefined }, never)

  test('a socket file goes at the end, a live one is refused, a stale one replaced, another file kept', async () => {
    const path = join(folder, 'one.sock')
    const output = await openAt({ path })
    await expect(openAt({ path })).rejects.toMatchObject({
      line: 'cannot listen on there: somebody listens there already: choose another address'
    })
    await output.close()
    expect(existsSync(path)).toBe(false)

    const file = join(folder, 'file')
    writeFileSync(file, 'precious')
    await expect(openAt({ path: file })).rejects.toThrow('cannot listen on there: a file is there that is no socket')
    expect(existsSync(file)).toBe(true)
  })

  test('a port in use, a folder that is none, a path too long', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(openAt({ host: '127.0.0.1', port })).rejects.toThrow('somebody listens there already')
    server.close()
    await expect(openAt({ path: join(folder, 'none', 'x.sock') })).rejects.toThrow(/^cannot listen on there: /)
    await expect(openAt({ path: join(folder, 'x'.repeat(200)) })).rejects.toThrow('too long a path')
  })
})
