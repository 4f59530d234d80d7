// The pipe between topics of three brokers, of which some crash while it is killed, too.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { freePorts } from '../../src/sandbox/ports.js'
import { createTopic } from '../support/broker.js'
import { isHeldBack, wrongNumbers } from '../support/exactly-once.js'
import { killNth } from '../support/kills.js'
import { LongRun, until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { finished, sluice, startSluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

let brokers: OwnBrokers
let servers: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  const [first] = await freePorts(3)
  // A broker that crashed is found out soon.
  brokers = await startOwnBrokers(first!, 3, ['broker.session.timeout.ms=3000', 'broker.heartbeat.interval.ms=500'])
  servers = brokers.ports.map((port) => `127.0.0.1:${port}`).join(',')
  env = { KAFKA_BOOTSTRAP_SERVERS: servers }
}, 180_000)

afterAll(() => brokers?.stop(), 60_000)

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
  await inSync(from)
  await inSync(to)
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

/** Resolves once all brokers have all of a topic. */
async function inSync(topic: string): Promise<void> {
  await until(async () => {
    const shown = await sluice(['discover', topic, '--json', '-b', servers], { env })
    const partitions = JSON.parse(shown.stdout || '[]') as { inSync: number[] }[]
    return partitions.length > 0 && partitions.every(({ inSync }) => inSync.length === 3)
  })
}

async function killOften({ run, checkpoint }: Copy, kills: number): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    await killNth(kill, new LongRun(run, { env }), checkpoint)
  }
}

async function expectOnce({ to, last }: Copy): Promise<void> {
  expect((await sluice(last, { env })).code).toBe(0)
  expect(await wrongNumbers(to, RECORDS, servers)).toEqual([])
  expect(await isHeldBack(to, servers)).toBe(false)
}

test('kill -9 of the pipe at any instant: nothing is lost, nothing is there twice', async () => {
  const { copy, writing } = await copying()
  await killOften(copy, 12)
  await writing
  await expectOnce(copy)
}, 180_000)

test('and with a broker that crashes, then another one', async () => {
  const { copy, writing } = await copying()
  await killOften(copy, 3)
  await brokers.kill(1)
  await killOften(copy, 6)
  await brokers.revive(1)
  await inSync(copy.to)
  await brokers.kill(2)
  await killOften(copy, 3)
  await brokers.revive(2)
  await writing
  await expectOnce(copy)
}, 300_000)

test('a broker that crashes under a pipe that is left alone', async () => {
  const { copy, writing } = await copying()
  const pipe = new LongRun(copy.run, { env })
  await sleep(2000 + Math.random() * 1000)
  await brokers.kill(3)
  await writing
  expect(await pipe.stop('SIGTERM')).toBe(143)
  await expectOnce(copy)
  await brokers.revive(3)
}, 180_000)
