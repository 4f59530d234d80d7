/**
 * Where groups stand: what each has committed, beside where the logs start and end. Everything is asked for in bulk,
 * however many groups and partitions there are.
 */
import { FailedError } from '../errors.js'
import { type OffsetMap, committedOffsetsOf } from '../kafka/committed-offsets.js'
import { KafkaError } from '../kafka/errors.js'
import { type GroupDescription, describeGroups, listGroups } from '../kafka/groups.js'
import { type Isolation, type TopicPartition, listOffsets } from '../kafka/log-offsets.js'
import type { Metadata } from '../kafka/metadata.js'
import { LOG_END, LOG_START } from '../kafka/requests/list-offsets.js'
import type { Wire } from '../kafka/wire.js'
import { nearest } from '../nearest.js'

/** How long coordinators are asked, ms: one may just be starting. */
export const PATIENCE = 30_000
/** How long the leaders of a cluster in trouble are asked for their offsets, ms. */
const PATIENCE_WITH_LEADERS = 5_000

/** Null: nothing committed there; or, of the log, that it is gone or has no leader that answers. */
export interface GroupOffset extends TopicPartition {
  group: string
  committed: bigint | null
  start: bigint | null
  end: bigint | null
  /** Records to read: `max(end − max(committed, start), 0)`; of a partition without a commit, all that it holds. */
  lag: bigint | null
}

export interface LookOptions {
  /** Under `committed` the end is the last stable offset, else the high watermark. */
  isolation: Isolation
  signal: AbortSignal
  notice: (text: string) => void
}

/**
 * A row for each partition of the topics to which a group has committed, by group, topic and partition. A topic or
 * partition that is gone stays, and is told.
 */
export async function groupOffsets(
  wire: Wire,
  metadata: Metadata,
  committed: ReadonlyMap<string, OffsetMap>,
  options: LookOptions
): Promise<GroupOffset[]> {
  const topics = [...new Set([...committed.values()].flatMap((offsets) => [...offsets.keys()]))].sort()
  const logs = await logsOf(wire, metadata, topics, options)
  const groups = [...committed.keys()].sort()
  return groups.flatMap((group) => {
    const offsets = committed.get(group)!
    return [...offsets.keys()].sort().flatMap((topic) => {
      const [ofGroup, ofTopic] = [offsets.get(topic)!, logs.get(topic)!]
      const partitions = [...new Set([...ofTopic.keys(), ...ofGroup.keys()])].sort((a, b) => a - b)
      return partitions.map((partition) => {
        const [start, end] = ofTopic.get(partition) ?? NOWHERE
        const at = ofGroup.get(partition) ?? null
        return { group, topic, partition, committed: at, start, end, lag: lagOf(at, start, end) }
      })
    })
  })
}

const NOWHERE = [null, null] as const

function lagOf(committed: bigint | null, start: bigint | null, end: bigint | null): bigint | null {
  if (start === null || end === null) return null
  const from = committed !== null && committed > start ? committed : start
  return end > from ? end - from : 0n
}

type Logs = Map<string, Map<number, readonly [start: bigint | null, end: bigint | null]>>

async function logsOf(
  wire: Wire,
  metadata: Metadata,
  topics: string[],
  { isolation, signal, notice }: LookOptions
): Promise<Logs> {
  if (topics.length > 0) await metadata.refresh(topics, signal)
  const logs: Logs = new Map()
  for (const topic of topics) logs.set(topic, new Map())
  const partitions = topics.flatMap((topic) =>
    metadata.partitions(topic).map(({ partition }) => ({ topic, partition }))
  )
  const look = (which: bigint): ReturnType<typeof listOffsets> =>
    listOffsets(wire, metadata, partitions, which, { isolation, deadline: PATIENCE_WITH_LEADERS, signal })
  const [starts, ends] = await Promise.all([look(LOG_START), look(LOG_END)])
  for (const topic of topics) {
    const trouble = metadata.trouble(topic)
    if (trouble) notice(`${trouble.message}: only what is committed is known`)
  }
  for (const [index, { topic, partition }] of partitions.entries()) {
    const [start, end] = [starts[index]!, ends[index]!]
    const trouble = [start, end].find((result) => result instanceof KafkaError)
    if (trouble) notice(trouble.message)
    const known = !(start instanceof KafkaError) && !(end instanceof KafkaError)
    logs.get(topic)!.set(partition, known ? [start.offset, end.offset] : NOWHERE)
  }
  return logs
}

/**
 * What each of these groups has committed. Throws a FailedError for one that does not exist, and for one that cannot be
 * read: a list that lacks a group that was named is worth nothing.
 */
export async function requireCommitted(
  wire: Wire,
  groups: readonly string[],
  signal: AbortSignal
): Promise<Map<string, OffsetMap>> {
  const committed = succeeded(await committedOffsetsOf(wire, groups, { deadline: PATIENCE, signal }))
  const silent = groups.filter((group) => committed.get(group)!.size === 0)
  const described = await describe(wire, silent, signal)
  const missing = silent.find((group) => described.get(group)!.state === 'Dead')
  if (missing !== undefined) throw await unknownGroup(wire, missing, signal)
  return committed
}

/** State and members of each group. Throws what is in the way of one. */
export async function describe(
  wire: Wire,
  groups: readonly string[],
  signal: AbortSignal
): Promise<Map<string, GroupDescription>> {
  return succeeded(await describeGroups(wire, groups, { deadline: PATIENCE, signal }))
}

export function succeeded<R>(results: ReadonlyMap<string, R | KafkaError>): Map<string, R> {
  return new Map(
    [...results].map(([group, result]) => {
      if (result instanceof KafkaError) throw result
      return [group, result]
    })
  )
}

async function unknownGroup(wire: Wire, name: string, signal: AbortSignal): Promise<FailedError> {
  const { groups } = await listGroups(wire, { deadline: PATIENCE, signal })
  const other = groups.find(({ group }) => group === name)
  if (other) return new FailedError(`group "${name}" has no committed offsets`, `it is a ${other.type} group`)
  const close = nearest(
    name,
    groups.map(({ group }) => group)
  )
  const advice = close === undefined ? '`sluice offsets list` lists the groups' : `did you mean "${close}"?`
  return new FailedError(`group "${name}" does not exist`, advice)
}
