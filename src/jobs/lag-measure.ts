/**
 * From where groups stand to how far they are behind: a row for every partition of the topics in which they stand, those
 * that they never committed too.
 */
import { Code } from '../kafka/error-codes.js'
import { KafkaError } from '../kafka/errors.js'
import { type Isolation, type LogOffset, listOffsets } from '../kafka/log-offsets.js'
import type { Metadata } from '../kafka/metadata.js'
import { LOG_END, LOG_START } from '../kafka/requests/list-offsets.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import type { Wire } from '../kafka/wire.js'
import type { Standing } from './lag-positions.js'
import { type LagReport, type PartitionLag, lagOf } from './lag-rows.js'
import { inOrder } from './row-order.js'

export interface Looking {
  wire: Wire
  /** Knows of the topics. */
  metadata: Metadata
  isolation: Isolation
  /** How long brokers in trouble are asked, ms. */
  deadline: number
  signal: AbortSignal
}

type Bounds = Pick<PartitionLag, 'start' | 'end'>

const NOT_KNOWN: Bounds = { start: null, end: null }

/** Sorted rows, without members and seconds. */
export async function measure(standings: readonly Standing[], at: Looking): Promise<Omit<LagReport, 'time'>> {
  const { metadata } = at
  const topics = [...new Set(standings.flatMap(topicsOf))].sort()
  const existing = topics.filter((topic) => !metadata.problem(topic))
  const { bounds, troubles } = await boundsOf(
    existing.flatMap((topic) => metadata.partitions(topic).map(({ partition }) => ({ topic, partition }))),
    at
  )
  const [gone, unknown]: [string[], string[]] = [[], []]
  const goneTopics = new Set<string>()
  for (const topic of topics) {
    // One that was deleted meanwhile is known to be gone by now.
    const problem = metadata.problem(topic)
    if (isGone(problem)) {
      goneTopics.add(topic)
      bounds.set(topic, [])
      gone.push(`topic "${topic}" is gone`)
    } else if (problem) unknown.push(problem.message)
    else unknown.push(...(troubles.get(topic) ?? []))
  }
  const rows = standings.flatMap((standing) => rowsOf(standing, bounds)).sort(inOrder)
  for (const row of rows) {
    if (row.gone && !goneTopics.has(row.topic)) gone.push(`topic "${row.topic}" partition ${row.partition} is gone`)
  }
  return { partitions: rows, gone, unknown }
}

/** @param bounds of all partitions that exist; a topic of which nothing is known is not in it */
function rowsOf(standing: Standing, bounds: ReadonlyMap<string, readonly Bounds[]>): PartitionLag[] {
  const { group } = standing
  return [...new Set(topicsOf(standing))].flatMap((topic) => {
    const [committed, inFile] = [standing.committed.get(topic), standing.checkpoint.get(topic)]
    const existing = bounds.get(topic)
    const numbers = new Set([...(existing?.keys() ?? []), ...(committed?.keys() ?? []), ...(inFile?.keys() ?? [])])
    return [...numbers].map((partition): PartitionLag => {
      const { start, end } = existing?.[partition] ?? NOT_KNOWN
      const stands = { committed: committed?.get(partition) ?? null, checkpoint: inFile?.get(partition) ?? null }
      const lag = start === null || end === null ? null : lagOf(stands.checkpoint ?? stands.committed, start, end)
      const gone = existing !== undefined && !existing[partition]
      return { group, topic, partition, ...stands, start, end, lag, seconds: null, member: null, gone }
    })
  })
}

/** By topic, and there by partition; and what kept them from being known. */
async function boundsOf(
  partitions: readonly TopicPartition[],
  { wire, metadata, ...options }: Looking
): Promise<{ bounds: Map<string, Bounds[]>; troubles: Map<string, string[]> }> {
  const look = (which: bigint): Promise<(LogOffset | KafkaError)[]> =>
    listOffsets(wire, metadata, partitions, which, options)
  const [starts, ends] = await Promise.all([look(LOG_START), look(LOG_END)])
  const bounds = new Map<string, Bounds[]>()
  const troubles = new Map<string, string[]>()
  for (const [index, { topic, partition }] of partitions.entries()) {
    const [start, end] = [starts[index]!, ends[index]!]
    const trouble = [start, end].find((result) => result instanceof KafkaError)
    if (trouble) troubles.set(topic, [...(troubles.get(topic) ?? []), trouble.message])
    const known = !(start instanceof KafkaError) && !(end instanceof KafkaError)
    const ofTopic = bounds.get(topic) ?? []
    ofTopic[partition] = known ? { start: start.offset, end: end.offset } : NOT_KNOWN
    bounds.set(topic, ofTopic)
  }
  return { bounds, troubles }
}

export function topicsOf({ committed, checkpoint }: Pick<Standing, 'committed' | 'checkpoint'>): string[] {
  return [...committed.keys(), ...checkpoint.keys()]
}

export function isGone(problem: KafkaError | null): boolean {
  return problem?.code === Code.UNKNOWN_TOPIC_OR_PARTITION
}
