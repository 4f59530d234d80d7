/** A partition by its name. */

export interface TopicPartition {
  topic: string
  partition: number
}

/** A key for maps and sets. No topic name contains a space. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`
}
