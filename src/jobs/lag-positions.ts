/**
 * Where groups stand: what they have committed, and what a checkpoint file says beside it.
 */
import { FailedError } from '../errors.js'
import { type OffsetMap, committedOffsetsOf } from '../kafka/committed-offsets.js'
import { KafkaError } from '../kafka/errors.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import type { Wire } from '../kafka/wire.js'

/** By topic and partition: the next offset to read. */
export interface Standing {
  /** null: of a checkpoint file alone. */
  group: string | null
  committed: OffsetMap
  checkpoint: OffsetMap
}

/** As a checkpoint file has it. */
export interface CheckpointPositions {
  group: string | null
  clusterId: string | null
  positions: readonly (TopicPartition & { offset: bigint })[]
}

export interface WhichGroups {
  /** null: all groups that have committed something; with a checkpoint file, its group. */
  groups: readonly string[] | null
  /** null: all. */
  topics: readonly string[] | null
}

/** How long brokers in trouble are asked, ms. */
const PATIENCE = 5_000

const NOTHING: OffsetMap = new Map()

/**
 * Those that stand anywhere in the topics asked for. Throws for a named group that does not exist.
 * @param unknown takes sentences about groups of which nothing is known
 */
export async function readStandings(
  wire: Wire,
  { groups, topics }: WhichGroups,
  checkpoint: CheckpointPositions | null,
  unknown: string[],
  signal: AbortSignal
): Promise<Standing[]> {
  const owner = checkpoint && ownerOf(checkpoint, groups)
  const named = groups ?? (checkpoint && (owner === null ? [] : [owner]))
  const asked = named ?? (await allGroups(wire, unknown, signal))
  const options = { deadline: PATIENCE, signal }
  const committed = asked.length > 0 ? await committedOffsetsOf(wire, asked, options) : new Map<string, OffsetMap>()
  const ofFile = checkpoint ? byTopic(checkpoint.positions) : NOTHING
  const standings: Standing[] = []
  for (const [group, offsets] of committed) {
    if (offsets instanceof KafkaError) {
      if (named) throw offsets
      unknown.push(offsets.message)
      continue
    }
    const positions = checkpoint && owner === group ? ofFile : NOTHING
    if (named && offsets.size + positions.size === 0) await requireGroup(wire, group, signal)
    const standing = { group, committed: only(offsets, topics), checkpoint: only(positions, topics) }
    if (standing.committed.size + standing.checkpoint.size > 0) standings.push(standing)
    else if (named) unknown.push(`group "${group}" has committed nothing${topics === null ? '' : ' of these topics'}`)
  }
  if (checkpoint && owner === null) {
    standings.push({ group: null, committed: NOTHING, checkpoint: only(ofFile, topics) })
  }
  return standings
}

/** Whose positions these are: a file of no group may stand beside a group that is named. */
function ownerOf({ group }: CheckpointPositions, groups: readonly string[] | null): string | null {
  if (groups === null) return group
  if (group !== null && groups.includes(group)) return group
  if (group === null && groups.length === 1) return groups[0]!
  const what = group === null ? 'is of no group' : `is of group "${group}"`
  throw new FailedError(`the checkpoint file ${what}`, group === null ? 'name one group' : 'name that group, or none')
}

/** Share groups have no committed offsets. */
async function allGroups(wire: Wire, unknown: string[], signal: AbortSignal): Promise<string[]> {
  const { listGroups } = await import('../kafka/groups.js')
  const { groups, trouble } = await listGroups(wire, { deadline: PATIENCE, signal })
  unknown.push(...trouble.map(({ message }) => message))
  return groups.filter(({ type }) => type !== 'share').map(({ group }) => group)
}

async function requireGroup(wire: Wire, group: string, signal: AbortSignal): Promise<void> {
  const { listGroups } = await import('../kafka/groups.js')
  const { groups, trouble } = await listGroups(wire, { deadline: PATIENCE, signal })
  if (groups.some((listed) => listed.group === group)) return
  if (trouble[0]) throw trouble[0]
  throw (await import('./named-groups.js')).unknownGroup(group, groups)
}

function only(offsets: OffsetMap, topics: readonly string[] | null): OffsetMap {
  return topics === null ? offsets : new Map([...offsets].filter(([topic]) => topics.includes(topic)))
}

function byTopic(positions: CheckpointPositions['positions']): OffsetMap {
  const topics = Map.groupBy(positions, ({ topic }) => topic)
  return new Map(
    [...topics].map(([topic, some]) => [topic, new Map(some.map(({ partition, offset }) => [partition, offset]))])
  )
}
