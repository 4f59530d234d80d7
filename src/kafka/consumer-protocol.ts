/**
 * What members of a consumer group tell each other through the broker, which takes it for plain bytes: what each wants
 * to read and has at the moment (subscription), and what the leader gives it (assignment).
 * https://github.com/apache/kafka/tree/trunk/clients/src/main/resources/common/message, ConsumerProtocol*.json
 *
 * Subscription => version [topics] user_data [owned_partitions] (1+) generation_id (2+) rack_id (3+)
 * Assignment => version [assigned_partitions] user_data
 *   owned_partitions, assigned_partitions => topic [partition]
 *
 * A newer version only adds fields at the end: what is known of it is read, the rest ignored.
 */
import { Reader } from './reader.js'
import type { TopicPartition } from './topic-partition.js'
import { Writer } from './writer.js'

const VERSION = 3
/** The length of absent user data. */
const NO_BYTES = -1
/** For a member that owns nothing yet, or does not tell (versions 0 and 1). */
export const NO_GENERATION = -1

export interface Subscription {
  topics: readonly string[]
  /** Whatever the assignor keeps there; often nothing. */
  userData: Buffer
  /** What the member has not given up; empty in eager protocols. */
  ownedPartitions: readonly TopicPartition[]
  /** Of the assignment that `ownedPartitions` come from. */
  generationId: number
  rackId: string | null
}

export function encodeSubscription(subscription: Subscription): Buffer {
  const { topics, userData, ownedPartitions, generationId, rackId } = subscription
  const to = new Writer().int16(VERSION)
  to.array(topics, (topic) => to.string(topic))
  to.reference(userData)
  writePartitions(to, ownedPartitions)
  return Buffer.concat(to.int32(generationId).string(rackId).finish())
}

/** @throws RangeError for bytes that end too early, as everything of `Reader` does */
export function decodeSubscription(bytes: Buffer): Subscription {
  const from = new Reader(bytes)
  const version = from.int16()
  return {
    topics: from.array(() => from.string()),
    userData: from.slice(),
    ownedPartitions: version >= 1 ? readPartitions(from) : [],
    generationId: version >= 2 ? from.int32() : NO_GENERATION,
    rackId: version >= 3 ? from.nullableString() : null
  }
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const to = new Writer().int16(VERSION)
  writePartitions(to, partitions)
  return Buffer.concat(to.int32(NO_BYTES).finish())
}

/** No bytes at all, which the leader of a group sends for a member that gets nothing, are no partitions. */
export function decodeAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return []
  const from = new Reader(bytes)
  from.int16()
  return readPartitions(from)
}

function writePartitions(to: Writer, partitions: readonly TopicPartition[]): void {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)]
  to.array(topics, ([topic, ofTopic]) => to.string(topic).array(ofTopic, ({ partition }) => to.int32(partition)))
}

function readPartitions(from: Reader): TopicPartition[] {
  const partitions: TopicPartition[] = []
  from.array(() => {
    const topic = from.string()
    from.array(() => partitions.push({ topic, partition: from.int32() }))
  })
  return partitions
}
