/**
 * What is known of the cluster: brokers, topics, and who leads which partition. It changes only by `refresh()`; a leader
 * that moved is noticed by the errors of those who still ask the old one. Trouble with one topic or partition is kept
 * beside it and fails nothing else.
 */
import { FailedError } from '../errors.js'
import { nearest } from '../nearest.js'
import { Code } from './error-codes.js'
import { type KafkaError, kafkaError } from './errors.js'
import { type Broker, type MetadataPartition, type MetadataTopic, metadataApi } from './requests/metadata.js'
import { type RetryOptions, retry } from './retry.js'
import type { TopicPartition } from './topic-partition.js'
import type { Wire } from './wire.js'

export type PartitionInfo = MetadataPartition
export type TopicInfo = MetadataTopic

export interface Leader {
  nodeId: number
  /** -1: not known. */
  epoch: number
}

export class Metadata {
  brokers: Broker[] = []
  clusterId: string | null = null
  controllerId = -1
  readonly #wire: Wire
  readonly #topics = new Map<string, TopicInfo>()

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Asks any broker about these topics. Throws only when no broker answers; what is wrong with a topic stays with it. */
  async refresh(topics: readonly string[] | 'all', signal?: AbortSignal): Promise<void> {
    const all = topics === 'all'
    const answer = await this.#wire.any(metadataApi, { topics: all ? null : topics }, { signal })
    this.brokers = answer.brokers.sort((a, b) => a.nodeId - b.nodeId)
    this.clusterId = answer.clusterId
    this.controllerId = answer.controllerId
    this.#wire.setBrokers(answer.brokers)
    const gone = new Set(all ? this.#topics.keys() : [])
    for (const topic of answer.topics) {
      gone.delete(topic.name)
      this.#topics.set(topic.name, mergeTopic(this.#topics.get(topic.name), topic))
    }
    for (const name of gone) this.#topics.delete(name)
  }

  /** The topics that exist, of those asked for so far, by name. */
  topics(): TopicInfo[] {
    return [...this.#topics.values()]
      .filter((topic) => topic.errorCode === Code.NONE)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** A topic's partitions by number; none when it is not known to exist. */
  partitions(topic: string): PartitionInfo[] {
    return this.#topics.get(topic)?.partitions ?? []
  }

  /** A topic's id, another one when it was created anew; null where the brokers tell none. */
  id(topic: string): string | null {
    return this.#topics.get(topic)?.topicId ?? null
  }

  /** The broker that leads a partition; undefined when there is none at the moment. */
  leader(topic: string, partition: number): Leader | undefined {
    const partitions = this.partitions(topic)
    // Numbered without gaps in every real cluster.
    const info =
      partitions[partition]?.partition === partition
        ? partitions[partition]
        : partitions.find((other) => other.partition === partition)
    return info && info.leader >= 0 ? { nodeId: info.leader, epoch: info.leaderEpoch } : undefined
  }

  /** The existing topic, of those known, that was probably meant; null when none is close. */
  nearestTopic(name: string): string | null {
    const names = this.topics().map((topic) => topic.name)
    return nearest(name, names) ?? names.find((other) => name.length >= 3 && other.startsWith(name)) ?? null
  }

  /**
   * Throws for the first of these topics that does not exist or may not be seen, naming one that is close.
   * @param operation what is to be done with them: the right to read or write brings that to see them
   */
  async requireTopics(names: readonly string[], operation: 'Describe' | 'Read' | 'Write' = 'Describe'): Promise<void> {
    const unasked = names.filter((name) => !this.#topics.has(name))
    if (unasked.length > 0) await this.refresh(unasked)
    const missing = names.find((name) => this.problem(name))
    if (missing === undefined) return
    const error = this.#error(missing, operation)
    if (error.code !== Code.UNKNOWN_TOPIC_OR_PARTITION) throw error
    await this.refresh('all')
    const close = this.nearestTopic(missing)
    const advice = close === null ? '`sluice discover` lists the topics' : `did you mean "${close}"?`
    throw new FailedError(`topic "${missing}" does not exist`, advice, { place: { topic: missing } })
  }

  /** Throws where an existing topic has no such partition. */
  requirePartition({ topic, partition }: TopicPartition): void {
    const count = this.partitions(topic).length
    // Numbered without gaps.
    if (partition < count) return
    throw new FailedError(
      `partition ${partition} of topic "${topic}" does not exist`,
      `it has ${count === 1 ? 'partition 0 only' : `partitions 0 to ${count - 1}`}`,
      { place: { topic, partition } }
    )
  }

  /** Waits until these topics, just created, are known with a leader for every partition. */
  async waitForTopics(names: readonly string[], options: RetryOptions): Promise<void> {
    await retry(async () => {
      await this.refresh(names, options.signal)
      for (const name of names) {
        if (this.#topics.get(name)?.errorCode !== Code.NONE) throw this.#error(name)
        const open = this.partitions(name).find(({ leader }) => leader < 0)
        if (open) throw kafkaError(Code.LEADER_NOT_AVAILABLE, { topic: name, partition: open.partition })
      }
    }, options)
  }

  /** What is wrong with a topic, of those asked for so far; null when nothing is. */
  problem(topic: string): KafkaError | null {
    return this.#topics.get(topic)?.errorCode === Code.NONE ? null : this.#error(topic)
  }

  #error(topic: string, operation = 'Describe'): KafkaError {
    const code = this.#topics.get(topic)?.errorCode ?? Code.UNKNOWN_TOPIC_OR_PARTITION
    return kafkaError(code, { topic, operation })
  }
}

/**
 * Takes over what is new, but no leader of an earlier epoch: a broker that lags behind must not take us back to the old
 * one (KIP-320). A topic that was created anew counts its epochs from 0 again.
 */
export function mergeTopic(known: TopicInfo | undefined, heard: TopicInfo): TopicInfo {
  heard.partitions.sort((a, b) => a.partition - b.partition)
  if (!known) return heard
  if (heard.errorCode !== Code.NONE) return { ...known, errorCode: heard.errorCode }
  if (heard.topicId !== known.topicId) return heard
  const before = new Map(known.partitions.map((partition) => [partition.partition, partition]))
  for (const partition of heard.partitions) {
    const earlier = before.get(partition.partition)
    if (earlier && partition.leaderEpoch < earlier.leaderEpoch) {
      partition.leader = earlier.leader
      partition.leaderEpoch = earlier.leaderEpoch
    }
  }
  return heard
}
