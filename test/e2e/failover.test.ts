// A cluster of three brokers that loses the leader of some partitions while it is written and read.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { freePorts } from '../../src/sandbox/ports.js'
import { createTopic, withAdmin } from '../support/broker.js'
import { collect, missingOf, numberedLines, until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { sluice, startSluice, succeeded } from '../support/sluice.js'

let brokers: OwnBrokers
let servers: string

beforeAll(async () => {
  const [first] = await freePorts(3)
  // A broker that crashed is found out soon.
  brokers = await startOwnBrokers(first!, 3, ['broker.session.timeout.ms=3000', 'broker.heartbeat.interval.ms=500'])
  servers = brokers.ports.map((port) => `127.0.0.1:${port}`).join(',')
}, 180_000)

afterAll(() => brokers?.stop(), 60_000)

test('a leader that crashes loses nothing and doubles nothing, and keeps the order of each partition', async () => {
  const LINES = 200_000
  const server = servers.split(',')[0]!
  const topic = await createTopic({ partitions: 6, replicas: 3, config: { 'min.insync.replicas': '2' }, server })
  const leaders = await withAdmin(async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]!.partitions.map(({ leader }) => leader)
  }, server)
  expect(new Set(leaders).size).toBe(3)

  const consumer = startSluice(['consume', topic, '-b', servers, '-f', '%p %s\\n'])
  const reading = collect(consumer)
  let read = 0
  consumer.stdout!.on('data', (chunk: Buffer) => (read += chunk.length))
  const producer = startSluice(['produce', topic, '-b', servers, '--batch-bytes', '5000', '-z', 'lz4'])
  const writing = collect(producer)
  // Slowly, so that much is on its way whenever the broker dies.
  let written = 0
  const feeding = setInterval(() => {
    producer.stdin!.write(numberedLines(written, (written += 2000)))
    if (written < LINES) return
    clearInterval(feeding)
    producer.stdin!.end()
  }, 50)
  await until(() => read > 1_000_000)
  await brokers.kill(leaders[0]!)

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

  const all = await sluice(['consume', topic, '-b', servers, '-e', '-f', '%p %s\\n'])
  expect(missingOf(LINES, succeeded(all).stdout)).toEqual([])
  await until(() => read >= all.stdout.length)
  consumer.kill('SIGTERM')
  const { code: interrupted, stdout } = await reading
  expect(interrupted).toBe(143)
  expect(missingOf(LINES, stdout)).toEqual([])
}, 180_000)
