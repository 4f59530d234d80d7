// What a network does to a run: a connection that ends within any message, lines that are slow, that trickle, that break.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type PipeArguments, planPipe } from '../../src/cli/pipe-plan.js'
import { readSettings } from '../../src/cli/settings.js'
import { pipe } from '../../src/jobs/pipe.js'
import { freePorts } from '../support/ports.js'
import { createTopic, uniqueName } from '../support/broker.js'
import { write } from '../support/client.js'
import type { Cut, Way } from '../support/faulty-line.js'
import { type Proxy, startProxy } from '../support/faulty-peer.js'
import { ended } from '../support/exactly-once.js'
import { committedTotal } from '../support/groups.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

/** Sessions at a time, each through a proxy of its own. */
const LINES = 4

let broker: OwnBrokers
let server: string
let proxies: Proxy[]

beforeAll(async () => {
  const [client, controller, ...ports] = await freePorts(2 + 2 * LINES)
  const behind = ports.slice(LINES).map((port, i) => ({ name: `LINE${i}`, port, proxy: ports[i]! }))
  proxies = await Promise.all(behind.map(({ port, proxy }) => startProxy(port, proxy)))
  const at = (name: string, port: number): string => `${name}://127.0.0.1:${port}`
  const names = ['CLIENT', 'CONTROLLER', ...behind.map(({ name }) => name)]
  broker = await startOwnBrokers(client!, 1, [
    `listeners=${[at('CLIENT', client!), at('CONTROLLER', controller!), ...behind.map(({ name, port }) => at(name, port))].join(',')}`,
    `advertised.listeners=${[at('CLIENT', client!), ...behind.map(({ name, proxy }) => at(name, proxy))].join(',')}`,
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listener.security.protocol.map=${names.map((name) => `${name}:PLAINTEXT`).join(',')}`
  ])
  server = `127.0.0.1:${client}`
}, 120_000)

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await broker?.stop()
}, 60_000)

/** A pipe within this process, through a proxy. Gives what it said. */
async function run(proxy: Proxy, source: string, sink: string, more: object = {}): Promise<string[]> {
  const { settings } = await readSettings({ 'bootstrap-server': `127.0.0.1:${proxy.port}` }, {})
  const flags = { delivery: 'at-least-once', 'on-error': 'fail', parallelism: 1, verbose: false, ...more }
  const clusters = { own: settings, other: () => Promise.resolve(settings) }
  const plan = await planPipe({ source, sink, flags } as unknown as PipeArguments, clusters)
  const said: string[] = []
  const nothing = (): void => undefined
  const signal = new AbortController().signal
  await pipe({ ...plan, progress: nothing, verbose: nothing, notice: (text) => said.push(text) }, signal)
  return said
}

/** Runs a short session of its own at each call, and looks at what came of it. */
type Session = (proxy: Proxy) => Promise<string[]>

/**
 * Within the length, before the correlation id, within it, within the header, in the middle, before the last byte; and
 * before the first: then what was asked for is done, and nobody hears of it.
 */
function placesIn(size: number): number[] {
  return [0, 2, 4, 6, 9, Math.floor(size / 2), size - 1]
}

/** Cuts all places of a session's messages with SLUICE_SWEEP set, else one of each message, in turn. */
async function sweep(session: Session): Promise<void> {
  const [first] = proxies
  // It is counted from the cut on, and this one is never come to.
  first!.cut({ way: 'requests', message: Infinity, byte: 0 })
  expect(await session(first!)).toEqual([])
  const all = process.env['SLUICE_SWEEP'] !== undefined
  const cutsOf = (way: Way): Cut[] =>
    first!.sizes[way].flatMap((size, message) => {
      const places = placesIn(size)
      return (all ? places : [places[message % places.length]!]).map((byte) => ({ way, message, byte }))
    })
  const left = [...cutsOf('responses'), ...cutsOf('requests')]
  const wrong: string[] = []
  await Promise.all(
    proxies.map(async (proxy) => {
      for (let cut = left.shift(); cut; cut = left.shift()) {
        proxy.cut(cut)
        const how = JSON.stringify(cut)
        const said = await session(proxy).catch((error: unknown) => error as Error)
        if (!Array.isArray(said)) wrong.push(`${how}: ${said.stack}`)
        else wrong.push(...said.filter((line) => !line.endsWith(': trying again')).map((line) => `${how}: ${line}`))
      }
    })
  )
  expect(wrong).toEqual([])
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i + 1}`)

const COUNT = 60
let topic: string

beforeAll(async () => {
  topic = await createTopic({ server, partitions: 2 })
  const messages = numbers(COUNT).map((value) => ({ value, partition: Number(value) % 2 }))
  for (const from of [0, 20, 40]) await write(topic, messages.slice(from, from + 20), server)
})

test('a broker that takes longer than --idle-exit to answer is not idle', async () => {
  const [proxy] = proxies
  proxy!.faults.latency = 300
  const args = ['consume', topic, '-b', `127.0.0.1:${proxy!.port}`, '--idle-exit', '100ms']
  const { stdout } = succeeded(await sluice(args).finally(() => (proxy!.faults.latency = 0)))
  expect(stdout.trim().split('\n').sort()).toEqual(numbers(COUNT).sort())
})

describe('a connection that is reset within any message, either way', () => {
  const readAll = async (from: string): Promise<string[]> =>
    succeeded(await sluice(['consume', from, '-b', server, '-e']))
      .stdout.trim()
      .split('\n')

  /** What was written to a file, in order of the numbers. */
  const sorted = (file: string): string[] =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .sort((a, b) => Number(a) - Number(b))

  test('reading', async () => {
    const folder = new Workdir().path
    await sweep(async (proxy) => {
      const file = join(folder, uniqueName('out'))
      const said = await run(proxy, `kafka:${topic}?exit`, file)
      expect(sorted(file)).toEqual(numbers(COUNT))
      return said
    })
  })

  test('reading as a member of a group', async () => {
    const folder = new Workdir().path
    await sweep(async (proxy) => {
      const [file, group] = [join(folder, uniqueName('out')), uniqueName('group')]
      const said = await run(proxy, `kafka:${topic}?exit&group=${group}&reset=earliest`, file)
      expect(sorted(file)).toEqual(numbers(COUNT))
      expect(await committedTotal(group, topic, server)).toBe(COUNT)
      return said
    })
  })

  test('writing', async () => {
    const target = await createTopic({ server, partitions: 2 })
    let next = 0
    const written: number[] = []
    await sweep(async (proxy) => {
      const from = 1 + COUNT * next++
      const said = await run(proxy, `sequence:${from}:${from + COUNT - 1}`, `kafka:${target}?batch-bytes=200`)
      for (let i = 0; i < COUNT; i++) written.push(from + i)
      return said
    })
    expect((await readAll(target)).map(Number).sort((a, b) => a - b)).toEqual(written.sort((a, b) => a - b))
  })

  test('copying exactly once', async () => {
    const folder = new Workdir().path
    const target = await createTopic({ server, partitions: 2 })
    await sweep((proxy) => {
      const checkpoint = join(folder, uniqueName('checkpoint'))
      return run(proxy, `kafka:${topic}?exit`, `kafka:${target}`, {
        ...{ delivery: 'exactly-once', checkpoint, 'checkpoint-interval': 100 }
      })
    })
    await ended(target, server)
    const copies = new Map<string, number>()
    for (const line of await readAll(target)) copies.set(line, (copies.get(line) ?? 0) + 1)
    expect(copies.size).toBe(COUNT)
    expect([...new Set(copies.values())]).toHaveLength(1)
  })
})
