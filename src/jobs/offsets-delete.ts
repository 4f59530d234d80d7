/**
 * Deletes a group, or only its committed offsets in some topics: shows what goes and, when it is told to, does it.
 */
import { FailedError } from '../errors.js'
import { deleteOffsets } from '../kafka/commit-offsets.js'
import type { OffsetMap } from '../kafka/committed-offsets.js'
import { deleteGroups } from '../kafka/groups.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { PATIENCE, requireCommitted } from './named-groups.js'
import { type Done, type TopicSelection, failureOf, requireInactive } from './offsets-plan.js'
import { inOrder } from './row-order.js'

export interface DeleteOptions {
  settings: Settings
  group: string
  /** null: all, and the group with them. */
  topics: TopicSelection[] | null
  execute: boolean
  notice: (text: string) => void
}

export async function deleteCommitted(options: DeleteOptions, signal: AbortSignal): Promise<Done> {
  const { settings, group, topics, execute, notice } = options
  const wire = await Wire.open(settings, signal)
  try {
    const committed = (await requireCommitted(wire, [group], signal)).get(group)!
    await requireInactive(wire, [group], { signal, notice })
    const chosen = topics ? topics.flatMap((one) => choose(group, one, committed)) : allOf(committed)
    const rows = chosen.map(({ topic, partition }) => {
      return { group, topic, partition, from: committed.get(topic)!.get(partition)!, to: null, records: null }
    })
    const plan = rows.sort(inOrder)
    if (!execute) return { plan, failure: null }
    const retry = { deadline: PATIENCE, signal }
    const results = topics
      ? await deleteOffsets(wire, group, chosen, retry)
      : [...(await deleteGroups(wire, [group], retry)).values()]
    return { plan, failure: failureOf(results) }
  } finally {
    wire.close()
  }
}

function allOf(committed: OffsetMap): TopicPartition[] {
  return [...committed].flatMap(([topic, offsets]) => [...offsets.keys()].map((partition) => ({ topic, partition })))
}

/** Throws for a topic or partition where nothing is committed. */
function choose(group: string, { topic, partitions }: TopicSelection, committed: OffsetMap): TopicPartition[] {
  const offsets = committed.get(topic)
  const missing = offsets ? partitions?.find((partition) => !offsets.has(partition)) : null
  if (!offsets || missing !== undefined) {
    const where = typeof missing === 'number' ? `${topic} [${missing}]` : `topic "${topic}"`
    const advice = `\`sluice offsets list ${group}\` shows what it has`
    throw new FailedError(`group "${group}" has no committed offset in ${where}`, advice, { place: { topic } })
  }
  return (partitions ?? [...offsets.keys()]).map((partition) => ({ topic, partition }))
}
