/**
 * What a command means to do to the committed offsets of groups: worked out and shown first, and then done. No plan holds
 * an offset that a log does not have, and none is made for a group with members, since they would go on from their own.
 */
import { counted } from '../counted.js'
import { FailedError } from '../errors.js'
import { commitOffsets } from '../kafka/commit-offsets.js'
import type { OffsetMap } from '../kafka/committed-offsets.js'
import type { MemberDescription } from '../kafka/groups.js'
import { requireOffsets } from '../kafka/log-offsets.js'
import type { Metadata } from '../kafka/metadata.js'
import { LOG_END, LOG_START } from '../kafka/requests/list-offsets.js'
import { type TopicPartition, keyOf } from '../kafka/topic-partition.js'
import type { Wire } from '../kafka/wire.js'
import { PATIENCE, describe } from './named-groups.js'
import { inOrder } from './row-order.js'

/** Partitions of a topic; null: all of them. */
export interface TopicSelection {
  topic: string
  partitions: number[] | null
}

export interface Target extends TopicPartition {
  group: string
  offset: bigint
}

export interface PlannedOffset extends TopicPartition {
  group: string
  /** Null: nothing is committed. */
  from: bigint | null
  /** Null: it is deleted. */
  to: bigint | null
  /** To − from: records that will be skipped, or, below zero, read again. Null where one of them is. */
  records: bigint | null
}

/** What was meant to be done, and what did not go well of it. */
export interface Done {
  plan: PlannedOffset[]
  failure: FailedError | null
}

/** Throws a FailedError that names the members of the first group that has some. A group that does not exist is told. */
export async function requireInactive(
  wire: Wire,
  groups: readonly string[],
  { signal, notice }: { signal: AbortSignal; notice: (text: string) => void }
): Promise<void> {
  for (const { group, state, members } of (await describe(wire, groups, signal)).values()) {
    if (state === 'Dead') notice(`group "${group}" does not exist yet: it comes into being with its first offset`)
    if (members.length === 0) continue
    const named = members.slice(0, MANY).map(nameOf)
    const more = members.length > MANY ? ` and ${members.length - MANY} more` : ''
    throw new FailedError(
      `group "${group}" has ${counted(members.length, 'member')}: ${named.join(', ')}${more}`,
      'stop its members first, and wait for their session timeout if they did not leave'
    )
  }
}

/** As many as an error or notice names. */
const MANY = 5

function nameOf({ clientId, host, memberId }: MemberDescription): string {
  return `${clientId} on ${host} (${memberId})`
}

/** Throws for a topic or partition that does not exist. */
export async function requirePartitions(metadata: Metadata, partitions: readonly TopicPartition[]): Promise<void> {
  await metadata.requireTopics([...new Set(partitions.map(({ topic }) => topic))])
  for (const partition of partitions) metadata.requirePartition(partition)
}

/** Targets out of their log's range are moved to its start or end, and told. Sorted by group, topic and partition. */
export async function planOffsets(
  wire: Wire,
  metadata: Metadata,
  targets: readonly Target[],
  committed: ReadonlyMap<string, OffsetMap>,
  { signal, notice }: { signal: AbortSignal; notice: (text: string) => void }
): Promise<PlannedOffset[]> {
  const partitions = [...new Map(targets.map((target) => [keyOf(target), target])).values()]
  const look = (which: bigint): ReturnType<typeof requireOffsets> =>
    requireOffsets(wire, metadata, partitions, which, { isolation: 'uncommitted', deadline: PATIENCE, signal })
  const [starts, ends] = await Promise.all([look(LOG_START), look(LOG_END)])
  const ranges = new Map(partitions.map((one, index) => [keyOf(one), [starts[index]!.offset, ends[index]!.offset]]))
  const moved: string[] = []
  const plan = targets.toSorted(inOrder).map((target): PlannedOffset => {
    const { group, topic, partition, offset } = target
    const [start, end] = ranges.get(keyOf(target)) as [bigint, bigint]
    const to = offset < start ? start : offset > end ? end : offset
    if (to !== offset) moved.push(`${topic} [${partition}] from ${offset} to ${to}`)
    const from = committed.get(group)?.get(topic)?.get(partition) ?? null
    return { group, topic, partition, from, to, records: from === null ? null : to - from }
  })
  if (moved.length > 0) {
    const more = moved.length > MANY ? ` and ${moved.length - MANY} more` : ''
    notice(`out of range, so moved to the start or end of the log: ${moved.slice(0, MANY).join(', ')}${more}`)
  }
  return plan
}

/** Commits the plan: a request for each group. What goes wrong with one offset fails no other. */
export async function commitPlan(wire: Wire, plan: PlannedOffset[], signal: AbortSignal): Promise<FailedError | null> {
  const results = [...Map.groupBy(plan, ({ group }) => group)].map(([group, rows]) => {
    const offsets = rows.map(({ topic, partition, to }) => ({ topic, partition, offset: to! }))
    return commitOffsets(wire, group, offsets, { deadline: PATIENCE, signal })
  })
  return failureOf((await Promise.all(results)).flat())
}

/** The error for all that went wrong, if anything did. @param results of every offset of the plan */
export function failureOf(results: readonly (FailedError | null)[]): FailedError | null {
  const [first, ...more] = results.filter((result) => result !== null)
  if (!first) return null
  const others = more.length > 0 ? `; with it ${more.length} more of ${counted(results.length, 'offset')}` : ''
  return new FailedError(`not done: ${first.message}${others}`, first.advice, { cause: first, place: first.place })
}
