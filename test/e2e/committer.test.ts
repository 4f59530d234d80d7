// Commits in the background, to a real broker: what becomes of those for partitions that were given up meanwhile.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Membership } from '../../src/kafka/commit-offsets.js'
import { Committer } from '../../src/kafka/committer.js'
import { GroupMember } from '../../src/kafka/group-member.js'
import { Wire } from '../../src/kafka/wire.js'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { committed } from '../support/groups.js'

let wire: Wire

beforeAll(async () => {
  const [host, port] = bootstrap.split(':') as [string, string]
  const bootstrapServers = [{ host, port: Number(port) }]
  wire = await Wire.open({
    ...{ bootstrapServers, clientId: 'committer', tls: null, sasl: null },
    ...{ connectTimeout: 10_000, requestTimeout: 30_000 }
  })
})

afterAll(() => wire.close())

const positions = (topic: string, ...offsets: bigint[]): { topic: string; partition: number; offset: bigint }[] =>
  offsets.map((offset, partition) => ({ topic, partition, offset }))

test('what waits for a partition that was given up is not committed any more', async () => {
  const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
  const notices: string[] = []
  const committer = new Committer(wire, { group, membership: () => undefined, notice: (text) => notices.push(text) })
  committer.send(positions(topic, 1n, 1n))
  committer.send(positions(topic, 2n, 2n))
  committer.forget([{ topic, partition: 1 }])
  await committer.finish()
  expect(await committed(group, topic)).toEqual({ 0: 2, 1: 1 })

  // And what stands there is not taken for known.
  for (const commits of [3, 4]) {
    committer.send(positions(topic, 2n, 1n))
    await committer.finish()
    expect([committer.commitsSucceeded, notices]).toEqual([commits, []])
    committer.forget([{ topic, partition: 1 }])
  }
})

test('nor is it in another generation, where the commit is tried again', async () => {
  const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
  const told = (): Promise<void> => Promise.resolve()
  const [notice, verbose] = [() => undefined, () => undefined]
  const member = new GroupMember(wire, {
    ...{ group, instanceId: null, sessionTimeout: 30_000, heartbeatInterval: 3000, rebalanceTimeout: 30_000 },
    ...{ assignors: ['range'], onRevoked: told, onLost: () => undefined, onAssigned: told, notice, verbose }
  })
  try {
    await member.start([topic], AbortSignal.timeout(60_000))
    let asked = 0
    const membership = (): Membership => {
      const ours = member.membership!
      if (++asked === 1) return { ...ours, generation: ours.generation + 1 }
      committer.forget([{ topic, partition: 1 }])
      return ours
    }
    const committer = new Committer(wire, { group, membership, notice })
    committer.send(positions(topic, 7n, 7n))
    await committer.finish()
    expect([asked, committer.commitsSucceeded]).toEqual([2, 1])
    expect(await committed(group, topic)).toEqual({ 0: 7 })
  } finally {
    await member.leave()
  }
})
