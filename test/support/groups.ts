/** Consumer groups as another client sees them: members, and the offsets that were committed. */
import { randomUUID } from 'node:crypto'
import { AssignerProtocol, Kafka, type PartitionAssigner, logLevel } from 'kafkajs'
import { allowOnlyDescribe } from './acls.js'
import { bootstrap, withAdmin } from './broker.js'
import { until } from './long-runs.js'

/** What a broker says while the coordinator of a group begins, or moves. */
const COORDINATOR_COMES = ['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']

/** The committed offset of each partition that has one, as soon as the coordinator is there to tell. */
export async function committed(group: string, topic: string, server = bootstrap): Promise<Record<string, number>> {
  let partitions: { partition: number; offset: string }[] = []
  await until(() =>
    withAdmin((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }), server).then(
      ([found]) => {
        partitions = found?.partitions ?? []
        return true
      },
      (error: { type?: string }) => {
        if (!COORDINATOR_COMES.includes(error.type ?? '')) throw error
        return false
      }
    )
  )
  const known = partitions.filter(({ offset }) => offset !== '-1')
  return Object.fromEntries(
    known.sort((a, b) => a.partition - b.partition).map((each) => [each.partition, +each.offset])
  )
}

/** How many records the committed offsets stand for, in a topic whose offsets begin at 0. */
export async function committedTotal(group: string, topic: string, server = bootstrap): Promise<number> {
  return Object.values(await committed(group, topic, server)).reduce((sum, offset) => sum + offset, 0)
}

/**
 * Commits offsets without joining the group: kafkajs does that in a transaction only.
 * @param offsets by partition
 */
export async function commit(group: string, topic: string, offsets: Record<string, number | bigint>): Promise<void> {
  const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).producer({
    ...{ transactionalId: randomUUID(), idempotent: true, maxInFlightRequests: 1 }
  })
  // The coordinator of the first group of a broker is not there at once, and transactions do not wait for it.
  await committed(group, topic)
  await producer.connect()
  try {
    const transaction = await producer.transaction()
    const partitions = Object.entries(offsets).map(([partition, offset]) => ({
      partition: +partition,
      offset: `${offset}`
    }))
    await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions }] })
    await transaction.commit()
  } finally {
    await producer.disconnect()
  }
  await until(async () => {
    const now = await committed(group, topic)
    return Object.entries(offsets).every(([partition, offset]) => now[partition] === Number(offset))
  })
}

export interface Group {
  state: string
  /** What each member has, as `topic:partition`, in order of the members' names. */
  members: string[][]
}

export async function describeGroup(group: string, server = bootstrap): Promise<Group> {
  const { groups } = await withAdmin((admin) => admin.describeGroups([group]), server)
  const { state, members } = groups[0]!
  return { state, members: members.map(({ memberAssignment }) => partitionsOf(memberAssignment)) }
}

/** What the members of this `client.id` have, as `topic:partition`. */
export async function assignedTo(clientId: string, group: string): Promise<string[]> {
  const { groups } = await withAdmin((admin) => admin.describeGroups([group]), bootstrap)
  const members = groups[0]!.members.filter((member) => member.clientId === clientId)
  return members.flatMap(({ memberAssignment }) => partitionsOf(memberAssignment))
}

function partitionsOf(assignment: Buffer): string[] {
  const decoded = assignment.length === 0 ? null : AssignerProtocol.MemberAssignment.decode(assignment)
  return Object.entries(decoded?.assignment ?? {})
    .flatMap(([topic, partitions]) => partitions.map((partition) => `${topic}:${partition}`))
    .sort()
}

/**
 * Resolves once the group has settled on so many members. @param partitions how many they have together: those that
 * cooperate are without some for a generation
 */
export async function settled(group: string, members: number, server = bootstrap, partitions?: number): Promise<Group> {
  let description: Group | undefined
  await until(async () => {
    description = await describeGroup(group, server)
    const isWhole = partitions === undefined || description.members.flat().length === partitions
    const state = members === 0 ? 'Empty' : 'Stable'
    return description.state === state && description.members.length === members && isWhole
  })
  return description!
}

/** Lets everybody see the group's offsets and nobody commit them, on a broker with an authorizer. */
export function refuseCommits(group: string, server = bootstrap): Promise<void> {
  return allowOnlyDescribe('GROUP', group, server)
}

/** A member of this name that has committed the group's offsets in a topic that has records. */
export async function joinGroup(group: string, topic: string, clientId: string): Promise<{ leave(): Promise<void> }> {
  const consumer = new Kafka({ brokers: [bootstrap], clientId, logLevel: logLevel.NOTHING }).consumer({
    groupId: group
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommitThreshold: 1, eachMessage: () => Promise.resolve() })
  await until(async () => (await committedTotal(group, topic)) > 0)
  return { leave: () => consumer.disconnect() }
}

/** A member that assigns these bytes to all as soon as others join it, and nothing until then. */
export async function leadStrangely(
  group: string,
  topic: string,
  strange: Buffer
): Promise<{ leave(): Promise<void> }> {
  const nothing = AssignerProtocol.MemberAssignment.encode({ version: 1, assignment: {}, userData: Buffer.alloc(0) })
  const range: PartitionAssigner = () => ({
    ...{ name: 'range', version: 1 },
    protocol: ({ topics }) => ({
      name: 'range',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) })
    }),
    assign: ({ members }) => {
      const memberAssignment = members.length > 1 ? strange : nothing
      return Promise.resolve(members.map(({ memberId }) => ({ memberId, memberAssignment })))
    }
  })
  const config = { groupId: group, partitionAssigners: [range] }
  const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer(config)
  await consumer.connect()
  await consumer.subscribe({ topic })
  await consumer.run({ eachMessage: () => Promise.resolve() })
  return { leave: () => consumer.disconnect() }
}
