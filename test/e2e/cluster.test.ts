/** Offsets, groups and leaders in a cluster of three brokers, and what a broker's end does to them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commitOffsets, deleteOffsets } from '../../src/kafka/commit-offsets.js'
import { committedOffsets, committedOffsetsOf } from '../../src/kafka/committed-offsets.js'
import { findCoordinator, findCoordinators } from '../../src/kafka/coordinators.js'
import { KafkaError } from '../../src/kafka/errors.js'
import { deleteGroups, describeGroups, listGroups } from '../../src/kafka/groups.js'
import { type LogOffset, listOffsets } from '../../src/kafka/log-offsets.js'
import { Metadata } from '../../src/kafka/metadata.js'
import { type OffsetSpec, type ResolveOptions, resolveOffsets } from '../../src/kafka/offsets.js'
import { initProducerId } from '../../src/kafka/producer-id.js'
import type { Api } from '../../src/kafka/request.js'
import { findOneCoordinatorApi } from '../../src/kafka/requests/find-coordinator.js'
import { LOG_END, LOG_START, MAX_TIMESTAMP } from '../../src/kafka/requests/list-offsets.js'
import { offsetFetchOneApi } from '../../src/kafka/requests/offset-fetch.js'
import type { TopicPartition } from '../../src/kafka/topic-partition.js'
import { retry } from '../../src/kafka/retry.js'
import { createTopic, maxMessageBytes } from '../../src/kafka/topics.js'
import { Transactions } from '../../src/kafka/transactions.js'
import { type Settings, Wire } from '../../src/kafka/wire.js'
import { freePorts } from '../support/ports.js'
import { append, batches, ensureTopic } from '../support/batches.js'
import { failure } from '../support/failure.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { needs } from '../support/versions.js'

let brokers: OwnBrokers
let settings: Settings
let wire: Wire
let metadata: Metadata

/** 6 partitions: the n-th has 10 n records at 1000, 2000, … ms. */
const TOPIC = 'steps'
const partitions: TopicPartition[] = [0, 1, 2, 3, 4, 5].map((partition) => ({ topic: TOPIC, partition }))
const ends = [0n, 10n, 20n, 30n, 40n, 50n]

beforeAll(async () => {
  const [first] = await freePorts(3)
  brokers = await startOwnBrokers(first!, 3)
  settings = {
    bootstrapServers: brokers.ports.map((port) => ({ host: '127.0.0.1', port })),
    clientId: 'sluice',
    connectTimeout: 10_000,
    requestTimeout: 10_000,
    tls: null,
    sasl: null
  }
  wire = await Wire.open(settings)
  metadata = new Metadata(wire)
  await ensureTopic(wire, TOPIC, partitions.length)
  for (const { partition } of partitions) {
    const timestamps = Array.from({ length: partition * 10 }, (_, index) => (index + 1) * 1000)
    for (const batch of batches(timestamps.length, 10, { timestamps })) await append(wire, TOPIC, partition, batch)
  }
  await metadata.refresh([TOPIC])
}, 180_000)

afterAll(async () => {
  wire?.close()
  await brokers?.stop()
}, 60_000)

/** DeleteRecords v0, for one partition. */
const deleteRecords: Api<TopicPartition & { before: bigint }, number> = {
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 1],
  encode({ topic, partition, before }, to) {
    to.array([topic], () => to.string(topic).array([partition], () => to.int32(partition).int64(before))).int32(30_000)
  },
  decode(from) {
    from.int32()
    return from.array(() => {
      from.string()
      return from.array(() => [from.int32(), from.int64(), from.int16()][2] as number)[0]!
    })[0]!
  }
}

/** OffsetCommit v2 from outside the group. */
const commit: Api<TopicPartition & { group: string; offset: bigint }, number> = {
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 2],
  encode({ group, topic, partition, offset }, to) {
    to.string(group).int32(-1).string('').int64(-1n)
    to.array([topic], () => to.string(topic).array([partition], () => to.int32(partition).int64(offset).string('')))
  },
  decode: (from) =>
    from.array(() => {
      from.string()
      return from.array(() => [from.int32(), from.int16()][1]!)[0]!
    })[0]!
}

async function coordinatorOf(group: string): Promise<number> {
  // The internal topic is created by the first question for a coordinator.
  return retry(() => findCoordinator(wire, 'group', group), { deadline: 30_000 })
}

/** Asks again while the coordinator is loading. */
async function settled(call: () => Promise<number>): Promise<void> {
  for (;;) {
    const code = await call()
    if (code === 0) return
    expect([14, 15, 16, 51]).toContain(code)
  }
}

const resolve = async (spec: OffsetSpec, over: Partial<ResolveOptions> = {}, some = partitions): Promise<bigint[]> => {
  const options = { reset: 'latest', isolation: 'committed', ...over } as const
  const resolved = await resolveOffsets(wire, metadata, some, spec, options)
  expect(resolved.map(({ topic, partition }) => ({ topic, partition }))).toEqual(some)
  return resolved.map(({ offset }) => offset)
}

describe('offsets are resolved', () => {
  test('earliest, latest, and numbers as they are', async () => {
    expect(await resolve({ kind: 'earliest' })).toEqual([0n, 0n, 0n, 0n, 0n, 0n])
    expect(await resolve({ kind: 'latest' })).toEqual(ends)
    expect(await resolve({ kind: 'offset', offset: 2n ** 62n })).toEqual(Array(6).fill(2n ** 62n))
  })

  test('by time: the first record that is not earlier; none such: the end', async () => {
    const by = (timestamp: number | bigint): Promise<bigint[]> => resolve({ kind: 'timestamp', timestamp })
    expect(await by(0)).toEqual([0n, 0n, 0n, 0n, 0n, 0n])
    expect(await by(11_000)).toEqual([0n, 10n, 10n, 10n, 10n, 10n])
    expect(await by(20_001)).toEqual([0n, 10n, 20n, 20n, 20n, 20n])
    expect(await by(50_000n)).toEqual([0n, 10n, 20n, 30n, 40n, 49n])
    expect(await by(Date.now())).toEqual(ends)
  })

  test('the last N, of what is still there', async () => {
    expect(await resolve({ kind: 'last', count: 15n })).toEqual([0n, 0n, 5n, 15n, 25n, 35n])
    await ensureTopic(wire, 'shortened', 1)
    for (const batch of batches(10, 10)) await append(wire, 'shortened', 0, batch)
    await metadata.refresh(['shortened'])
    const partition = { topic: 'shortened', partition: 0 }
    const { nodeId } = metadata.leader('shortened', 0)!
    expect(await wire.call(nodeId, deleteRecords, { ...partition, before: 7n }, { timeout: 30_000 })).toBe(0)
    expect(await resolve({ kind: 'earliest' }, {}, [partition])).toEqual([7n])
    expect(await resolve({ kind: 'last', count: 2n }, {}, [partition])).toEqual([8n])
    expect(await resolve({ kind: 'last', count: 9n }, {}, [partition])).toEqual([7n])
  })

  const groupOffsets = new Map([[TOPIC, new Map([[1, 4n], [3, 99n]])]]) // prettier-ignore

  test('from the group, else by reset, partition by partition', async () => {
    const group = { kind: 'group' } as const
    expect(await resolve(group, { groupOffsets, reset: 'earliest' })).toEqual([0n, 4n, 0n, 99n, 0n, 0n])
    expect(await resolve(group, { groupOffsets, reset: 'latest' })).toEqual([0n, 4n, 20n, 99n, 40n, 50n])
    expect(await resolve(group, { reset: 'latest' })).toEqual(ends)
    const some = [partitions[1]!, partitions[3]!]
    expect(await resolve(group, { groupOffsets, reset: 'none' }, some)).toEqual([4n, 99n])
    const error = await failure(resolve(group, { groupOffsets, reset: 'none' }))
    expect(error.line).toBe(
      'topic "steps" partition 0 has no committed offset, nor have 3 others: give --reset earliest or latest to start there'
    )
    expect(error.place).toEqual({ topic: TOPIC, partition: 0 })
  })

  test('as given, else from the group, else by reset; and what is given for nothing is told', async () => {
    const notices: string[] = []
    const offsets = [
      { topic: null, partition: 2, offset: 7n },
      { topic: TOPIC, partition: 1, offset: 6n },
      { topic: 'other', partition: 0, offset: 1n },
      { topic: null, partition: 17, offset: 1n }
    ]
    const notice = (text: string): void => void notices.push(text)
    const options = { groupOffsets, reset: 'earliest', notice } as const
    expect(await resolve({ kind: 'specific', offsets }, options)).toEqual([0n, 6n, 7n, 99n, 0n, 0n])
    expect(notices).toEqual([
      'the offset given for other [0] is not used: this partition is not read',
      'the offset given for partition 17 is not used: this partition is not read'
    ])
    // `none` fails for what is open, and only for that (semantics.md section 1).
    const some = [partitions[1]!, partitions[2]!]
    expect(await resolve({ kind: 'specific', offsets }, { reset: 'none' }, some)).toEqual([6n, 7n])
  })

  test('the end is the last stable offset under read-committed', async () => {
    const id = 'open-transaction'
    await ensureTopic(wire, 'transactions', 1)
    for (const batch of batches(3, 10)) await append(wire, 'transactions', 0, batch)
    await metadata.refresh(['transactions'])
    const transactions = new Transactions(wire, () => undefined)
    const transaction = await transactions.begin(id, 600_000)
    const partition = { topic: 'transactions', partition: 0 }
    await transactions.enlist(transaction, partition.topic, [partition.partition])
    const stamp = { ...transaction, baseSequence: 0, transactional: true }
    for (const batch of batches(4, 10, stamp)) await append(wire, 'transactions', 0, batch, id)

    expect(await resolve({ kind: 'latest' }, {}, [partition])).toEqual([3n])
    expect(await resolve({ kind: 'last', count: 1n }, {}, [partition])).toEqual([2n])
    expect(await resolve({ kind: 'latest' }, { isolation: 'uncommitted' }, [partition])).toEqual([7n])
    const late = { kind: 'timestamp', timestamp: Date.now() + 60_000 } as const
    expect(await resolve(late, {}, [partition])).toEqual([3n])
    expect(await resolve(late, { isolation: 'uncommitted' }, [partition])).toEqual([7n])
  })

  test('a partition that does not exist fails none of the others', async () => {
    const some = [...partitions, { topic: TOPIC, partition: 6 }, { topic: 'nowhere', partition: 0 }]
    const options = { isolation: 'uncommitted', deadline: 2000 } as const
    const results = await listOffsets(wire, metadata, some, LOG_END, options)
    expect(results.slice(0, 6).map((result) => (result as LogOffset).offset)).toEqual(ends)
    for (const result of results.slice(6)) expect(result).toMatchObject({ codeName: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  needs('3.0')('the record with the largest timestamp', async () => {
    const options = { isolation: 'uncommitted', deadline: 1000 } as const
    const [empty, ten] = await listOffsets(wire, metadata, partitions, MAX_TIMESTAMP, options)
    expect(empty).toMatchObject({ offset: -1n, timestamp: -1n })
    expect(ten).toMatchObject({ offset: 9n, timestamp: 10_000n })
  })
})

describe('committed offsets', () => {
  const groups = Array.from({ length: 12 }, (_, index) => `group-${index}`)

  test('of many groups, each from its coordinator', async () => {
    for (const [index, group] of groups.entries()) {
      const args = { group, topic: TOPIC, partition: index % 6, offset: BigInt(index) + 2n ** 53n }
      await settled(async () => wire.call(await coordinatorOf(group), commit, args))
    }
    const nodes = await findCoordinators(wire, 'group', groups)
    expect(new Set(nodes.values()).size).toBeGreaterThan(1)
    const committed = await committedOffsetsOf(wire, [...groups, 'nobody'], { deadline: 10_000 })
    expect(committed.get('nobody')).toEqual(new Map())
    for (const [index, group] of groups.entries()) {
      expect(committed.get(group)).toEqual(new Map([[TOPIC, new Map([[index % 6, BigInt(index) + 2n ** 53n]])]]))
    }
  })

  test('of one group, also as brokers before 3.0 are asked', async () => {
    const expected = new Map([[TOPIC, new Map([[3, 3n + 2n ** 53n]])]])
    expect(await committedOffsets(wire, 'group-3', { deadline: 10_000, stable: true })).toEqual(expected)
    const { coordinators } = await wire.any(findOneCoordinatorApi, { keyType: 0, keys: ['group-3'] })
    const args = { groups: ['group-3'], requireStable: true }
    const old = await wire.call(coordinators[0]!.nodeId, offsetFetchOneApi, args)
    expect(old.groups[0]!.partitions).toMatchObject([{ topic: TOPIC, partition: 3, offset: 3n + 2n ** 53n }])
  })
})

describe('groups', () => {
  const groups = Array.from({ length: 12 }, (_, index) => `set-${index}`)
  const options = { deadline: 10_000 }
  const offsets = partitions.map((partition) => ({ ...partition, offset: BigInt(partition.partition) + 2n ** 53n }))

  /** How many requests of a kind went out meanwhile. */
  async function requests(name: string, work: (wire: Wire) => Promise<unknown>): Promise<number> {
    const lines: string[] = []
    const own = await Wire.open({ ...settings, trace: (line) => lines.push(line) })
    await work(own).finally(() => own.close())
    return lines.filter((line) => line.includes(` ${name} v`)).length
  }

  test('are committed to from outside, in every partition at once', async () => {
    const results = await Promise.all(groups.map((group) => commitOffsets(wire, group, offsets, options)))
    expect(results.flat()).toEqual(Array(72).fill(null))
    const expected = new Map([[TOPIC, new Map(offsets.map(({ partition, offset }) => [partition, offset]))]])
    for (const found of (await committedOffsetsOf(wire, groups, options)).values()) expect(found).toEqual(expected)
  })

  test('what is wrong with one partition fails no other', async () => {
    const some = [offsets[1]!, { topic: 'nowhere', partition: 0, offset: 1n }, offsets[2]!]
    const results = await commitOffsets(wire, 'set-0', some, { deadline: 500 })
    expect(results.map((result) => result?.codeName)).toEqual([undefined, 'UNKNOWN_TOPIC_OR_PARTITION', undefined])
    const member = { memberId: 'nobody', generation: 3, instanceId: null }
    const refused = await commitOffsets(wire, 'set-0', offsets, { ...options, member })
    expect(refused.map((result) => result?.codeName)).toEqual(Array(6).fill('UNKNOWN_MEMBER_ID'))
  })

  test('are listed, described and deleted with a request to each broker', async () => {
    const { groups: listed, trouble } = await listGroups(wire, options)
    expect(trouble).toEqual([])
    const mine = listed.filter(({ group }) => groups.includes(group))
    expect(mine).toEqual(
      groups.toSorted().map((group) => ({ group, state: 'Empty', type: 'classic', protocolType: '' }))
    )
    expect(await requests('ListGroups', (own) => listGroups(own, options))).toBe(3)

    const described = await describeGroups(wire, [...groups, 'nobody'], options)
    const states = [...described].map(([group, result]) => [group, result instanceof KafkaError || result.state])
    expect(new Map(states as [string, string][])).toEqual(
      new Map([...groups.map((group) => [group, 'Empty'] as const), ['nobody', 'Dead']])
    )
    expect(await requests('DescribeGroups', (own) => describeGroups(own, groups, options))).toBe(3)

    const [first, second] = offsets
    const nowhere = { topic: 'nowhere', partition: 0 }
    const deleted = await deleteOffsets(wire, 'set-0', [first!, nowhere, second!], { deadline: 500 })
    expect(deleted.map((result) => result?.codeName)).toEqual([undefined, 'UNKNOWN_TOPIC_OR_PARTITION', undefined])
    expect([...(await committedOffsets(wire, 'set-0', options)).get(TOPIC)!.keys()].sort()).toEqual([2, 3, 4, 5])
    const unknown = await deleteOffsets(wire, 'nobody', [first!, second!], options)
    expect(unknown.map((result) => result?.codeName)).toEqual(Array(2).fill('GROUP_ID_NOT_FOUND'))

    const gone = await deleteGroups(wire, ['nobody', ...groups], options)
    expect(gone.get('nobody')).toMatchObject({ codeName: 'GROUP_ID_NOT_FOUND' })
    expect(groups.map((group) => gone.get(group))).toEqual(Array(12).fill(null))
    expect((await listGroups(wire, options)).groups.map(({ group }) => group)).not.toContain('set-1')
  })
})

describe('topics', () => {
  test('one that does not exist is told at once, with the name that was meant', async () => {
    const start = performance.now()
    const error = await failure(new Metadata(wire).requireTopics([TOPIC, 'setps']))
    expect(error.line).toBe('topic "setps" does not exist: did you mean "steps"?')
    expect(error.place).toEqual({ topic: 'setps' })
    expect(performance.now() - start).toBeLessThan(5000)
    expect((await failure(new Metadata(wire).requireTopics(['xyz']))).line).toBe(
      'topic "xyz" does not exist: `sluice discover` lists the topics'
    )
    expect((await failure(new Metadata(wire).requireTopics(['a/b']))).line).toMatch(
      /^topic "a\/b": the topic name is invalid/
    )
    await expect(new Metadata(wire).requireTopics([TOPIC])).resolves.toBeUndefined()
  })

  test('are created with the replication of the cluster, and are usable at once', async () => {
    await createTopic(wire, metadata, 'made', 7)
    expect(metadata.partitions('made').map(({ replicas }) => replicas.length)).toEqual(Array(7).fill(3))
    await createTopic(wire, metadata, 'made', 9)
    expect(metadata.partitions('made')).toHaveLength(7)
    await createTopic(wire, metadata, 'made-by-default', 'default')
    expect(metadata.partitions('made-by-default')).toHaveLength(1)
    const error = await failure(createTopic(wire, metadata, 'made badly', 1))
    expect(error.line).toMatch(/^topic "made badly": the topic name is invalid/)
  })

  test('tell how large a batch may be', async () => {
    expect(await maxMessageBytes(wire, TOPIC)).toBe(1_048_588)
    expect(await maxMessageBytes(wire, 'nowhere')).toBe(1_048_588)
  })

  test('producers get an id each', async () => {
    const [first, second] = [await initProducerId(wire), await initProducerId(wire)]
    expect(second.producerId).not.toBe(first.producerId)
    expect(first.producerEpoch).toBe(0)
  })
})

describe('a broker that crashes', () => {
  test('is followed by another leader, whom metadata finds and keeps', async () => {
    const before = metadata.leader(TOPIC, 0)!
    const options = { isolation: 'uncommitted', deadline: 30_000 } as const
    await brokers.kill(before.nodeId)
    const results = await listOffsets(wire, metadata, partitions, LOG_END, options)
    expect(results.map((result) => (result instanceof KafkaError ? result.line : result.offset))).toEqual(ends)
    const after = metadata.leader(TOPIC, 0)!
    expect(after.nodeId).not.toBe(before.nodeId)
    expect(after.epoch).toBeGreaterThan(before.epoch)

    // Everything else goes on as well: groups move, new topics are placed elsewhere.
    const committed = await committedOffsetsOf(wire, ['group-1', 'group-2', 'group-3', 'group-4'], { deadline: 30_000 })
    for (const offsets of committed.values()) expect(offsets).toBeInstanceOf(Map)
    await initProducerId(wire)
  }, 90_000)

  // With ZooKeeper the last broker becomes the leader of all.
  needs('3.3')(
    'leaves partitions without a leader, which fail no others and are told',
    async () => {
      await metadata.refresh([TOPIC])
      const left = metadata.leader(TOPIC, 0)!.nodeId
      // Two of three controllers are gone with it: no leader can be elected any more.
      await brokers.kill(left)
      const results = await listOffsets(wire, metadata, partitions, LOG_START, {
        isolation: 'uncommitted',
        deadline: 1500
      })
      const lost = results.filter((result) => result instanceof KafkaError)
      expect(lost.length).toBeGreaterThan(0)
      expect(lost.length).toBeLessThan(6)
      for (const error of lost) expect(error).toMatchObject({ retriable: true })
      const { groups, trouble } = await listGroups(wire, { deadline: 1500 })
      expect(groups.length).toBeGreaterThan(0)
      expect(trouble.length).toBeGreaterThan(0)
    },
    30_000
  )
})
