/**
 * Which partitions a run reads: of topics named or matched by a pattern, all of them or those listed, and of these the
 * share of one subtask.
 */
import { FailedError } from '../errors.js'
import { type Share, ownerOf } from '../flow/subtask.js'
import type { Metadata } from '../kafka/metadata.js'
import type { TopicPartition } from '../kafka/topic-partition.js'

export interface Selection {
  topics: string[]
  /** null: `topics` are named. */
  pattern: RegExp | null
  /** null: all. */
  partitions: number[] | null
  /** null: all; else the partitions that Flink's assignment gives to `subtask` of `parallelism` (semantics.md section 2). */
  share: Share | null
}

/**
 * The names of the topics selected, after a fresh look at the cluster. Throws for a topic that does not exist, and for a
 * pattern that matches none unless `mayBeNone`.
 */
export async function selectTopics(metadata: Metadata, selection: Selection, mayBeNone = false): Promise<string[]> {
  const { topics, pattern } = selection
  if (pattern === null) {
    await metadata.refresh(topics)
    await metadata.requireTopics(topics)
    return topics
  }
  await metadata.refresh('all')
  const visible = metadata.topics().filter((topic) => !topic.internal)
  const names = visible.map((topic) => topic.name).filter((name) => pattern.test(name))
  if (names.length === 0 && !mayBeNone) {
    const advice = `there are ${visible.length} topics; the whole name must match`
    throw new FailedError('no topic matches the pattern', advice)
  }
  return names
}

/** The partitions selected of these topics, as the cluster was at the last look. Throws for one that does not exist. */
export function partitionsOf(metadata: Metadata, topics: readonly string[], selection: Selection): TopicPartition[] {
  const { partitions, share } = selection
  return topics.flatMap((topic) => {
    for (const partition of partitions ?? []) metadata.requirePartition({ topic, partition })
    const wanted = partitions ?? metadata.partitions(topic).map((info) => info.partition)
    const ours = share
      ? wanted.filter((partition) => ownerOf(topic, partition, share.parallelism) === share.subtask)
      : wanted
    return ours.map((partition) => ({ topic, partition }))
  })
}
