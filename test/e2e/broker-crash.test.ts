// A broker that crashes and comes back, once, under whatever goes on: what is written, read, copied, shared and watched.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePorts } from '../support/ports.js'
import { createTopic, uniqueName } from '../support/broker.js'
import { readAll } from '../support/client.js'
import { committedTotal, describeGroup, settled } from '../support/groups.js'
import { Consumer, LongRun, collect, missingOf, numberedLines, until } from '../support/long-runs.js'
import { NumberWriter, nothing, totalOf, wrong } from '../support/numbers.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { sluice, startSluice, succeeded } from '../support/sluice.js'

let broker: OwnBrokers
let server: string
let env: NodeJS.ProcessEnv

/** Each is at work when the broker dies, sees that it is away, and is looked at afterwards. */
interface AtWork {
  whileAway(): Promise<unknown>
  afterwards(): Promise<void>
}

const LINES = 300_000

async function writtenAndRead(): Promise<AtWork> {
  const half = LINES / 2
  const topic = await createTopic({ partitions: 3, server })
  const consumer = startSluice(['consume', topic, '-b', server, '-f', '%p %s\\n'])
  const reading = collect(consumer)
  let [read, said, saidToo] = ['', '', '']
  consumer.stdout!.on('data', (chunk: Buffer) => (read += chunk.toString()))
  const producer = startSluice(['produce', topic, '-b', server, '--batch-bytes', '20000'])
  const writing = collect(producer)
  consumer.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
  producer.stderr!.on('data', (chunk: Buffer) => (saidToo += chunk.toString()))
  producer.stdin!.write(numberedLines(0, half))
  await until(() => read.length > 100_000)
  // Part of this is on its way when the broker dies, the rest comes while it is away.
  producer.stdin!.write(numberedLines(half, half + 1000))
  return {
    whileAway() {
      producer.stdin!.end(numberedLines(half + 1000, LINES))
      return until(() => [said, saidToo].every((text) => /trying again/.test(text)))
    },
    async afterwards() {
      expect(await writing).toMatchObject({ code: 0 })
      const all = await sluice(['consume', topic, '-b', server, '-e', '-f', '%p %s\\n'])
      expect(missingOf(LINES, succeeded(all).stdout)).toEqual([])
      await until(() => read.split('\n').length > LINES)
      consumer.kill('SIGTERM')
      const { code, stdout, stderr } = await reading
      expect(code).toBe(143)
      expect(missingOf(LINES, stdout)).toEqual([])
      // The trouble is told, but not for each try.
      expect(stderr).toMatch(/^sluice: .*trying again\n/)
      expect(stderr.split('\n').length).toBeLessThan(12)
      expect((await writing).stderr).toMatch(/^sluice: .*trying again\n/)
    }
  }
}

async function copied(): Promise<AtWork> {
  const topic = await createTopic({ partitions: 3 })
  const copy = await createTopic({ partitions: 3, server })
  const writer = await NumberWriter.start(topic, 3)
  const run = new LongRun(['pipe', `kafka:${topic}`, `kafka://${server}/${copy}`])
  const inCopy = async (): Promise<string[]> => (await readAll(copy, server)).map(({ value }) => `${value}\n`)
  await until(async () => (await inCopy()).length > 500)
  return {
    whileAway: () => run.said(/trying again/),
    async afterwards() {
      const count = await writer.stop()
      await until(async () => (await inCopy()).length >= count)
      expect(await run.stop('SIGINT')).toBe(130)
      expect(wrong(count, [{ stdout: (await inCopy()).join('') }])).toEqual(nothing)
    }
  }
}

/** The broker is the group's coordinator, too. */
async function sharedByAGroup(): Promise<AtWork> {
  const [topic, group] = [await createTopic({ partitions: 4, server }), uniqueName('group')]
  const args = [topic, '-b', server, '-g', group, '--reset', 'earliest', '--commit', 'auto:200ms']
  const [first, second] = [new Consumer(args), new Consumer(args)]
  await settled(group, 2, server)
  const writer = await NumberWriter.start(topic, 4, server)
  await Promise.all([first.wrote(500), second.wrote(500)])
  await until(async () => (await committedTotal(group, topic, server)) > 0)
  return {
    whileAway: () => Promise.resolve(),
    async afterwards() {
      const count = await writer.stop()
      await until(() => wrong(count, [first, second]).missing.length === 0)
      await until(async () => (await committedTotal(group, topic, server)) === count)
      expect([await first.stop(), await second.stop()]).toEqual([130, 130])
      // A broker that was away is told, and that it is back, or nothing.
      expect(totalOf([first, second]) - count).toBeLessThan(3000)
      expect((await describeGroup(group, server)).members).toEqual([])
    }
  }
}

async function served(): Promise<AtWork> {
  const [topic, group] = [uniqueName(), uniqueName('group')]
  succeeded(await sluice(['produce', topic, '--create-topic=1', '--sequence', '1:30'], { env }))
  const args = ['consume', topic, '-g', group, '--assign', '--from', 'earliest', '-n', '10']
  succeeded(await sluice(args, { env }))
  const run = new LongRun(['lag', group, '--listen', '0', '--watch', '200ms'], { env })
  await run.said(/listening/)
  const url = /listening on (http:\S+?)\/ /.exec(run.stderr)![1]!
  const status = async (): Promise<number> => (await fetch(`${url}/metrics`)).status
  expect(await status()).toBe(200)
  return {
    async whileAway() {
      await until(async () => (await status()) === 503)
      await run.said(/trying again/)
    },
    async afterwards() {
      await until(async () => (await status()) === 200)
      expect(await (await fetch(`${url}/metrics`)).text()).toContain(`topic="${topic}",partition="0"} 20\n`)
      expect(await run.stop()).toBe(130)
    }
  }
}

beforeAll(async () => {
  const [port] = await freePorts(1)
  broker = await startOwnBrokers(port!, 1)
  server = `127.0.0.1:${port}`
  env = { KAFKA_BOOTSTRAP_SERVERS: server }
}, 90_000)

afterAll(() => broker?.stop(), 60_000)

describe('a broker that crashes and comes back', () => {
  let atWork: AtWork[]

  beforeAll(async () => {
    atWork = await Promise.all([writtenAndRead(), copied(), sharedByAGroup(), served()])
    await broker.kill(1)
    await Promise.all(atWork.map((one) => one.whileAway()))
    await broker.restart()
  }, 180_000)

  test.each([
    ['loses nothing and doubles nothing, neither of what is written nor of what is read', 0],
    ['loses nothing of a copy', 1],
    ['loses nothing of a group that reads', 2],
    ['is an answer of lag --listen, which goes on', 3]
  ])('%s', async (_, which) => atWork[which]!.afterwards(), 180_000)
})

test('a broker that is away as a command starts is an error', async () => {
  await broker.kill(1)
  const run = await sluice(['consume', 'topic', '-b', server, '-e'])
  expect(run).toMatchObject({ code: 1, stdout: '' })
  expect(run.stderr).toMatch(/^sluice: cannot reach the cluster: .* connection refused: .*\n$/)
})
