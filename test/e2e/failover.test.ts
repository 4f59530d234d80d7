// A cluster of three brokers, of which some crash or hang while it is written, read and copied, and whose coordinators
// move.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { freePorts } from '../support/ports.js'
import { createTopic, createTopicNamed, uniqueName, withAdmin } from '../support/broker.js'
import { ended, wrongNumbers } from '../support/exactly-once.js'
import { committedTotal } from '../support/groups.js'
import { killNth } from '../support/kills.js'
import { Feed, LongRun, collect, missingOf, until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { finished, sluice, startSluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

let brokers: OwnBrokers
let servers: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  const [first] = await freePorts(3)
  brokers = await startOwnBrokers(first!, 3)
  servers = brokers.ports.map((port) => `127.0.0.1:${port}`).join(',')
  env = { KAFKA_BOOTSTRAP_SERVERS: servers }
}, 180_000)

afterAll(() => brokers?.stop(), 60_000)

/** The controller at work, which brokers wait for longer than for each other. */
function controller(): number {
  const state = readFileSync(join(brokers.folder, '1/data/__cluster_metadata-0/quorum-state'), 'utf8')
  return (JSON.parse(state) as { leaderId: number }).leaderId
}

/** Who leads each partition of a topic. */
async function leadersOf(topic: string, server: string): Promise<number[]> {
  const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }), server)
  const partitions = topics[0]!.partitions.sort((a, b) => a.partitionId - b.partitionId)
  return partitions.map(({ leader }) => leader)
}

test('what any broker can answer is asked of another one where one hangs', async () => {
  const server = servers.split(',')[0]!
  const hung = [2, 3].find((id) => id !== controller())!
  const prefix = uniqueName()
  await createTopicNamed(`${prefix}-a`, { brokers: [[hung]], server })
  // It has a connection to the one that hangs alone, and all the time that it takes for an answer.
  const flags = ['--discover', '200ms', '-X', 'request.timeout.ms=200000', '-v']
  const consumer = new LongRun([
    'consume',
    '--topic-pattern',
    `${prefix}.*`,
    '-b',
    servers.split(',')[hung - 1]!,
    ...flags
  ])
  await consumer.said(/ready /)
  await brokers.signal(hung, 'SIGSTOP')
  try {
    // Nothing is written: the topic may be led by the one that hangs.
    succeeded(await sluice(['produce', `${prefix}-b`, '--create-topic=1', '-b', server], { input: '' }))
    await consumer.said(new RegExp(`found ${prefix}-b:0`))
  } finally {
    await brokers.signal(hung, 'SIGCONT')
  }
  expect(await consumer.stop()).toBe(130)
}, 180_000)

/** Gives each partition of a topic other replicas, the first of which is to lead. */
async function assign(topic: string, replicas: number[][]): Promise<void> {
  const partitionAssignment = replicas.map((replicas, partition) => ({ partition, replicas }))
  const [server] = servers.split(',')
  await withAdmin((admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] }), server)
}

test('coordinators that move to another broker: of a group, and of transactions', async () => {
  const server = servers.split(',')[0]!
  const [topic, copy] = [await createTopic({ partitions: 3, server }), await createTopic({ partitions: 3, server })]
  const format = ['-f', '%p %s\\n']
  const often = ['--commit', 'auto:200ms']
  const consumer = new LongRun(['consume', topic, '-g', topic, '--reset', 'earliest', ...often, ...format], { env })
  const checkpoint = ['--checkpoint', new Workdir().join('positions'), '--checkpoint-interval', '200ms']
  const copier = new LongRun(['pipe', `kafka:${topic}`, `kafka:${copy}`, '--delivery', 'exactly-once', ...checkpoint], {
    env
  })
  const watcher = new LongRun(['consume', copy, ...format], { env })
  const producer = new LongRun(['produce', topic, '--linger', '0'], { env })
  const feed = new Feed(producer.child, { lines: 20, every: 20 })
  const goesOn = async (): Promise<void> => {
    const due = feed.written + 200
    await until(() => consumer.lines.length > due && watcher.lines.length > due).catch(() => {
      const [read, copied] = [consumer, watcher].map(({ lines }) => lines.length)
      throw new Error(`${due} are due, ${read} were read, ${copied} copied: ${consumer.stderr}${copier.stderr}`)
    })
    await until(async () => (await committedTotal(topic, topic, server)) > due)
  }
  await goesOn()
  for (const internal of ['__consumer_offsets', '__transaction_state']) {
    const others = (await leadersOf(internal, server)).map((leader) => 1 + (leader % 3))
    await assign(
      internal,
      others.map((other) => [other])
    )
    try {
      await until(async () => (await leadersOf(internal, server)).join() === others.join())
      await goesOn()
    } finally {
      // As it was, for what crashes next.
      await assign(
        internal,
        others.map((other) => [other, 1 + (other % 3), 1 + ((other + 1) % 3)])
      )
      await brokers.inSync(internal)
    }
  }
  feed.end()
  const { written } = feed
  expect(await producer.ended).toBe(0)
  await until(() => consumer.lines.length >= written && watcher.lines.length >= written)
  expect([await consumer.stop(), await copier.stop(), await watcher.stop()]).toEqual([130, 130, 130])
  expect(missingOf(written, consumer.stdout)).toEqual([])
  expect(missingOf(written, watcher.stdout)).toEqual([])
  expect(await committedTotal(topic, topic, server)).toBe(written)
  // At most that the new coordinator takes its time.
  expect(copier.stderr).toMatch(/^(sluice: .*: trying again\n)*$/)
}, 180_000)

const RECORDS = 24_000

interface Copy {
  checkpoint: string
  to: string
  run: string[]
  last: string[]
}

/** A topic that is written meanwhile, and what copies it into another one. */
async function copying(): Promise<{ copy: Copy; writing: Promise<unknown> }> {
  const like = { partitions: 3, replicas: 3, config: { 'min.insync.replicas': '2' }, server: servers.split(',')[0]! }
  const [from, to] = [await createTopic(like), await createTopic(like)]
  await brokers.inSync(from)
  await brokers.inSync(to)
  const produce = ['produce', from, '--partitioner', 'round-robin', '--linger', '5ms', '--sequence', `1:${RECORDS}`]
  const writing = finished(startSluice([...produce, '--rate', `${RECORDS / 12}/s`], { env }), '', 150_000).then(
    succeeded
  )
  const checkpoint = new Workdir().join('checkpoint')
  const keeping = ['--delivery', 'exactly-once', '--checkpoint', checkpoint, '--checkpoint-interval', '30ms']
  const sink = [`kafka:${to}`, ...keeping]
  const copy = {
    checkpoint,
    to,
    run: ['pipe', `kafka:${from}`, ...sink],
    last: ['pipe', `kafka:${from}?exit`, ...sink]
  }
  return { copy, writing }
}

async function killOften({ run, checkpoint }: Copy, kills: number): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    await killNth(kill, new LongRun(run, { env }), checkpoint)
  }
}

async function expectOnce({ to, last }: Copy): Promise<void> {
  expect((await sluice(last, { env })).code).toBe(0)
  await ended(to, servers)
  expect(await wrongNumbers(to, RECORDS, servers)).toEqual([])
}

const LINES = 200_000

/**
 * What is written and read while a leader goes is there once, and in the order of each partition.
 * @param goes makes this broker go
 * @returns the broker, and a topic that it has to catch up with
 */
async function leaderGoes(
  goes: (id: number) => Promise<void>,
  flags: string[] = []
): Promise<{ gone: number; topic: string }> {
  const server = servers.split(',')[0]!
  const topic = await createTopic({ partitions: 6, replicas: 3, config: { 'min.insync.replicas': '2' }, server })
  const leaders = await leadersOf(topic, server)
  expect(new Set(leaders).size).toBe(3)
  // Not the one that other tools are pointed to.
  const gone = leaders.find((id) => id !== 1)!

  const consumer = startSluice(['consume', topic, '-b', servers, '-f', '%p %s\\n', ...flags])
  const reading = collect(consumer)
  let read = 0
  consumer.stdout!.on('data', (chunk: Buffer) => (read += chunk.length))
  const producer = startSluice(['produce', topic, '-b', servers, '--batch-bytes', '5000', '-z', 'lz4', ...flags])
  const writing = collect(producer)
  // Slowly, so that much is on its way whenever the broker goes.
  void new Feed(producer, { lines: 2000, every: 50, end: LINES })
  await until(() => read > 1_000_000)
  await goes(gone)

  const { code, stderr } = await writing
  expect(code).toBe(0)
  // What cannot be sent is told once for a partition, not for each try.
  expect(
    stderr
      .split('\n')
      .filter(Boolean)
      .every((line) => /^sluice: .*: trying again$/.test(line))
  ).toBe(true)
  expect(stderr.split('\n').length).toBeLessThan(20)

  const all = await sluice(['consume', topic, '-b', server, '-e', '-f', '%p %s\\n'])
  expect(missingOf(LINES, succeeded(all).stdout)).toEqual([])
  await until(() => read >= all.stdout.length)
  consumer.kill('SIGTERM')
  const { code: interrupted, stdout } = await reading
  expect(interrupted).toBe(143)
  expect(missingOf(LINES, stdout)).toEqual([])

  return { gone, topic }
}

test('a leader that hangs loses nothing and doubles nothing', async () => {
  // Its connections stay open, and nothing comes of them.
  const flags = ['-X', 'request.timeout.ms=2000']
  const { gone, topic } = await leaderGoes((id) => brokers.signal(id, 'SIGSTOP'), flags)
  await brokers.signal(gone, 'SIGCONT')
  await brokers.inSync(topic)
}, 180_000)

test('kill -9 of an exactly-once pipe at any instant, and a broker that crashes, then another one: nothing is there twice', async () => {
  const { copy, writing } = await copying()
  await killOften(copy, 3)
  await brokers.kill(1)
  await killOften(copy, 3)
  await brokers.revive(1)
  await brokers.inSync(copy.to)
  await brokers.kill(2)
  await killOften(copy, 3)
  await brokers.revive(2)
  await writing
  await expectOnce(copy)
  await brokers.inSync(copy.to)
}, 300_000)

test('nor does one that crashes, under an exactly-once pipe either', async () => {
  const { copy, writing } = await copying()
  const pipe = new LongRun(copy.run, { env })
  await leaderGoes((id) => brokers.kill(id))
  await writing
  expect(await pipe.stop('SIGTERM')).toBe(143)
  await expectOnce(copy)
}, 180_000)
