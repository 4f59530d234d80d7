/**
 * A topic opened as a sink.
 */
import { counted } from '../counted.js'
import type { FailedError } from '../errors.js'
import { KafkaSink, type Partitioner, type RecordEncoder } from '../endpoints/kafka-sink.js'
import { type Fixed, createStamp } from '../endpoints/stamp.js'
import type { TwoPhase } from '../endpoints/two-phase.js'
import type { Identity } from '../kafka/identity.js'
import { Metadata } from '../kafka/metadata.js'
import type { TransactionState } from '../flow/endpoint.js'
import { initProducerId } from '../kafka/producer-id.js'
import { Sender } from '../kafka/sender.js'
import { createTopic, maxMessageBytes } from '../kafka/topics.js'
import { type Settings, Wire } from '../kafka/wire.js'
import type { Codec } from '../records/compression.js'
import type { EncodeOptions } from './schemas.js'

export interface WritingOptions {
  settings: Settings
  topic: string
  /** Creates a missing topic with so many partitions ('default': the broker's number); null: a missing topic is an error. */
  createTopic: number | 'default' | null
  /** null: as the source's partitions suggest. */
  partitioner: Partitioner | null
  fixed: Fixed
  /** null: keys and values are bytes already. */
  encode: EncodeOptions | null
  acks: -1 | 0 | 1
  /** `kept`: what each record's batch was compressed with. */
  codec: Codec | 'kept'
  level: number | undefined
  batchBytes: number
  linger: number
  /** Records a second; Infinity: no limit. */
  rate: number
  /** Whole batches of another topic may go through as they are, compression included. */
  copies: boolean
  /**
   * A record that could not be written is reported and counted, and the run goes on and ends well. One that is too large is
   * a bad one first: where those are skipped or kept elsewhere, this is not asked.
   */
  logFailuresOnly: boolean
  /** null: what is acknowledged is final. */
  transaction: TransactionOptions | null
  notice: (text: string) => void
}

export interface TransactionOptions {
  /** What transactional ids begin with; null: as the checkpoint says, else one of its own. */
  id: string | null
  subtask: number
  /** Of how many subtasks. */
  parallelism: number
  /** Milliseconds after which the broker aborts a transaction that is still open. */
  timeout: number
}

/** What a run writes under. */
type RunIdentity = Identity & { transaction: TwoPhase | null }

/** As Java's metadata.max.age.ms. */
const METADATA_AGE = 300_000

export class Writing {
  readonly sink: KafkaSink
  /** Records given up. */
  lost = 0
  readonly #wire: Wire
  readonly #sender: Sender

  /**
   * @param sourcePartitions the most that a topic has of which records come; 0: they come from no topic
   * @param restored what the run before has left of its transactions
   * @param bad whether the run goes on without a bad record; where in its source the record at hand stands
   */
  static async open(
    options: WritingOptions,
    sourcePartitions: number,
    restored: readonly TransactionState[],
    bad: { goesOn: boolean; locate: (error: FailedError) => unknown },
    signal: AbortSignal
  ): Promise<Writing> {
    const wire = await Wire.open(options.settings, signal)
    try {
      const metadata = new Metadata(wire)
      await findTopic(wire, metadata, options)
      const most = await maxMessageBytes(wire, options.topic)
      const count = metadata.partitions(options.topic).length
      const partitioner = options.partitioner ?? suggested(sourcePartitions, count, options)
      const identity = await identityOf(wire, metadata, options, restored, signal)
      const encoder = options.encode && (await (await import('./schemas.js')).openEncoder(options.encode, options))
      const facts = { ...identity, encoder, maxMessageBytes: most }
      return new Writing(wire, metadata, { ...options, partitioner }, facts, bad)
    } catch (error) {
      wire.close()
      throw error
    }
  }

  private constructor(
    wire: Wire,
    metadata: Metadata,
    options: WritingOptions & { partitioner: Partitioner },
    facts: RunIdentity & { encoder: RecordEncoder | null; maxMessageBytes: number },
    { goesOn, locate }: { goesOn: boolean; locate: (error: FailedError) => unknown }
  ) {
    this.#wire = wire
    this.#sender = new Sender(wire, metadata, options.topic, {
      ...options,
      metadataAge: options.settings.metadataAge ?? METADATA_AGE,
      ...facts,
      onTooLarge: (error) => {
        if (goesOn || !options.logFailuresOnly) throw error
        this.#lose(locate(error) as FailedError, 1, options)
      },
      onLost: (error, records) => this.#lose(error, records, options)
    })
    const { transaction, encoder } = facts
    this.sink = new KafkaSink(this.#sender, { ...options, transaction, encoder, stamp: createStamp(options.fixed) })
  }

  /** Records that a broker acknowledged (with acks 0: that were handed to the system). */
  get acknowledged(): number {
    return this.#sender.acknowledged
  }

  /** Of their batches, as they were sent. */
  get acknowledgedBytes(): number {
    return this.#sender.acknowledgedBytes
  }

  close(): void {
    this.#wire.close()
  }

  #lose(error: FailedError, records: number, { logFailuresOnly, notice }: WritingOptions): void {
    if (!logFailuresOnly) throw error
    this.lost += records
    notice(`${counted(records, 'record')} lost: ${error.line}`)
  }
}

async function identityOf(
  wire: Wire,
  metadata: Metadata,
  options: WritingOptions,
  restored: readonly TransactionState[],
  signal: AbortSignal
): Promise<RunIdentity> {
  if (!options.transaction) {
    return { producer: options.acks === -1 ? await initProducerId(wire, signal) : null, transaction: null }
  }
  const { openTwoPhase } = await import('./transactions.js')
  const { topic, notice } = options
  const cluster = metadata.clusterId
  const transaction = await openTwoPhase(wire, { ...options.transaction, topic, cluster, restored, notice }, signal)
  return { producer: null, transaction }
}

async function findTopic(
  wire: Wire,
  metadata: Metadata,
  { topic, createTopic: wanted, partitioner }: WritingOptions
): Promise<void> {
  await metadata.refresh([topic])
  if (wanted !== null && metadata.partitions(topic).length === 0) await createTopic(wire, metadata, topic, wanted)
  await metadata.requireTopics([topic], 'Write')
  if (partitioner?.kind === 'partition') metadata.requirePartition({ topic, partition: partitioner.partition })
}

/** Records of a topic keep their partitions, where there are as many. */
function suggested(from: number, to: number, { topic, notice }: WritingOptions): Partitioner {
  if (from > 0 && from <= to) return { kind: 'keep' }
  if (from > to) notice(`topic "${topic}" has ${counted(to, 'partition')}, the source ${from}: records go by their key`)
  return { kind: 'default' }
}
