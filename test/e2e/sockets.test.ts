// Sockets as endpoints of pipe: both roles, both directions, peers that end, go away, and are slow.
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { LongRun, until } from '../support/long-runs.js'
import { PeerServer, connectTo } from '../support/peers.js'
import { sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `line ${from + i}`)
const textOf = (lines: string[]): string => lines.map((line) => `${line}\n`).join('')

async function writeLines(topic: string, lines: string[]): Promise<void> {
  const messages = lines.map((value) => ({ value }))
  await write(topic, messages)
}

async function valuesIn(topic: string): Promise<(string | null)[]> {
  return (await readAll(topic)).map(({ value }) => value)
}

async function countIn(topic: string): Promise<number> {
  const offsets = await withAdmin((admin) => admin.fetchTopicOffsets(topic))
  return offsets.reduce((sum, { high }) => sum + Number(high), 0)
}

/** -1: nothing is committed. */
async function committed(group: string, topic: string): Promise<number> {
  const [found] = await withAdmin((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }))
  return Number(found!.partitions[0]!.offset)
}

/** A pipe that listens on a port of its own, and that port. */
async function listening(source: string, sink: string): Promise<{ run: LongRun; port: number }> {
  const run = new LongRun(['pipe', source, sink])
  await run.said(/listening on 127\.0\.0\.1:\d+\n/)
  return { run, port: Number(/127\.0\.0\.1:(\d+)/.exec(run.stderr)![1]) }
}

describe('as a client', () => {
  test('a record that a reconnect cuts is whole', async () => {
    const topic = await createTopic()
    const texts = ['te', 'st1\ncheck1\ncheck2\n']
    const server = await PeerServer.listen({ onPeer: ({ socket }) => socket.end(texts.shift() ?? '') })
    const run = await sluice(['pipe', `${server.uri}?retries=10&delay=10ms`, `kafka:${topic}`], { env })
    expect(run).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await valuesIn(topic)).toEqual(['test1', 'check1', 'check2'])
    expect(server.peers).toHaveLength(10)
  })

  test('records with keys, over IPv6, up to a last one without an end', async () => {
    const topic = await createTopic()
    const server = await PeerServer.listen({ host: '::1', onPeer: ({ socket }) => socket.end('k1=v1|k2=v2|last') })
    succeeded(await sluice(['pipe', `${server.uri}?delimiter=%7C&key-delimiter=%3D`, `kafka:${topic}`], { env }))
    const messages = await readAll(topic)
    expect(messages.map(({ key, value }) => [key, value])).toEqual([
      ['k1', 'v1'],
      ['k2', 'v2'],
      [null, 'last']
    ])
  })

  test('a topic to a peer, by TCP and by a socket file', async () => {
    const topic = await createTopic()
    await writeLines(topic, numbered(0, 1000))
    for (const at of [{}, { path: new Workdir().join('in.sock') }]) {
      const server = await PeerServer.listen(at)
      const run = await sluice(['pipe', `kafka:${topic}?exit`, server.uri], { env })
      expect(run).toEqual({ code: 0, stdout: '', stderr: '' })
      await until(() => server.peers[0]!.ended)
      expect(server.text).toBe(textOf(numbered(0, 1000)))
      await server.close()
    }
  })

  test('a peer that goes away and comes back has lost nothing', async () => {
    const topic = await createTopic()
    const first = await PeerServer.listen()
    const { port } = first
    const run = new LongRun(['pipe', `kafka:${topic}`, `${first.uri}?delay=20ms`])
    await writeLines(topic, numbered(0, 100))
    await until(() => first.text === textOf(numbered(0, 100)))
    await first.close()
    await writeLines(topic, numbered(100, 3000))
    await run.said(/is gone/)
    const second = await PeerServer.listen({ port })
    await until(() => second.text === textOf(numbered(100, 3000)))
    await run.said(/is there again/)
    expect(await run.stop()).toBe(130)
    const name = `tcp://127.0.0.1:${port}`
    expect(run.stderr).toBe(`sluice: ${name} is gone: connecting again\nsluice: ${name} is there again\n`)
    await second.close()
  })

  test('a slow peer holds the topic back: what it was not handed is not committed', async () => {
    const topic = await createTopic({ name: 'large' })
    const RECORDS = 60_000
    const line = 'x'.repeat(1000)
    succeeded(await sluice(['produce', topic], { env, input: `${line}\n`.repeat(RECORDS) }))
    const group = uniqueName('group')
    const server = await PeerServer.listen({ reads: false })
    const source = `kafka:${topic}?group=${group}&from=earliest&commit=auto:100ms&exit`
    const run = new LongRun(['pipe', source, server.uri])
    await until(() => server.peers.length === 1)
    const peer = server.peers[0]!
    // 60 MB are more than what the system's buffers and ours hold: once those are full, nothing moves.
    let last = -1
    await until(async () => {
      const before = last
      last = await committed(group, topic)
      await new Promise((resolve) => setTimeout(resolve, 1000))
      return last >= 0 && last === before
    })
    expect(last).toBeLessThan(RECORDS / 2)
    expect(run.child.exitCode).toBeNull()
    peer.read()
    expect(await run.ended).toBe(0)
    await until(() => peer.ended)
    expect(peer.text.length).toBe(RECORDS * (line.length + 1))
    expect(await committed(group, topic)).toBe(RECORDS)
  })

  test('ended while the peer is away, the group still has what was not handed over', async () => {
    const topic = await createTopic()
    const group = uniqueName('group')
    const server = await PeerServer.listen()
    const { port, uri } = server
    const args = ['pipe', `kafka:${topic}?group=${group}&from=earliest`, uri]
    const run = new LongRun(args)
    await writeLines(topic, numbered(0, 10))
    await until(() => server.text === textOf(numbered(0, 10)))
    await server.close()
    await writeLines(topic, numbered(10, 20))
    await run.said(/is gone/)
    expect(await run.stop()).toBe(1)
    expect(run.stderr).toMatch(/\nsluice: nobody is there at tcp:\S+: what was read last is not written: [^\n]+\n$/)
    const later = await PeerServer.listen({ port })
    const rest = new LongRun(args)
    await until(() => later.text.endsWith('line 19\n'))
    expect(await rest.stop()).toBe(130)
    // What was handed over but not committed yet comes again.
    expect(textOf(numbered(0, 20))).toMatch(new RegExp(`${later.text}$`))
    await later.close()
  })
})

describe('as a server', () => {
  test('lines of many peers, in pieces, are never mixed', async () => {
    const topic = await createTopic()
    const { run, port } = await listening('tcp-listen://127.0.0.1:0', `kafka:${topic}`)
    const peers = await Promise.all(Array.from({ length: 10 }, () => connectTo({ port })))
    for (let i = 0; i < 100; i++) {
      for (const [number, { socket }] of peers.entries()) {
        await new Promise((resolve) => socket.write(i % 2 ? `${i}\n` : `peer ${number} ${i} and `, resolve))
      }
    }
    await until(async () => (await countIn(topic)) === 500)
    const expected = peers.flatMap((_, number) =>
      numbered(0, 50).map((_, i) => `peer ${number} ${2 * i} and ${2 * i + 1}`)
    )
    expect((await valuesIn(topic)).sort()).toEqual(expected.sort())
    // It goes on when they are gone.
    for (const { socket } of peers) socket.end()
    const late = await connectTo({ port })
    late.socket.write('late\n')
    await until(async () => (await countIn(topic)) === 501)
    expect(await run.stop()).toBe(130)
    expect(run.stderr).toBe(`sluice: listening on 127.0.0.1:${port}\n`)
  })

  test('every peer gets every record of a topic, from its header on; with none, records wait', async () => {
    const topic = await createTopic()
    const sink = 'tcp-listen://127.0.0.1:0?format=csv&fields=offset,value'
    const { run, port } = await listening(`kafka:${topic}`, sink)
    const row = (i: number): string => `${i},line ${i}\n`
    await writeLines(topic, ['line 0'])
    const first = await connectTo({ port })
    await until(() => first.text === `offset,value\n${row(0)}`)
    const second = await connectTo({ port })
    await until(() => second.text === 'offset,value\n')
    await writeLines(topic, ['line 1'])
    await until(() => first.text.endsWith(row(1)) && second.text.endsWith(row(1)))
    first.socket.destroy()
    await writeLines(topic, ['line 2'])
    await until(() => second.text.endsWith(row(2)))
    expect(await run.stop()).toBe(130)
    await until(() => second.ended)
    expect([first.text, second.text]).toEqual([`offset,value\n${row(0)}${row(1)}`, `offset,value\n${row(1)}${row(2)}`])
  })

  test('a socket file: both ways between two of ours, stale ones replaced, live ones refused, gone at the end', async () => {
    const workdir = new Workdir()
    const path = workdir.join('our.sock')
    const listener = ['pipe', `unix-listen:${path}`, 'stdout:']
    const killed = new LongRun(listener)
    await until(() => existsSync(path))
    await until(() => connects(path))
    await killed.stop('SIGKILL')
    expect(existsSync(path)).toBe(true)

    const run = new LongRun(listener)
    await until(() => connects(path))
    succeeded(await sluice(['pipe', 'elements:a,b', `unix:${path}`]))
    await run.wrote(2)
    const other = await sluice(listener)
    expect(other).toMatchObject({ code: 1, stdout: '' })
    expect(other.stderr).toBe(
      `sluice: cannot listen on unix-listen:${path}: somebody listens there already: choose another address\n`
    )
    expect(await run.stop()).toBe(130)
    expect(run.stdout).toBe('a\nb\n')
    expect(existsSync(path)).toBe(false)

    const source = new LongRun(['pipe', 'sequence:1:3', `unix-listen:${path}`])
    const reader = await sluice(['pipe', `unix:${path}?retry-connect&delay=10ms`, 'stdout:'])
    expect(reader).toMatchObject({ code: 0, stdout: '1\n2\n3\n' })
    expect(await source.ended).toBe(0)
  })
})

function connects(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

describe('what is wrong is said in one line', () => {
  test.each([
    ['tcp://127.0.0.1', 'is no address: write tcp://HOST:PORT, or tcp://[::1]:PORT'],
    ['tcp:127.0.0.1:9000', 'is no address: write tcp://HOST:PORT, or tcp://[::1]:PORT'],
    ['tcp://127.0.0.1:0', 'is no address: write tcp://HOST:PORT, or tcp://[::1]:PORT'],
    ['tcp://127.0.0.1:65536', 'is no address: write tcp://HOST:PORT, or tcp://[::1]:PORT'],
    ['tcp-listen://127.0.0.1:65536', 'is no address: write tcp-listen://HOST:PORT, or tcp-listen://[::1]:PORT'],
    ['unix:', 'names nothing: write unix:PATH']
  ])('%s', async (uri, problem) => {
    const expected = { code: 2, stdout: '', stderr: `sluice: '${uri}' ${problem}\n` }
    expect(await sluice(['pipe', uri, 'stdout:'])).toEqual(expected)
    expect(await sluice(['pipe', 'elements:a', uri])).toEqual(expected)
  })

  test('options that are none, and a promise that a socket cannot keep', async () => {
    const option = await sluice(['pipe', 'tcp-listen://:9000?retries=2', 'stdout:'])
    expect(option).toMatchObject({ code: 2, stdout: '' })
    expect(option.stderr).toMatch(
      /^sluice: tcp-listen:\/\/:9000\?retries=2: there is no option 'retries' here: [^\n]+\n$/
    )
    for (const [source, sink] of [
      ['kafka:topic', 'tcp://127.0.0.1:9000'],
      ['tcp://127.0.0.1:9000', 'file.txt']
    ]) {
      const run = await sluice(['pipe', source!, sink!, '--delivery', 'exactly-once'])
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(/^sluice: [^\n]*exactly-once[^\n]*tcp:\/\/127\.0\.0\.1:9000[^\n]*\n$/)
    }
  })

  test('a peer that is not there, a port that is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const taken = await sluice(['pipe', `tcp-listen://127.0.0.1:${port}`, 'stdout:'])
    const problem = `cannot listen on tcp-listen://127.0.0.1:${port}: somebody listens there already`
    expect(taken).toEqual({ code: 1, stdout: '', stderr: `sluice: ${problem}: choose another address\n` })
    await new Promise((resolve) => server.close(resolve))
    for (const args of [
      [`tcp://127.0.0.1:${port}?retries=-1`, 'stdout:'],
      ['elements:a', `tcp://127.0.0.1:${port}`]
    ]) {
      const advice = 'start what listens there first, or add retry-connect'
      const stderr = `sluice: cannot connect to tcp://127.0.0.1:${port}: nobody listens there: ${advice}\n`
      expect(await sluice(['pipe', ...args])).toEqual({ code: 1, stdout: '', stderr })
    }
  })
})
