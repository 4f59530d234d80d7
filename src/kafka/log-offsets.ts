/**
 * Where logs start and end, and which offset a time has: one request to each leader for all of its partitions. A
 * partition without a leader, or any other trouble with one, fails no other.
 */
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import type { Metadata } from './metadata.js'
import { type ListOffsetsArgs, listOffsetsApi } from './requests/list-offsets.js'
import { type RetryOptions, retry } from './retry.js'
import { type TopicPartition, keyOf } from './topic-partition.js'
import type { Wire } from './wire.js'

export type Isolation = 'committed' | 'uncommitted'

export interface ListOptions extends Omit<RetryOptions, 'onRetry'> {
  /** Under `committed` the end is the last stable offset, else the high watermark. */
  isolation: Isolation
}

/** What a partition's leader answered. */
export interface LogOffset extends TopicPartition {
  /** -1: no record of that time or later. */
  offset: bigint
  /** Of the record found by time, milliseconds since the epoch; else -1. */
  timestamp: bigint
}

/**
 * The offset of each partition for a time in milliseconds since the epoch, or for LOG_START, LOG_END or MAX_TIMESTAMP
 * of requests/list-offsets.ts; or what is in the way. In the order of `partitions`. Stale metadata is refreshed and
 * what is retriable is tried until the deadline.
 */
export async function listOffsets(
  wire: Wire,
  metadata: Metadata,
  partitions: readonly TopicPartition[],
  timestamp: bigint,
  options: ListOptions
): Promise<(LogOffset | KafkaError)[]> {
  const results = new Map<string, LogOffset | KafkaError>()
  const isOpen = (partition: TopicPartition): boolean => {
    const result = results.get(keyOf(partition))
    return result === undefined || (result instanceof KafkaError && result.retriable)
  }
  const ask = async (): Promise<void> => {
    await askLeaders(wire, metadata, partitions.filter(isOpen), timestamp, options, results)
    const failed = [...results.values()].find((result) => result instanceof KafkaError && result.retriable)
    if (failed) throw failed as KafkaError
  }
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const onRetry = (): Promise<void> => metadata.refresh(topics, options.signal).catch(ignoreRetriable)
  await retry(ask, { ...options, onRetry }).catch((error: unknown) => {
    // The errors stand beside the answers.
    if (!(error instanceof KafkaError)) throw error
  })
  return partitions.map((partition) => results.get(keyOf(partition))!)
}

/** As `listOffsets`; throws the first error. */
export async function requireOffsets(...args: Parameters<typeof listOffsets>): Promise<LogOffset[]> {
  const results = await listOffsets(...args)
  return results.map((result) => {
    if (result instanceof KafkaError) throw result
    return result
  })
}

async function askLeaders(
  wire: Wire,
  metadata: Metadata,
  partitions: readonly TopicPartition[],
  timestamp: bigint,
  { isolation, signal }: ListOptions,
  results: Map<string, LogOffset | KafkaError>
): Promise<void> {
  const askLeader = async (node: number, some: readonly TopicPartition[]): Promise<void> => {
    const topics = [...Map.groupBy(some, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition }) => {
        return { partition, leaderEpoch: metadata.leader(topic, partition)?.epoch ?? -1, timestamp }
      })
    }))
    const args: ListOffsetsArgs = { isolation: isolation === 'committed' ? 1 : 0, topics }
    const answer = await wire.call(node, listOffsetsApi, args, { signal })
    for (const { topic, partition, errorCode, offset, timestamp: found } of answer.partitions) {
      const error = errorCode && kafkaError(errorCode, { topic, partition, operation: 'Describe' })
      results.set(keyOf({ topic, partition }), error || { topic, partition, offset, timestamp: found })
    }
  }
  const byLeader = Map.groupBy(partitions, ({ topic, partition }) => metadata.leader(topic, partition)?.nodeId ?? -1)
  const asked = [...byLeader].map(async ([node, some]) => {
    try {
      if (node >= 0) await askLeader(node, some)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      for (const { topic, partition } of some) results.set(keyOf({ topic, partition }), error)
    }
  })
  for (const { topic, partition } of byLeader.get(-1) ?? []) {
    const known = metadata.partitions(topic).some((info) => info.partition === partition)
    const code = known ? Code.LEADER_NOT_AVAILABLE : Code.UNKNOWN_TOPIC_OR_PARTITION
    results.set(keyOf({ topic, partition }), kafkaError(code, { topic, partition }))
  }
  await Promise.all(asked)
}

function ignoreRetriable(error: unknown): void {
  if (!(error instanceof KafkaError) || !error.retriable) throw error
}
