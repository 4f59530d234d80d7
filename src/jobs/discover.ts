/**
 * Lists topics and partitions: who leads them, where their logs start and end, which reader would have them.
 */
import { ownerOf } from '../flow/subtask.js'
import { KafkaError } from '../kafka/errors.js'
import { type LogOffset, listOffsets } from '../kafka/log-offsets.js'
import { Metadata } from '../kafka/metadata.js'
import { LOG_END, LOG_START } from '../kafka/requests/list-offsets.js'
import { type Settings, Wire } from '../kafka/wire.js'

export interface DiscoverOptions {
  settings: Settings
  /** null: all topics. */
  pattern: RegExp | null
  /** Whether internal topics are listed too. */
  internal: boolean
  /** Number of readers; null: no reader is worked out. */
  parallelism: number | null
  notice: (text: string) => void
}

/** Offsets are null where the partition has no leader that answers. */
export interface DiscoveredPartition {
  topic: string
  partition: number
  leader: number | null
  replicas: number[]
  inSync: number[]
  start: bigint | null
  end: bigint | null
  records: bigint | null
  subtask: number | null
}

/** How long the leaders of a cluster in trouble are asked for their offsets, ms. */
const PATIENCE = 5_000

export async function discover(options: DiscoverOptions, signal: AbortSignal): Promise<DiscoveredPartition[]> {
  const { pattern, internal, parallelism } = options
  const wire = await Wire.open(options.settings, signal)
  try {
    const metadata = new Metadata(wire)
    await metadata.refresh('all', signal)
    const topics = metadata
      .topics()
      .filter((topic) => (internal || !topic.internal) && (pattern?.test(topic.name) ?? true))
    const partitions = topics.flatMap((topic) => topic.partitions.map((info) => ({ topic: topic.name, ...info })))
    const look = (which: bigint): Promise<(LogOffset | KafkaError)[]> =>
      listOffsets(wire, metadata, partitions, which, { isolation: 'uncommitted', deadline: PATIENCE, signal })
    const [starts, ends] = await Promise.all([look(LOG_START), look(LOG_END)])
    return partitions.map(({ topic, partition, leader, replicas, isr }, index) => {
      const [start, end] = [starts[index]!, ends[index]!]
      const trouble = [start, end].find((result) => result instanceof KafkaError)
      if (trouble) options.notice(trouble.message)
      const known = !(start instanceof KafkaError) && !(end instanceof KafkaError)
      return {
        topic,
        partition,
        leader: leader < 0 ? null : leader,
        replicas,
        inSync: isr,
        start: known ? start.offset : null,
        end: known ? end.offset : null,
        records: known ? end.offset - start.offset : null,
        subtask: parallelism === null ? null : ownerOf(topic, partition, parallelism)
      }
    })
  } finally {
    wire.close()
  }
}
