/**
 * Which partitions a run reads: of topics named or matched by a pattern, all of them or those listed, and of these the
 * share of one subtask.
 */
import { FailedError } from '../errors.js'
import { type Share, ownerOf } from '../flow/subtask.js'
import type { Metadata } from '../kafka/metadata.js'
import { partitionForKey } from '../kafka/partitioner.js'
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

export interface KeySelection extends Selection {
  /** Of a topic of which no partitions are listed, only the one that Java clients give this key is read; null: all. */
  key: Buffer | null
  /** Where the key was before partitions were added. */
  keyWasIn: readonly TopicPartition[]
}

/**
 * The names of the topics selected, after a fresh look at the cluster. Throws for a topic that does not exist, and for a
 * pattern that matches none unless `mayBeNone`. `operation`: what is to be done with them.
 */
export async function selectTopics(
  metadata: Metadata,
  selection: Selection,
  mayBeNone = false,
  operation: 'Describe' | 'Read' = 'Describe'
): Promise<string[]> {
  const { topics, pattern } = selection
  if (pattern === null) {
    await metadata.refresh(topics)
    await metadata.requireTopics(topics, operation)
    return topics
  }
  await metadata.refresh('all')
  const visible = metadata.topics().filter((topic) => !topic.internal)
  const names = visible.map((topic) => topic.name).filter((name) => pattern.test(name))
  if (names.length === 0 && !mayBeNone) {
    const advice = `there are ${visible.length} that we may see; the whole name must match`
    throw new FailedError('no topic matches the pattern', advice)
  }
  return names
}

/** The partitions selected of these topics, as the cluster was at the last look. Throws for one that does not exist. */
export function partitionsOf(metadata: Metadata, topics: readonly string[], selection: KeySelection): TopicPartition[] {
  const { share } = selection
  return topics.flatMap((topic) => {
    for (const partition of selection.partitions ?? []) metadata.requirePartition({ topic, partition })
    const wanted = wantedOf(metadata, topic, selection)
    const ours = share
      ? wanted.filter((partition) => ownerOf(topic, partition, share.parallelism) === share.subtask)
      : wanted
    return ours.map((partition) => ({ topic, partition }))
  })
}

function wantedOf(metadata: Metadata, topic: string, { partitions, key, keyWasIn }: KeySelection): number[] {
  if (partitions) return partitions
  const all = metadata.partitions(topic).map((info) => info.partition)
  if (!key || all.length === 0) return all
  const before = keyWasIn.filter((other) => other.topic === topic).map(({ partition }) => partition)
  return [...new Set([partitionForKey(key, 0, key.length, all.length), ...before])]
}
