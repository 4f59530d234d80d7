// What goes wrong around a run: brokers that die, are away or keep silent, and a full disk.
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePorts } from '../../src/sandbox/ports.js'
import { createTopic, withAdmin } from '../support/broker.js'
import { type Peer, startPeer } from '../support/faulty-peer.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { bash, finished, sluice, startSluice, succeeded } from '../support/sluice.js'

const LINES = 200_000
/** Enough for the run to be under way when something happens to it. */
const RATE = '40000/s'
const input = Array.from({ length: LINES }, (_, i) => `${i}\n`).join('')

/** Until the topic holds so many records, as another reader sees it. */
async function untilWritten(topic: string, records: number, server: string): Promise<void> {
  for (;;) {
    const shown = await sluice(['offsets', 'show', topic, '--json', '-b', server])
    const ends = JSON.parse(succeeded(shown).stdout) as { end: number }[]
    if (ends.reduce((sum, { end }) => sum + end, 0) >= records) return
  }
}

/** `partition:value` lines → each partition's values in the order read, and all of them sorted. */
function check(stdout: string): void {
  const last = new Map<string, number>()
  const all: number[] = []
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [partition, text] = line.split(':') as [string, string]
    const value = Number(text)
    // In the order of the input within a partition, and none twice.
    if (value <= (last.get(partition) ?? -1)) throw new Error(`${value} after ${last.get(partition)} in ${partition}`)
    last.set(partition, value)
    all.push(value)
  }
  expect(all).toHaveLength(LINES)
  expect(new Set(all).size).toBe(LINES)
}

/** Produces and consumes at the same time, and lets something happen when a good part is written. */
async function survive(topic: string, server: string, happen: () => Promise<void>): Promise<string> {
  const env = { KAFKA_BOOTSTRAP_SERVERS: server }
  const reader = startSluice(['consume', topic, '-n', `${LINES}`, '-f', '%p:%s\n'], { env })
  const writer = startSluice(['produce', topic, '--rate', RATE], { env })
  const [reading, writing] = [finished(reader, '', 80_000), finished(writer, input, 80_000)]
  await untilWritten(topic, LINES / 10, server)
  await happen()
  const written = succeeded(await writing)
  check(succeeded(await reading).stdout)
  check(succeeded(await sluice(['consume', topic, '-e', '-f', '%p:%s\n'], { env })).stdout)
  return written.stderr
}

describe('a broker that is killed', () => {
  let one: OwnBrokers
  let three: OwnBrokers
  const serverOf = (brokers: OwnBrokers): string => brokers.ports.map((port) => `127.0.0.1:${port}`).join(',')

  beforeAll(async () => {
    one = await startOwnBrokers((await freePorts(1))[0]!, 1)
    const base = (await freePorts(3))[0]!
    three = await startOwnBrokers(base, 3, ['min.insync.replicas=2'])
  })
  afterAll(async () => {
    await one?.stop()
    await three?.stop()
  })

  test('and started again costs neither side a record, and repeats none', async () => {
    const topic = await createTopic({ partitions: 3, server: serverOf(one) })
    const notices = await survive(topic, serverOf(one), async () => {
      await one.kill(1)
      await one.restart()
    })
    expect(notices).toMatch(/trying again/)
  })

  test('while it leads costs neither side a record, and repeats none', async () => {
    const topic = await createTopic({ partitions: 3, replicas: 3, server: `127.0.0.1:${three.ports[0]}` })
    const metadata = await withAdmin(
      (admin) => admin.fetchTopicMetadata({ topics: [topic] }),
      `127.0.0.1:${three.ports[0]}`
    )
    const { leader } = metadata.topics[0]!.partitions[0]!
    const survivor = `127.0.0.1:${three.ports.find((_, index) => index + 1 !== leader)}`
    await survive(topic, survivor, () => three.kill(leader))
  })
})

describe('a cluster that cannot be reached', () => {
  let silent: Peer
  beforeAll(async () => {
    silent = await startPeer()
  })
  afterAll(() => silent.close())

  test('is told at once, with the address tried', async () => {
    const { code, stderr } = await sluice(['consume', 'x', '-b', '127.0.0.1:1,[::1]:1'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sluice: cannot reach the cluster: 127\.0\.0\.1:1 [^\n]*\[::1\]:1 [^\n]*\n$/)
  })

  test('is given up within --connect-timeout when it keeps silent', async () => {
    const start = performance.now()
    const { code, stderr } = await sluice(['produce', 'x', '-b', `127.0.0.1:${silent.port}`, '--connect-timeout', '1s'])
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^sluice: cannot reach the cluster: 127\\.0\\.0\\.1:${silent.port} [^\\n]*\\n$`))
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

describe('the output', () => {
  const env = { KAFKA_BOOTSTRAP_SERVERS: process.env['SLUICE_TEST_BOOTSTRAP'] }
  let topic: string
  beforeAll(async () => {
    topic = await createTopic()
    succeeded(await sluice(['produce', topic, '--sequence', '1:100000'], { env }))
  })

  test.each(['> /dev/full', '-O /dev/full'])('to a full disk (%s) is one clear line', async (where) => {
    const { code, stderr } = await bash(`sluice consume ${topic} -e ${where}`, { env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sluice: cannot write to [^\n]*: no space left on the device: [^\n]*\n$/)
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ] as const)('holds all that was read after %s', async (signal, code) => {
    const reader = startSluice(['consume', topic], { env })
    const ended = finished(reader)
    await once(reader.stdout!, 'data')
    reader.kill(signal)
    const result = await ended
    expect(result.code).toBe(code)
    expect(result.stderr).toBe('')
    expect(result.stdout.endsWith('\n')).toBe(true)
  })
})
