/** The terms in which a group's partitions are assigned: what the leader knows, and what it gives to each member. */
import type { TopicPartition } from './topic-partition.js'

export interface Member {
  memberId: string
  /** null: a dynamic member. */
  instanceId: string | null
  topics: ReadonlySet<string>
  /** What it has not given up; empty in eager groups. */
  owned: readonly TopicPartition[]
  /** Of the assignment that `owned` comes from. */
  generation: number
}

/** How many partitions each topic has; none for one that does not exist. */
export type PartitionCounts = ReadonlyMap<string, number>

/** By member id, for every member. */
export type Assignments = Map<string, TopicPartition[]>

/** @param members in the order of `compareMembers` */
export type Assignor = (members: readonly Member[], counts: PartitionCounts) => Assignments

/**
 * Static members by their instance id, which stays when they come back, before dynamic ones by their member id (Java's
 * AbstractPartitionAssignor.MemberInfo).
 */
export function compareMembers(a: Member, b: Member): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId)
  if (a.instanceId !== null || b.instanceId !== null) return a.instanceId !== null ? -1 : 1
  return compare(a.memberId, b.memberId)
}

/** The topics that some member wants, by name, and who wants them, in the members' order. */
export function readersByTopic(members: readonly Member[]): [topic: string, readers: Member[]][] {
  const readers = new Map<string, Member[]>()
  for (const member of members) {
    for (const topic of member.topics) {
      const others = readers.get(topic)
      if (others) others.push(member)
      else readers.set(topic, [member])
    }
  }
  return [...readers].sort(([a], [b]) => compare(a, b))
}

export function noAssignments(members: readonly Member[]): Assignments {
  return new Map(members.map(({ memberId }) => [memberId, []]))
}

/** By UTF-16 units, as in Java. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
