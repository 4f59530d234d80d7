// Members of a group on a real broker, among themselves and beside those of other clients: who has what, and in which
// order it is told.
import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, describe, expect, test } from '@jest/globals'
import { findCoordinators } from '../../src/kafka/coordinators.js'
import { GroupMember, type GroupOptions } from '../../src/kafka/group-member.js'
import type { TopicPartition } from '../../src/kafka/topic-partition.js'
import { Wire } from '../../src/kafka/wire.js'
import { freePorts } from '../support/ports.js'
import {
  addPartitions,
  bootstrap,
  createTopic,
  createTopicNamed,
  startKafkaTool,
  testWithKcat,
  uniqueName,
  withAdmin
} from '../support/broker.js'
import { startProxy } from '../support/faulty-peer.js'
import { describeGroup, settled } from '../support/groups.js'
import { until } from '../support/long-runs.js'
import { startOwnBrokers } from '../support/own-brokers.js'
import { isSince } from '../support/kafka-version.js'
import { needs } from '../support/versions.js'

/** A member that writes down what it is told. */
class Probe {
  /** What was told, such as `assigned t:0 t:1`. */
  readonly told: string[] = []
  readonly notices: string[] = []
  /** With --verbose. */
  readonly said: string[] = []
  readonly member: GroupMember
  owned = new Set<string>()
  /** What giving partitions up waits for. */
  flushed: Promise<void> = Promise.resolve()
  /** The group does not wait for it, and others have its partitions before it hears of that. */
  slow = false

  private constructor(
    readonly wire: Wire,
    group: string,
    options: Partial<GroupOptions>
  ) {
    const change = (what: string, partitions: TopicPartition[]): string[] => {
      const names = partitions.map(({ topic, partition }) => `${topic}:${partition}`).sort()
      // After the first time, that there is nothing new is nothing new.
      if (names.length > 0 || this.told.length === 0) this.told.push([what, ...names].join(' '))
      return names
    }
    this.member = new GroupMember(wire, {
      ...{ group, instanceId: null, sessionTimeout: 10_000, heartbeatInterval: 200, rebalanceTimeout: 30_000 },
      assignors: ['cooperative-sticky', 'range', 'roundrobin'],
      onRevoked: async (partitions) => {
        const names = change('revoked', partitions)
        for (const name of names) expect(this.owned.has(name)).toBe(true)
        await this.flushed
        for (const name of names) this.owned.delete(name)
      },
      onLost: (partitions) => {
        for (const name of change('lost', partitions)) this.owned.delete(name)
      },
      onAssigned: (partitions) => {
        const names = change('assigned', partitions)
        // Nobody has a partition as long as another has it: all of the test's members are in this process.
        const others = probes.filter((probe) => probe.wire !== wire && !probe.slow)
        const taken = others.flatMap((probe) => [...probe.owned])
        expect(names.filter((name) => taken.includes(name))).toEqual([])
        for (const name of names) this.owned.add(name)
        return Promise.resolve()
      },
      notice: (text) => void this.notices.push(text),
      verbose: (text) => void this.said.push(text),
      ...options
    })
  }

  static async open(group: string, options: Partial<GroupOptions> & { server?: string } = {}): Promise<Probe> {
    const { server = bootstrap, ...rest } = options
    const [host, port] = server.split(':') as [string, string]
    const settings = { clientId: 'probe', connectTimeout: 10_000, requestTimeout: 30_000, tls: null, sasl: null }
    const probe = new Probe(
      await Wire.open({ ...settings, bootstrapServers: [{ host, port: Number(port) }] }),
      group,
      rest
    )
    probes.push(probe)
    return probe
  }

  static async join(
    group: string,
    topics: string | string[],
    options: Partial<GroupOptions> & { server?: string } = {}
  ): Promise<Probe> {
    const probe = await Probe.open(group, options)
    await probe.start(topics)
    return probe
  }

  start(topics: string | string[]): Promise<void> {
    return this.member.start([topics].flat(), never)
  }

  get names(): string[] {
    return [...this.owned].sort()
  }

  /** As a process that was killed: nothing is sent any more. */
  kill(): void {
    this.owned.clear()
    this.wire.close()
  }

  async leave(): Promise<void> {
    this.owned.clear()
    await this.member.leave()
  }
}

const never = new AbortController().signal
let probes: Probe[] = []
let children: ChildProcess[] = []

afterEach(async () => {
  await Promise.all(probes.map(({ member }) => member.leave()))
  for (const { wire } of probes) wire.close()
  for (const child of children) child.kill('SIGKILL')
  probes = []
  children = []
})

const partitionsOf = (topic: string, count: number): string[] =>
  Array.from({ length: count }, (_, partition) => `${topic}:${partition}`).sort()

/** Resolves once the probes have these partitions between them: each probe some, and each partition once. */
async function shared(partitions: string[], ...among: Probe[]): Promise<void> {
  const wanted = partitions.sort().join(' ')
  await until(() => {
    const had = among.flatMap(({ names }) => names).sort()
    return had.join(' ') === wanted && among.every(({ owned }) => owned.size > 0)
  })
}

const cooperative = { assignors: ['cooperative-sticky'] } as const

describe('members come and go', () => {
  test('eagerly: all is given up before each rebalance, and each partition has one reader', async () => {
    const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
    const a = await Probe.join(group, topic)
    expect(a.names).toEqual(partitionsOf(topic, 4))
    expect(a.member.membership).toMatchObject({ generation: 1, instanceId: null })
    const b = await Probe.join(group, topic)
    await shared(partitionsOf(topic, 4), a, b)
    expect(a.owned.size).toBe(2)
    expect(a.told.map((line) => line.split(' ')[0])).toEqual(['assigned', 'revoked', 'assigned'])
    expect(b.member.membership!.generation).toBe(a.member.membership!.generation)
    await b.leave()
    expect(b.member.membership).toBeNull()
    // Soon, not when the session is over.
    await until(() => a.owned.size === 4, 8000)
    expect(a.notices).toEqual([])
  })

  test('cooperatively: who keeps a partition is told nothing of it', async () => {
    const [topic, group] = [await createTopic({ partitions: 6 }), uniqueName('group')]
    const a = await Probe.join(group, topic, cooperative)
    const b = await Probe.join(group, topic, cooperative)
    expect(b.told).toEqual(['assigned'])
    await shared(partitionsOf(topic, 6), a, b)
    expect(a.told).toEqual([`assigned ${partitionsOf(topic, 6).join(' ')}`, `revoked ${b.names.join(' ')}`])
    expect(b.told).toEqual(['assigned', `assigned ${b.names.join(' ')}`])
    const [ofA, ofB] = [a.names, b.names]
    const c = await Probe.join(group, topic, cooperative)
    await until(() => c.owned.size === 2)
    await shared(partitionsOf(topic, 6), a, b, c)
    expect(ofA).toEqual(expect.arrayContaining(a.names))
    expect(ofB).toEqual(expect.arrayContaining(b.names))
    await c.leave()
    await shared(partitionsOf(topic, 6), a, b)
    expect([...a.told, ...b.told].filter((line) => line.startsWith('lost'))).toEqual([])
  })

  test('one that is killed is missed after its session', async () => {
    const [topic, group] = [await createTopic({ partitions: 3 }), uniqueName('group')]
    const a = await Probe.join(group, topic, { ...cooperative, sessionTimeout: 6000 })
    const b = await Probe.join(group, topic, { ...cooperative, sessionTimeout: 6000 })
    await shared(partitionsOf(topic, 3), a, b)
    b.kill()
    await shared(partitionsOf(topic, 3), a)
    expect(a.told.filter((line) => line.startsWith('lost'))).toEqual([])
    await expect(b.member.failed).rejects.toThrow('connection closed')
  })

  test('with more members than partitions, one has none, and is told so', async () => {
    const [topic, group] = [await createTopic({ partitions: 1 }), uniqueName('group')]
    const a = await Probe.join(group, topic, cooperative)
    const b = await Probe.join(group, topic, cooperative)
    expect(b.told).toEqual(['assigned'])
    await a.leave()
    await until(() => b.owned.size === 1)
  })

  test('one leaves while it waits for the others', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    const a = await Probe.join(group, topic)
    a.flushed = new Promise(() => undefined)
    const b = await Probe.open(group)
    const starting = b.start(topic)
    starting.catch(() => undefined)
    await until(() => a.told.at(-1)!.startsWith('revoked'))
    await b.leave()
    expect(b.said.filter((text) => /could not be left/.test(text))).toEqual([])
    await until(async () => (await describeGroup(group)).members.length === 1)
  })
})

describe('beside other clients', () => {
  const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
  const startJava = async (group: string, topic: string, ...properties: string[]): Promise<ChildProcess> => {
    const more = properties.flatMap((property) => ['--consumer-property', property])
    const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--group', group, ...more]
    const child = await startKafkaTool(consumer, args)
    children.push(child)
    return child
  }

  /** Resolves once the group has so many members, of which each partition has one. */
  async function dealt(group: string, members: number, partitions: string[]): Promise<void> {
    await until(async () => {
      const description = await settled(group, members)
      return description.members.flat().sort().join(' ') === partitions.join(' ')
    })
  }

  test.each([
    ['with its default assignors', []],
    [
      'with CooperativeStickyAssignor',
      ['partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor']
    ]
  ])(
    'Java, %s',
    async (_, properties) => {
      const [topic, group] = [await createTopic({ partitions: 5 }), uniqueName('group')]
      const all = partitionsOf(topic, 5)
      const assigned = (members: string[][]): string[][] => members.map((some) => some.sort())
      const ours = properties.length > 0 ? cooperative : {}
      // Ours leads first, then Java does.
      const a = await Probe.join(group, topic, ours)
      const java = await startJava(group, topic, ...properties)
      await dealt(group, 2, all)
      await until(async () =>
        assigned((await describeGroup(group)).members).some((some) => some.join() === a.names.join())
      )
      expect([2, 3]).toContain(a.owned.size)
      const b = await Probe.join(group, topic, ours)
      await dealt(group, 3, all)
      await a.leave()
      await dealt(group, 2, all)
      const c = await Probe.join(group, topic, ours)
      await dealt(group, 3, all)
      java.kill('SIGTERM')
      await dealt(group, 2, all)
      await shared(all, b, c)
      expect([...a.told, ...b.told, ...c.told].filter((line) => line.startsWith('lost'))).toEqual([])
      expect([...a.notices, ...b.notices, ...c.notices]).toEqual([])
    },
    120_000
  )

  needs('4.0')(
    'Java, by the protocol of KIP-848',
    async () => {
      const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
      const all = partitionsOf(topic, 4)
      const java = await startJava(group, topic, 'group.protocol=consumer')
      await until(async () => (await groupState(group)) === 'Stable')
      const a = await Probe.join(group, topic)
      await until(() => a.owned.size === 2)
      java.kill('SIGTERM')
      await shared(all, a)
    },
    120_000
  )

  testWithKcat('kcat', async () => {
    const [topic, group] = [await createTopic({ partitions: 5 }), uniqueName('group')]
    const all = partitionsOf(topic, 5)
    const kcat = (...args: string[]): ChildProcess => {
      const child = spawn('kcat', ['-b', bootstrap, ...args, '-G', group, topic], { stdio: 'ignore' })
      children.push(child)
      return child
    }
    const first = kcat()
    await dealt(group, 1, all)
    const a = await Probe.join(group, topic)
    await dealt(group, 2, all)
    first.kill('SIGTERM')
    await shared(all, a)
    kcat('-X', 'partition.assignment.strategy=roundrobin')
    await dealt(group, 2, all)
    await until(() => a.owned.size === 2 || a.owned.size === 3)
    expect(a.told.filter((line) => line.startsWith('lost'))).toEqual([])
  })
})

async function groupState(group: string): Promise<string> {
  const { groups } = await withAdmin((admin) => admin.listGroups())
  return groups.some(({ groupId }) => groupId === group) ? 'Stable' : 'unknown'
}

describe('a member that the group has given up on', () => {
  test('hears of it, loses its partitions and joins anew', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    // Too few heartbeats.
    const a = await Probe.join(group, topic, { sessionTimeout: 6000, heartbeatInterval: 9000 })
    const { memberId } = a.member.membership!
    const all = partitionsOf(topic, 2).join(' ')
    await until(() => a.told.length === 3)
    expect(a.told).toEqual([`assigned ${all}`, `lost ${all}`, `assigned ${all}`])
    expect(a.member.membership!.memberId).not.toBe(memberId)
    expect(a.notices).toEqual([expect.stringMatching(/^group ".*UNKNOWN_MEMBER_ID\): its partitions are lost$/)])
  })

  test('also while it is giving partitions up', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    const quick = { rebalanceTimeout: 3000 }
    const a = await Probe.join(group, topic, quick)
    const { promise, resolve } = Promise.withResolvers<void>()
    a.flushed = promise
    a.slow = true
    const b = await Probe.join(group, topic, quick)
    const all = partitionsOf(topic, 2).join(' ')
    await until(() => a.told.length === 3)
    expect(a.told).toEqual([`assigned ${all}`, `revoked ${all}`, `lost ${all}`])
    expect(a.member.membership).toBeNull()
    await until(() => b.owned.size === 2)
    b.slow = true
    resolve()
    await until(() => a.owned.size === 1)
    await shared(partitionsOf(topic, 2), a, b)
  })
})

describe('the coordinator', () => {
  test('is killed, and another one takes over: the membership goes on', async () => {
    const [port] = await freePorts(3)
    const brokers = await startOwnBrokers(port!, 3)
    try {
      const server = `127.0.0.1:${port}`
      const topic = await createTopic({ partitions: 2, replicas: 3, server })
      const group = uniqueName('group')
      const a = await Probe.join(group, topic, { server, sessionTimeout: 45_000 })
      const { membership } = a.member
      const coordinator = (await findCoordinators(a.wire, 'group', [group])).get(group) as number
      await brokers.kill(coordinator)
      const b = await Probe.join(group, topic, { server: `127.0.0.1:${brokers.ports[coordinator % 3]}` })
      await shared(partitionsOf(topic, 2), a, b)
      // On a slow machine in more than one way.
      for (const notice of a.notices) expect(notice).toMatch(/: trying again$/)
      expect(a.told.map((line) => line.split(' ')[0])).toEqual(['assigned', 'revoked', 'assigned'])
      expect(a.member.membership!.memberId).toBe(membership!.memberId)
      await Promise.all([a.leave(), b.leave()])
    } finally {
      await brokers.stop()
    }
  }, 180_000)

  test('resets the connection: nobody notices', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    const a = await Probe.join(group, topic)
    // The broker names its own address, so that only the first connection goes through the proxy; what is cut is ours.
    const proxy = await startProxy(Number(bootstrap.split(':')[1]))
    try {
      const b = await Probe.join(group, topic, { server: `127.0.0.1:${proxy.port}` })
      await shared(partitionsOf(topic, 2), a, b)
      proxy.reset()
      await b.leave()
      await shared(partitionsOf(topic, 2), a)
      expect(b.notices).toEqual([])
    } finally {
      await proxy.close()
    }
  })
})

describe('what is read changes', () => {
  test('other topics are wanted', async () => {
    const [one, two, group] = [
      await createTopic({ partitions: 2 }),
      await createTopic({ partitions: 3 }),
      uniqueName('group')
    ]
    const a = await Probe.join(group, one, cooperative)
    a.member.resubscribe([one, two])
    await shared([...partitionsOf(one, 2), ...partitionsOf(two, 3)], a)
    a.member.resubscribe([two])
    await shared(partitionsOf(two, 3), a)
    expect(a.told).toEqual([
      `assigned ${partitionsOf(one, 2).join(' ')}`,
      `assigned ${partitionsOf(two, 3).join(' ')}`,
      `revoked ${partitionsOf(one, 2).join(' ')}`
    ])
  })

  test('members want different topics', async () => {
    const [one, two, group] = [
      await createTopic({ partitions: 2 }),
      await createTopic({ partitions: 2 }),
      uniqueName('group')
    ]
    const a = await Probe.join(group, one)
    const b = await Probe.join(group, [one, two])
    await shared([...partitionsOf(one, 2), ...partitionsOf(two, 2)], a, b)
    expect(a.names).toEqual(partitionsOf(one, 2))
    expect(b.names).toEqual(partitionsOf(two, 2))
  })

  test('a topic gets more partitions: the leader looks, and joins again', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    const a = await Probe.join(group, topic, cooperative)
    const b = await Probe.join(group, topic, cooperative)
    await shared(partitionsOf(topic, 2), a, b)
    const { generation } = a.member.membership!
    await Promise.all([a.member.refresh(), b.member.refresh()])
    expect(a.member.membership!.generation).toBe(generation)
    await addPartitions(topic, 5)
    await until(async () => {
      // The other one does not lead: it may look, too.
      await b.member.refresh()
      await a.member.refresh()
      return a.owned.size + b.owned.size === 5
    })
    await shared(partitionsOf(topic, 5), a, b)
    expect([...a.told, ...b.told].filter((line) => line.startsWith('lost'))).toEqual([])
  })
})

test('a topic that does not exist is said once, and read as soon as it is there and somebody looks', async () => {
  const [topic, later, group] = [await createTopic(), uniqueName('later'), uniqueName('group')]
  const a = await Probe.join(group, [topic, later])
  const b = await Probe.join(group, [topic, later])
  await until(() => a.owned.size + b.owned.size === 1)
  const notice = `nobody in the group reads "${later}": it does not exist, or no ACL allows Describe on it`
  expect([...a.notices, ...b.notices]).toEqual([notice])
  await createTopicNamed(later, { partitions: 3 })
  await until(async () => {
    await a.member.refresh()
    return a.owned.size + b.owned.size === 4
  })
  await shared([`${topic}:0`, ...partitionsOf(later, 3)], a, b)
})

describe('a static member', () => {
  test('that comes back has its partitions again, and the others hear nothing', async () => {
    const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
    // The first one leads.
    let [a, b] = [
      await Probe.join(group, topic, { instanceId: 'a' }),
      await Probe.join(group, topic, { instanceId: 'b' })
    ]
    await shared(partitionsOf(topic, 4), a, b)
    const { generation } = a.member.membership!
    const [ofA, ofB] = [a.names, b.names]
    await b.leave()
    b = await Probe.join(group, topic, { instanceId: 'b' })
    expect(b.names).toEqual(ofB)
    await a.leave()
    a = await Probe.join(group, topic, { instanceId: 'a' })
    expect(a.names).toEqual(ofA)
    expect(b.told.length).toBe(1)
    expect([a, b].map(({ member }) => member.membership!.generation)).toEqual([generation, generation])
    // It still leads, as long as it is told so (KIP-814).
    if (!isSince('3.2')) return
    await addPartitions(topic, 6)
    await until(async () => {
      await a.member.refresh()
      return a.owned.size + b.owned.size === 6
    })
  })

  test('that another one replaces is told so, and ends', async () => {
    const [topic, group] = [await createTopic({ partitions: 1 }), uniqueName('group')]
    const a = await Probe.join(group, topic, { instanceId: 'same' })
    const failed = a.member.failed.catch((error: unknown) => error as Error)
    a.owned.clear()
    await Probe.join(group, topic, { instanceId: 'same' })
    expect((await failed).message).toBe(
      `group "${group}": another member has joined with the same group.instance.id (FENCED_INSTANCE_ID: same)`
    )
    expect(a.told.at(-1)).toBe(`lost ${topic}:0`)
    expect(a.member.membership).toBeNull()
  })
})

describe('cannot be a member', () => {
  test('where the others assign in another way', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await Probe.join(group, topic, { assignors: ['range'] })
    const b = await Probe.open(group, { assignors: ['roundrobin'] })
    await expect(b.start(topic)).rejects.toMatchObject({
      message: `group "${group}": the other members of the group use another kind of assignment (INCONSISTENT_GROUP_PROTOCOL)`,
      advice: expect.stringContaining('partition.assignment.strategy') as unknown
    })
    await expect(b.member.failed).rejects.toThrow('INCONSISTENT_GROUP_PROTOCOL')
  })

  test('with a session that the broker does not allow', async () => {
    const b = await Probe.open(uniqueName('group'), { sessionTimeout: 1 })
    await expect(b.start(await createTopic())).rejects.toThrow('INVALID_SESSION_TIMEOUT')
  })

  test('when a callback fails', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    const full = new Error('the disk is full')
    const b = await Probe.open(group, { onAssigned: () => Promise.reject(full) })
    await expect(b.start(topic)).rejects.toBe(full)
    await b.leave()
    await until(async () => (await describeGroup(group)).state === 'Empty')
  })

  test('when waiting is given up: the start ends, and the member can leave', async () => {
    const group = uniqueName('group')
    const topic = await createTopic()
    const a = await Probe.join(group, topic)
    a.flushed = new Promise(() => undefined)
    const b = await Probe.open(group)
    const giveUp = new AbortController()
    const starting = b.member.start([topic], giveUp.signal)
    await until(() => a.told.at(-1)!.startsWith('revoked'))
    giveUp.abort(new Error('enough'))
    await expect(starting).rejects.toThrow('enough')
    await b.leave()
    await until(async () => (await describeGroup(group)).members.length === 1)
  })
})
