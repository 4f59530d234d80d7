// Flume's own agents as endpoints of pipe, both ways: what holds of every endpoint, and what is Flume's own.
import { once } from 'node:events'
import { type Server as HttpServer, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { conformance } from '../../src/conformance/conformance.js'
import { flume } from '../../src/connectors/flume/flume.js'
import { freePorts } from '../support/ports.js'
import { bootstrap, createTopic } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { type Proxy, startProxy } from '../support/faulty-peer.js'
import { ReceivingAgent, SendingAgent } from '../support/flume-agents.js'
import { FlumeCaller } from '../support/flume-caller.js'
import { Guide } from '../support/guide.js'
import { describeGuide } from '../support/guide-run.js'
import { LongRun, until } from '../support/long-runs.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const silence = { code: 0, stdout: '', stderr: '' }
const pipe = (...args: string[]): Promise<Result> => sluice(['pipe', ...args], { env })
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`)

/** Flows of the agent: those that the tests of every endpoint take, one each, and others. */
const CONFORMANCE = 5
const [COPY, KILL, AWAY, REFUSE, DEFLATE] = [0, 1, 2, 3, 4].map((flow) => CONFORMANCE + flow) as [number, number, number, number, number] // prettier-ignore
let agent: ReceivingAgent
let copied: Promise<void>
const at = (flow: number, options = ''): string => `flume://127.0.0.1:${agent.ports[flow]}${options}`

beforeAll(async () => {
  agent = await ReceivingAgent.start(DEFLATE + 1)
  // Beside the other tests.
  copied = copyFromAgents()
  copied.catch(() => undefined)
}, 150_000)
afterAll(() => agent?.server.stop(), 150_000)

describe('what holds of every endpoint', () => {
  interface Listening {
    address: string
    caller: FlumeCaller
  }
  const sourceTests = conformance<Listening>({
    endpoint: { source: flume.source },
    delivery: { source: 'at-least-once' },
    prepare: async () => {
      const [port] = (await freePorts(1)) as [number]
      return { address: `//127.0.0.1:${port}`, caller: new FlumeCaller(port) }
    },
    fill: async ({ caller }, messages) => caller.give(messages),
    peer: { stop: ({ caller }) => caller.stop(), start: async ({ caller }) => caller.start() },
    volume: 4e6,
    wrong: { source: [{ address: 'x' }, { address: '//localhost' }, { address: '//localhost:1/path' }] },
    release: ({ caller }) => caller.stop()
  })

  interface Flow {
    address: string
    flow: number
    proxy: Proxy
  }
  let flows = 0
  const sinkTests = conformance<Flow>({
    endpoint: { sink: flume.sink },
    delivery: { sink: 'at-least-once' },
    prepare: async () => {
      const flow = flows++
      const proxy = await startProxy(agent.ports[flow]!)
      return { address: `//127.0.0.1:${proxy.port}`, flow, proxy }
    },
    written: async ({ flow }) => agent.bodies(flow).map((body) => ({ value: Buffer.from(body) })),
    peer: {
      stop: ({ proxy }) => proxy.close(),
      start: async (place) => void (place.proxy = await startProxy(agent.ports[place.flow]!, place.proxy.port))
    },
    bad: { value: null, key: Buffer.from('tombstone') },
    volume: 2e6,
    wrong: {
      sink: [{}, { 'batch-size': '0' }, { 'compression-type': 'gzip' }].map((sink, i) => ({
        ...{ address: i === 0 ? '//localhost' : '//localhost:1', sink }
      }))
    },
    release: ({ proxy }) => proxy.close()
  })
  test.each([...sourceTests, ...sinkTests])('$name', ({ run }) => run())
})

test('an agent takes the records of a topic, time and key in headers', async () => {
  const topic = await createTopic()
  const headers = { h: 'x' }
  await write(topic, [{ key: 'a', value: '1', headers, timestamp: '1700000000123' }, { value: 'ä', timestamp: '1700000000124' }]) // prettier-ignore
  expect(await pipe(`kafka:${topic}?exit`, at(COPY))).toEqual(silence)
  expect(await pipe(`kafka:${topic}?exit`, at(COPY, '?key-header=id&batch-size=1'))).toEqual(silence)
  await until(() => agent.events(COPY).length === 4)
  const shown = agent.events(COPY).map(({ headers, body }) => [headers.split(', ').sort().join(), body])
  expect(shown).toEqual([
    ['h=x,key=a,timestamp=1700000000123', '1'],
    ['timestamp=1700000000124', 'ä'],
    ['h=x,id=a,timestamp=1700000000123', '1'],
    ['timestamp=1700000000124', 'ä']
  ])
  expect(await pipe(`kafka:${topic}?exit`, at(DEFLATE, '?compression-type=deflate'))).toEqual(silence)
  await until(() => agent.events(DEFLATE).length === 2)
  expect(agent.bodies(DEFLATE)).toEqual(['1', 'ä'])
})

test('kill -9 amid a copy of a topic loses nothing', async () => {
  const COUNT = 6000
  const [topic, folder] = [await createTopic(), new Workdir()]
  succeeded(await sluice(['produce', topic, '--sequence', `0:${COUNT - 1}`], { env }))
  const run = [at(KILL, '?batch-size=10'), '--checkpoint', folder.join('c'), '--checkpoint-interval', '20ms']
  const killed = new LongRun(['pipe', `kafka:${topic}`, ...run])
  await until(() => agent.events(KILL).length > 500)
  await killed.stop('SIGKILL')
  expect(killed.stderr).toBe('')
  expect(await pipe(`kafka:${topic}?exit`, ...run)).toEqual(silence)
  // Behind the sink's answer, and with some of it twice.
  await until(() => new Set(agent.bodies(KILL)).size >= COUNT)
  expect([...new Set(agent.bodies(KILL))]).toEqual(numbers(COUNT))
})

test('an agent that is killed is waited for', async () => {
  const topic = await createTopic()
  const run = new LongRun(['pipe', `kafka:${topic}`, at(AWAY)])
  await write(topic, [{ value: 'before' }])
  await until(() => agent.events(AWAY).length === 1)
  await agent.server.kill()
  await write(topic, [{ value: 'after' }])
  await run.said(/: is away: [^\n]*: trying again\n/)
  await agent.revive()
  // The agent may have died before it had noted, or answered, that it wrote the first one.
  await until(() => [...new Set(agent.bodies(AWAY))].join() === 'before,after')
  expect(await run.stop()).toBe(130)
  expect(run.stderr).toMatch(/^[^\n]*: is away: [^\n]*: trying again\n[^\n]*: goes on\n$/)
})

/** What agents send is in a topic before they forget it. They sleep for seconds after each failure. */
async function copyFromAgents(): Promise<void> {
  const COUNT = 1000
  const [topic, [plain, packed]] = [await createTopic(), (await freePorts(2)) as [number, number]]
  const listen = async (rate: number, port: number, options = ''): Promise<LongRun> => {
    const run = new LongRun(['pipe', `flume://127.0.0.1:${port}${options}`, `kafka:${topic}?rate=${rate}/s`, '-v'])
    await run.said(/: listening on port/)
    return run
  }
  const start = (rate: number): Promise<LongRun[]> =>
    Promise.all([listen(rate, plain), listen(rate, packed, '?compression-type=deflate')])
  const values = async (): Promise<Set<string | null>> => new Set((await readAll(topic)).map(({ value }) => value))

  // Slow, so that it is killed amid the copy.
  let runs = await start(200)
  const sender = await SendingAgent.start([
    { port: plain, compression: 'none' },
    { port: plain, compression: 'none' },
    { port: packed, compression: 'deflate' }
  ])
  const give = async (from: number): Promise<void> => {
    await Promise.all([0, 1, 2].map((flow) => sender.give(flow, numbers(COUNT, from + flow * COUNT))))
  }
  try {
    await give(0)
    await until(async () => (await values()).size > 100)
    await Promise.all(runs.map((run) => run.stop('SIGKILL')))
    const before = (await values()).size
    runs = await start(5000)
    await give(3 * COUNT)
    await until(async () => (await values()).size > before)
    await sender.server.kill()
    await sender.server.revive()
    await until(async () => (await values()).size >= 6 * COUNT)
    expect(await Promise.all(runs.map((run) => run.stop()))).toEqual([130, 130])
    expect(await values()).toEqual(new Set(numbers(6 * COUNT)))
  } finally {
    await sender.server.stop()
  }
}

test('a batch that an agent refuses is sent again', async () => {
  // Its channel has the default transactionCapacity of 100.
  const run = new LongRun(['pipe', 'sequence:1:200', at(REFUSE, '?batch-size=200')])
  await run.said(/: takes no batch of 200 \(FAILED\): [^\n]*transactionCapacity[^\n]*: trying again\n/)
  expect(await run.stop()).toBe(130)
  expect(agent.events(REFUSE)).toEqual([])
})

describe('what is wrong is said in a line', () => {
  let web: HttpServer
  let port = 0
  beforeAll(async () => {
    web = createServer((_, answer) => answer.end('hello')).listen(0, '127.0.0.1')
    await once(web, 'listening')
    port = (web.address() as AddressInfo).port
  })
  afterAll(() => void web.close())

  test.each<[what: string, args: () => string[], code: number, line: string]>([
    ['nobody there', () => ['elements:a', 'flume://127.0.0.1:1'], 1, 'no agent at 127.0.0.1:1: ECONNREFUSED: check that an Avro source of Flume'], // prettier-ignore
    ['no agent', () => ['elements:a', `flume://127.0.0.1:${port}`], 1, ': that is no Avro RPC: check that'],
    ['another compression', () => ['elements:a', at(DEFLATE)], 1, 'with the same compression-type'],
    ['the port in use', () => [`flume://127.0.0.1:${port}`, '-'], 1, 'somebody listens there already: choose another'],
    ['exactly-once, of a sink', () => ['elements:a', at(COPY), '--delivery', 'exactly-once', '--checkpoint', 'c'], 2, 'what was written to flume://127.0.0.1'], // prettier-ignore
    ['a checkpoint', () => ['flume://127.0.0.1:1', 'kafka:t', '--checkpoint', 'c'], 2, 'gone on with: leave it out, what was not written out comes again'], // prettier-ignore
    ['exactly-once, of a source', () => ['flume://127.0.0.1:1', 'kafka:t', '--delivery', 'exactly-once'], 2, 'flume://127.0.0.1:1 cannot be gone on with'] // prettier-ignore
  ])('%s', async (_, args, code, line) => {
    const run = await pipe(...args())
    expect(run).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(line) })
    expect(run.stderr).toMatch(/^sluice: [^\n]*\n$/)
  })

  test('who connects and is no agent is sent away', async () => {
    const run = new LongRun(['pipe', 'flume://127.0.0.1:0', '-'])
    await run.said(/: listening on port \d+\n/)
    const { 1: listening } = /listening on port (\d+)/.exec(run.stderr)!
    for (let i = 0; i < 2; i++) {
      const asked = get({ port: Number(listening), host: '127.0.0.1', agent: false })
      await once(asked, 'error')
    }
    await run.said(/flume:\/\/127.0.0.1:0: 127.0.0.1 was disconnected: that is no Avro RPC\n/)
    const caller = new FlumeCaller(Number(listening))
    caller.give([{ value: Buffer.from('real') }])
    await run.wrote(1)
    expect(await run.stop()).toBe(130)
    await caller.stop()
    expect(run.stdout).toBe('real\n')
    expect(run.stderr.match(/was disconnected/g)).toHaveLength(1)
  })
})

describeGuide(new Guide('flume'), () => {
  const { from, to } = agent.relay
  return { ...env, FLUME_AGENT: `127.0.0.1:${from}`, FLUME_HERE: `127.0.0.1:${to}` }
})

test('what agents send is in a topic before they forget it, through kill -9 of either side', () => copied, 240_000)
