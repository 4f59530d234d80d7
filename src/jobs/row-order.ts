/** The order in which commands show rows about groups and their partitions. */
import type { TopicPartition } from '../kafka/topic-partition.js'

/** By group, topic and partition; what belongs to no group comes first. */
export function inOrder(
  a: TopicPartition & { group: string | null },
  b: TopicPartition & { group: string | null }
): number {
  return compare(a.group ?? '', b.group ?? '') || compare(a.topic, b.topic) || a.partition - b.partition
}

/** By code units, on every machine alike. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
