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
  /** Another one where a topic was created anew; null where brokers do not tell (before 2.8). */
  topicId: string | null
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
  const discoverer = await Discoverer.open(options, signal)
  try {
    const { partitions, trouble } = await discoverer.look(signal)
    for (const text of trouble) options.notice(text)
    return partitions
  } finally {
    discoverer.close()
  }
}

export class Discoverer {
  readonly #wire: Wire
  readonly #metadata: Metadata
  readonly #options: DiscoverOptions

  private constructor(wire: Wire, options: DiscoverOptions) {
    this.#wire = wire
    this.#metadata = new Metadata(wire)
    this.#options = options
  }

  static async open(options: DiscoverOptions, signal: AbortSignal): Promise<Discoverer> {
    return new Discoverer(await Wire.open(options.settings, signal), options)
  }

  close(): void {
    this.#wire.close()
  }

  /** What there is now, by topic and partition; and what is wrong with single partitions, a sentence each. */
  async look(signal: AbortSignal): Promise<{ partitions: DiscoveredPartition[]; trouble: string[] }> {
    const { pattern, internal, parallelism } = this.#options
    const [wire, metadata] = [this.#wire, this.#metadata]
    await metadata.refresh('all', signal)
    const topics = metadata
      .topics()
      .filter((topic) => (internal || !topic.internal) && (pattern?.test(topic.name) ?? true))
    const partitions = topics.flatMap(({ name: topic, topicId, partitions: infos }) =>
      infos.map((info) => ({ topic, topicId, ...info }))
    )
    const look = (which: bigint): Promise<(LogOffset | KafkaError)[]> =>
      listOffsets(wire, metadata, partitions, which, { isolation: 'uncommitted', deadline: PATIENCE, signal })
    const [starts, ends] = await Promise.all([look(LOG_START), look(LOG_END)])
    const trouble: string[] = []
    const discovered = partitions.map(({ topic, topicId, partition, leader, replicas, isr }, index) => {
      const [start, end] = [starts[index]!, ends[index]!]
      const error = [start, end].find((result) => result instanceof KafkaError)
      if (error) trouble.push(error.message)
      const known = !(start instanceof KafkaError) && !(end instanceof KafkaError)
      return {
        topic,
        topicId,
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
    return { partitions: discovered, trouble }
  }
}
