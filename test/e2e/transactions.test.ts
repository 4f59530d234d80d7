/**
 * Two-phase commit against real brokers (semantics.md section 6): what a run leaves open, another one commits or aborts
 * with what it was told, also when the coordinator is not the same any more.
 */
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { findCoordinator } from '../../src/kafka/coordinators.js'
import type { Broker } from '../../src/kafka/requests/metadata.js'
import { type Transaction, Transactions } from '../../src/kafka/transactions.js'
import { type Settings, Wire } from '../../src/kafka/wire.js'
import { freePorts } from '../support/ports.js'
import { bootstrap, createTopic as newTopic, uniqueName } from '../support/broker.js'
import { allowOnlyDescribe } from '../support/acls.js'
import { append, batches } from '../support/batches.js'
import { failure } from '../support/failure.js'
import { startPeer } from '../support/faulty-peer.js'
import { until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { sluice, succeeded } from '../support/sluice.js'
import { needs } from '../support/versions.js'

const MINUTES = 900_000

const settingsOf = (ports: readonly number[]): Settings => ({
  bootstrapServers: ports.map((port) => ({ host: '127.0.0.1', port })),
  clientId: 'sluice',
  connectTimeout: 10_000,
  requestTimeout: 10_000,
  tls: null,
  sasl: null
})

const shared = [Number(bootstrap.split(':')[1])]

/** What one process has: connections of its own, and what it has been told. */
class Run {
  readonly notices: string[] = []
  readonly transactions: Transactions

  private constructor(readonly wire: Wire) {
    this.transactions = new Transactions(wire, (text) => void this.notices.push(text))
    closing.push(() => wire.close())
  }

  /** What it has been told, but that something is tried again. */
  get told(): string[] {
    return this.notices.filter((notice) => !notice.endsWith(': trying again'))
  }

  static async start(ports = shared): Promise<Run> {
    return new Run(await Wire.open(settingsOf(ports)))
  }

  /** Leaves a transaction open, with so many records of so many bytes in each of the topic's two partitions. */
  async leaveOpen(
    topic: string,
    { id = uniqueName('id'), timeout = MINUTES, count = 1, size = 1 } = {}
  ): Promise<Transaction> {
    const transaction = await this.transactions.begin(id, timeout)
    await this.transactions.enlist(transaction, topic, [0, 1])
    for (const partition of [0, 1]) await this.write(transaction, topic, partition, count, size)
    return transaction
  }

  async write(transaction: Transaction, topic: string, partition: number, count: number, size: number): Promise<void> {
    const { transactionalId, producerId, producerEpoch } = transaction
    const [batch] = batches(count, size, { producerId, producerEpoch, baseSequence: 0, transactional: true })
    await append(this.wire, topic, partition, batch!, transactionalId)
  }
}

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
}, 60_000)

const createTopic = (): Promise<string> => newTopic({ partitions: 2 })

/** The values' sizes, ascending, as somebody sees them who reads what is committed to the end. */
async function sizes(topic: string, { ports = shared, args = [] as string[] } = {}): Promise<number[]> {
  const { stdout } = succeeded(
    await sluice(['consume', topic, '-b', ports.map((port) => `127.0.0.1:${port}`).join(), '-e', ...args])
  )
  const lines = stdout.split('\n').slice(0, -1)
  return lines.map((line) => line.length).sort((a, b) => a - b)
}

/** A way to a broker for its first question, which is for its versions, and cut at the second one. */
interface CutLine {
  broker: Broker
  /** Questions so far. */
  asked: () => number
}

/**
 * @param what does not arrive of the second question: itself, or the answer
 * @param then is done before anybody hears of it
 */
async function cutLine(
  what: 'question' | 'answer',
  then: () => Promise<void> = async () => undefined,
  nodeId = 1,
  port = shared[0]!
): Promise<CutLine> {
  let asked = 0
  const peer = await startPeer((near) => {
    // One line is cut; who is silent for long may be asked over another.
    if (peer.accepted > 1) return void near.destroy()
    const far = connect(port, '127.0.0.1')
    const cut = (): void => void then().finally(() => near.destroy())
    near.on('data', (chunk: Buffer) => {
      if (++asked === 2 && what === 'question') cut()
      else far.write(chunk)
    })
    far.on('data', (chunk: Buffer) => (asked === 1 ? near.write(chunk) : cut()))
    far.on('error', () => undefined)
    near.on('close', () => far.destroy())
  })
  closing.push(() => peer.close())
  return { broker: { nodeId, host: '127.0.0.1', port: peer.port, rack: null }, asked: () => asked }
}

/** Coordinators answer when the end is decided; that the partitions have heard of it takes a moment more. */
async function becomes(topic: string, expected: number[], ports = shared): Promise<void> {
  let seen: number[] = []
  await until(async () => (seen = await sizes(topic, { ports })).length >= expected.length)
  expect(seen).toEqual(expected)
}

describe('what a run has left open', () => {
  test('is committed by another with what the first was told, as often as it likes', async () => {
    const topic = await createTopic()
    const first = await Run.start()
    const left = await first.leaveOpen(topic, { count: 2, size: 3 })
    first.wire.close()
    expect(await sizes(topic)).toEqual([])
    expect(await sizes(topic, { args: ['--isolation', 'uncommitted'] })).toEqual([3, 3, 3, 3])

    const { transactions } = await Run.start()
    expect(await transactions.commit(left)).toBeNull()
    await becomes(topic, [3, 3, 3, 3])
    expect(await transactions.commit(left)).toBeNull()
    expect(await (await Run.start()).transactions.commit(left)).toBeNull()
    expect((await transactions.abort(left))!.line).toBe(
      `transactional id "${left.transactionalId}": the transaction is not in a state that allows this: nothing is open, or it was ended the other way (INVALID_TXN_STATE)`
    )
    expect(await sizes(topic)).toEqual([3, 3, 3, 3])
  })

  test('is aborted by whoever takes its id over, and the first can do nothing any more', async () => {
    const topic = await createTopic()
    const first = await Run.start()
    const left = await first.leaveOpen(topic)
    expect(left.producerEpoch).toBe(0)

    const second = await Run.start()
    const taken = await second.transactions.begin(left.transactionalId, MINUTES)
    expect(taken.producerId).toBe(left.producerId)
    expect(taken.producerEpoch).toBeGreaterThan(0)
    expect(await first.transactions.commit(left)).toMatchObject({ codeName: 'PRODUCER_FENCED' })
    expect(await failure(first.transactions.enlist(left, topic, [0]))).toMatchObject({ codeName: 'PRODUCER_FENCED' })
    expect(await failure(first.write(left, topic, 0, 1, 1))).toMatchObject({ codeName: 'INVALID_PRODUCER_EPOCH' })

    await second.transactions.enlist(taken, topic, [0, 1])
    await second.write(taken, topic, 1, 1, 2)
    expect(await second.transactions.commit(taken)).toBeNull()
    await becomes(topic, [2])
    expect([...first.told, ...second.told]).toEqual([])
  })

  test('holds back what others commit after it, until its id is taken over', async () => {
    const topic = await createTopic()
    const left = await (await Run.start()).leaveOpen(topic)
    const other = await Run.start()
    const after = await other.leaveOpen(topic, { size: 5 })
    expect(await other.transactions.commit(after)).toBeNull()
    // The end of the second has reached the partitions, since its id can be used again.
    await other.transactions.begin(after.transactionalId, MINUTES)
    expect(await sizes(topic)).toEqual([])
    await other.transactions.begin(left.transactionalId, MINUTES)
    expect(await sizes(topic)).toEqual([5, 5])
  })

  test('is gone when its time is up', async () => {
    const topic = await createTopic()
    const run = await Run.start()
    const left = await run.leaveOpen(topic, { timeout: 5000 })
    const after = await run.leaveOpen(topic, { size: 4 })
    expect(await run.transactions.commit(after)).toBeNull()
    await becomes(topic, [4, 4])
    expect((await run.transactions.commit(left))!.line).toBe(
      `transactional id "${left.transactionalId}": another producer with the same transactional id has taken over, or the transaction took too long (PRODUCER_FENCED): run only one producer with a transactional id, and end transactions in time`
    )
  })
})

describe('a transaction', () => {
  test('leaves nothing to be read once it is aborted, as often as one likes', async () => {
    const topic = await createTopic()
    const run = await Run.start()
    const open = await run.leaveOpen(topic)
    expect(await run.transactions.abort(open)).toBeNull()
    expect(await run.transactions.abort(open)).toBeNull()
    expect(await run.transactions.commit(open)).toMatchObject({ codeName: 'INVALID_TXN_STATE' })
    const after = await run.leaveOpen(topic, { id: open.transactionalId, size: 2 })
    expect(await run.transactions.commit(after)).toBeNull()
    await becomes(topic, [2, 2])
  })

  test('that never began cannot be committed, and an id that nobody has begun is gone', async () => {
    const { transactions } = await Run.start()
    const empty = await transactions.begin(uniqueName('id'), MINUTES)
    expect(await transactions.commit(empty)).toMatchObject({ codeName: 'INVALID_TXN_STATE' })
    const unknown = { ...empty, transactionalId: uniqueName('id') }
    expect(await transactions.commit(unknown)).toMatchObject({ codeName: 'INVALID_PRODUCER_ID_MAPPING' })
    const topic = await createTopic()
    await transactions.enlist(empty, topic, [0])
    expect(await transactions.commit(empty)).toBeNull()
  })

  test('may not have a timeout that the broker does not allow', async () => {
    const { transactions } = await Run.start()
    const error = await failure(transactions.begin('late', MINUTES + 1))
    expect(error.line).toBe(
      'transactional id "late": the transaction timeout is longer than the broker allows (INVALID_TRANSACTION_TIMEOUT: 900001 ms): stay within the broker\'s transaction.max.timeout.ms'
    )
  })

  test('names the right that is missing, on the id or on the topic', async () => {
    const [topic, id] = [await createTopic(), uniqueName('id')]
    await allowOnlyDescribe('TRANSACTIONAL_ID', id)
    await allowOnlyDescribe('TOPIC', topic)
    const { transactions } = await Run.start()
    // Every broker hears of an ACL in its own time.
    await until(async () => (await transactions.begin(id, MINUTES).catch(() => null)) === null)
    expect((await failure(transactions.begin(id, MINUTES))).line).toBe(
      `transactional id "${id}": access to the transactional id is denied (TRANSACTIONAL_ID_AUTHORIZATION_FAILED): ask for an ACL that allows Write on transactional id "${id}"`
    )
    const other = await transactions.begin(uniqueName('id'), MINUTES)
    await until(async () => (await transactions.enlist(other, topic, [0, 1]).catch(() => null)) === null)
    expect((await failure(transactions.enlist(other, topic, [1, 0]))).line).toMatch(
      new RegExp(`^.* topic "${topic}" partition [01]: .*: ask for an ACL that allows Write on topic "${topic}"$`)
    )
  })

  test('whose commit was answered into a broken connection is committed, once', async () => {
    const topic = await createTopic()
    const run = await Run.start()
    const open = await run.leaveOpen(topic, { size: 6 })
    const line = await cutLine('answer')
    run.wire.addBroker(line.broker)
    expect(await run.transactions.commit(open)).toBeNull()
    expect(line.asked()).toBe(2)
    await becomes(topic, [6, 6])
    expect(run.told).toEqual([])
  })

  test('does not take a partition that does not exist, and waits for it until it is told not to', async () => {
    const { transactions } = await Run.start()
    const topic = await createTopic()
    const open = await transactions.begin(uniqueName('id'), MINUTES)
    const reason = new Error('enough')
    const stop = new AbortController()
    // The first partition is refused because of the second, which is what counts.
    const enlisting = transactions.enlist(open, topic, [0, 2], stop.signal)
    setTimeout(() => stop.abort(reason), 300)
    await expect(enlisting).rejects.toBe(reason)
    await expect(transactions.commit(open, stop.signal)).rejects.toBe(reason)
    expect(await transactions.commit(open)).toMatchObject({ codeName: 'INVALID_TXN_STATE' })
  })
})

/** Whose beginning was asked for over a line that broke. */
describe('a transaction after another one', () => {
  const begun = async (): Promise<{ run: Run; before: Transaction }> => {
    const run = await Run.start()
    return { run, before: await run.transactions.begin(uniqueName('id'), MINUTES) }
  }

  test.each(['question', 'answer'] as const)(
    'begins, the next time it is asked for, when the %s was lost',
    async (what) => {
      const { run, before } = await begun()
      const line = await cutLine(what)
      run.wire.addBroker(line.broker)
      const after = { ...before, producerEpoch: before.producerEpoch + 1 }
      expect(await run.transactions.begin(before.transactionalId, MINUTES, before)).toEqual(after)
      expect(line.asked()).toBe(2)
    }
  )

  test('does not begin when another run has taken its id', async () => {
    const { run, before } = await begun()
    await (await Run.start()).transactions.begin(before.transactionalId, MINUTES)
    const error = await failure(run.transactions.begin(before.transactionalId, MINUTES, before))
    expect(error).toMatchObject({ codeName: 'PRODUCER_FENCED' })
  })

  test.each(['begun to write', 'written', 'begun twice'])(
    'nor when a question was lost, and the other has %s',
    async (what) => {
      const topic = await createTopic()
      const { run, before } = await begun()
      const id = before.transactionalId
      const line = await cutLine('question', async () => {
        const other = await Run.start()
        if (what === 'begun twice') await other.transactions.begin(id, MINUTES)
        const taken = await other.transactions.begin(id, MINUTES)
        if (what === 'begun twice') return
        await other.transactions.enlist(taken, topic, [0])
        if (what === 'written') expect(await other.transactions.commit(taken)).toBeNull()
      })
      run.wire.addBroker(line.broker)
      const error = await failure(run.transactions.begin(id, MINUTES, before))
      expect(error).toMatchObject({ codeName: 'PRODUCER_FENCED' })
      expect(line.asked()).toBe(2)
    }
  )

  needs('3.0')(
    'begins when a question was lost, and the other has done nothing, which does nothing any more',
    async () => {
      const topic = await createTopic()
      const { run, before } = await begun()
      const other = await Run.start()
      let taken: Transaction
      const line = await cutLine('question', async () => {
        taken = await other.transactions.begin(before.transactionalId, MINUTES)
      })
      run.wire.addBroker(line.broker)
      const after = { ...before, producerEpoch: before.producerEpoch + 2 }
      expect(await run.transactions.begin(before.transactionalId, MINUTES, before)).toEqual(after)
      expect(await failure(other.transactions.enlist(taken!, topic, [0]))).toMatchObject({
        codeName: 'PRODUCER_FENCED'
      })
      await run.transactions.enlist(after, topic, [0])
      expect(await run.transactions.commit(after)).toBeNull()
    }
  )
})

describe('a coordinator that crashes', () => {
  let brokers: OwnBrokers
  let topic: string

  beforeAll(async () => {
    const [port] = await freePorts(3)
    brokers = await startOwnBrokers(port!, 3)
    topic = await newTopic({ partitions: 2, replicas: 3, server: `127.0.0.1:${port}` })
  }, 180_000)

  afterAll(() => brokers?.stop(), 60_000)

  test('after the records were written is followed by one that commits them', async () => {
    const run = await Run.start(brokers.ports)
    const left = await run.leaveOpen(topic, { size: 7 })
    const { transactionalId } = left
    const coordinator = await findCoordinator(run.wire, 'transaction', transactionalId)
    await brokers.kill(coordinator)
    expect(await run.transactions.commit(left)).toBeNull()
    expect(await findCoordinator(run.wire, 'transaction', transactionalId)).not.toBe(coordinator)
    expect(run.told).toEqual([])
    // One each of what was begun and enlisted on a new cluster, and of what was to be committed.
    expect(run.notices.length).toBeLessThan(4)
    await becomes(topic, [7, 7], brokers.ports)
    // As a run does that was restored from the checkpoint.
    expect(await (await Run.start(brokers.ports)).transactions.commit(left)).toBeNull()
    const next = await run.leaveOpen(topic, { id: transactionalId, size: 8 })
    expect(next.producerEpoch).toBeGreaterThan(left.producerEpoch)
    expect(await run.transactions.commit(next)).toBeNull()
    await becomes(topic, [7, 7, 8, 8], brokers.ports)
    await brokers.revive(coordinator)
    await brokers.inSync('__transaction_state')
  }, 180_000)

  needs('3.0')(
    'after it has begun one, and before it has said so, is followed by one that begins another',
    async () => {
      const run = await Run.start(brokers.ports)
      const before = await run.transactions.begin(uniqueName('id'), MINUTES)
      const { transactionalId } = before
      const coordinator = await findCoordinator(run.wire, 'transaction', transactionalId)
      const line = await cutLine('answer', () => brokers.kill(coordinator), coordinator, brokers.ports[coordinator - 1])
      run.wire.addBroker(line.broker)
      // Its successor does not know what the epoch was before (KIP-360).
      const after = await run.transactions.begin(transactionalId, MINUTES, before)
      expect(after).toEqual({ ...before, producerEpoch: before.producerEpoch + 2 })
      await run.transactions.enlist(after, topic, [0])
      await run.write(after, topic, 0, 1, 9)
      expect(await run.transactions.commit(after)).toBeNull()
      await becomes(topic, [7, 7, 8, 8, 9], brokers.ports)
    },
    180_000
  )
})
