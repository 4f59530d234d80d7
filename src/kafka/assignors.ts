/**
 * Who of a group's members reads which partition: what the leader computes, by the rules of the Java client's assignors
 * of the same names. Racks are not looked at. Pure.
 */
import {
  type Assignments,
  type Assignor,
  type Member,
  type PartitionCounts,
  compareMembers,
  noAssignments,
  readersByTopic
} from './assignment.js'
import { assignSticky } from './sticky-assignor.js'

export type AssignorName = 'cooperative-sticky' | 'range' | 'roundrobin'

const ASSIGNORS: Record<AssignorName, Assignor> = {
  range: assignRanges,
  roundrobin: assignRoundRobin,
  'cooperative-sticky': assignSticky
}

export function assign(name: AssignorName, members: readonly Member[], counts: PartitionCounts): Assignments {
  return ASSIGNORS[name]([...members].sort(compareMembers), counts)
}

/** Topic by topic: runs of neighbours, the first members get one more where it does not come out even. */
function assignRanges(members: readonly Member[], counts: PartitionCounts): Assignments {
  const assignments = noAssignments(members)
  for (const [topic, readers] of readersByTopic(members)) {
    const count = counts.get(topic) ?? 0
    const share = Math.floor(count / readers.length)
    const larger = count % readers.length
    let partition = 0
    for (const [index, { memberId }] of readers.entries()) {
      const end = partition + share + (index < larger ? 1 : 0)
      for (; partition < end; partition++) assignments.get(memberId)!.push({ topic, partition })
    }
  }
  return assignments
}

/** The partitions of all topics, dealt out in turn; who does not want a topic is passed over. */
function assignRoundRobin(members: readonly Member[], counts: PartitionCounts): Assignments {
  const assignments = noAssignments(members)
  let turn = 0
  for (const [topic] of readersByTopic(members)) {
    const count = counts.get(topic) ?? 0
    for (let partition = 0; partition < count; partition++) {
      while (!members[turn % members.length]!.topics.has(topic)) turn++
      assignments.get(members[turn++ % members.length]!.memberId)!.push({ topic, partition })
    }
  }
  return assignments
}
