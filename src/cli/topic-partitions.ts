/** Topics, each with some of its partitions or all: `orders`, `orders:0,3-5`. Pure. */
import { UsageError } from '../errors.js'
import type { TopicSelection } from '../jobs/offsets-plan.js'
import { parsePartitions } from './partitions.js'

/** Whether topic and partitions exist is not known here. @throws UsageError */
export function parseTopicPartitions(text: string): TopicSelection {
  const [topic, list] = text.split(/:(.*)/s) as [string, string?]
  if (topic === '') throw new UsageError(`'${text}' names no topic`, 'write TOPIC or TOPIC:0,3-5')
  return { topic, partitions: list === undefined ? null : parsePartitions(list) }
}

/** Each topic at most once. @throws UsageError */
export function distinctTopics(topics: TopicSelection[]): TopicSelection[] {
  const twice = topics.find(({ topic }, i) => topics.findIndex((other) => other.topic === topic) < i)
  if (!twice) return topics
  throw new UsageError(`topic "${twice.topic}" is named twice`, `name it once, as in --topic ${twice.topic}:0,1`)
}
