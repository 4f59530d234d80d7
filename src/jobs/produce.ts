/**
 * Writes records from files, standard input or the command line to a topic.
 */
import { counted } from '../counted.js'
import { KafkaSink, type Partitioner } from '../endpoints/kafka-sink.js'
import { MemorySource, sequence } from '../endpoints/memory.js'
import { type Fixed, createStamp } from '../endpoints/stamp.js'
import { TextSource } from '../endpoints/text-source.js'
import { FailedError } from '../errors.js'
import type { Sink, Source } from '../flow/endpoint.js'
import { run } from '../flow/run.js'
import { type ParserOptions, createParser } from '../formats/index.js'
import { Metadata } from '../kafka/metadata.js'
import { initProducerId } from '../kafka/producer-id.js'
import { Sender } from '../kafka/sender.js'
import { createTopic, maxMessageBytes } from '../kafka/topics.js'
import { type Settings, Wire } from '../kafka/wire.js'
import type { Codec } from '../records/compression.js'

export interface ProduceOptions {
  settings: Settings
  topic: string
  /** Creates a missing topic with so many partitions ('default': the broker's number); null: a missing topic is an error. */
  createTopic: number | 'default' | null
  /** Files, `-` for standard input; or records given in memory. */
  input: { paths: string[]; parser: ParserOptions } | { elements: string[] } | { sequence: [bigint, bigint] }
  partitioner: Partitioner
  fixed: Fixed
  acks: -1 | 0 | 1
  codec: Codec
  level: number | undefined
  batchBytes: number
  linger: number
  /** Records a second; Infinity: no limit. */
  rate: number
  /** A record that could not be written is reported and counted, and the run goes on and ends well. */
  logFailuresOnly: boolean
  notice: (text: string) => void
  /** Told now and then how many records are acknowledged. */
  progress: (records: number) => void
}

export interface ProduceResult {
  records: number
  lost: number
}

export async function produce(options: ProduceOptions, signal: AbortSignal): Promise<ProduceResult> {
  // What cannot be parsed for wrong options is said before anything is touched.
  if ('parser' in options.input) await createParser(options.input.parser)
  const wire = await Wire.open(options.settings, signal)
  try {
    const metadata = new Metadata(wire)
    await findTopic(wire, metadata, options)
    const result = { records: 0, lost: 0 }
    const source = sourceOf(options)
    const sender = await openSender(wire, metadata, options, source, result)
    requirePartition(options, sender.partitionCount)
    const sink = new KafkaSink(sender, { ...options, stamp: createStamp(options.fixed) })
    await runWithProgress(source, sink, sender, options, signal)
    result.records = sender.acknowledged
    return result
  } finally {
    wire.close()
  }
}

async function findTopic(
  wire: Wire,
  metadata: Metadata,
  { topic, createTopic: wanted }: ProduceOptions
): Promise<void> {
  await metadata.refresh([topic])
  if (wanted !== null && metadata.partitions(topic).length === 0) await createTopic(wire, metadata, topic, wanted)
  await metadata.requireTopics([topic])
}

function requirePartition({ topic, partitioner }: ProduceOptions, count: number): void {
  if (partitioner.kind !== 'partition' || partitioner.partition < count) return
  const { partition } = partitioner
  const advice = `it has ${counted(count, 'partition')}`
  throw new FailedError(`partition ${partition} of topic "${topic}" does not exist`, advice, {
    place: { topic, partition }
  })
}

async function openSender(
  wire: Wire,
  metadata: Metadata,
  options: ProduceOptions,
  source: Source,
  result: ProduceResult
): Promise<Sender> {
  const lose = (error: FailedError, records: number): void => {
    result.lost += records
    options.notice(`${counted(records, 'record')} lost: ${error.line}`)
  }
  const idempotent = options.acks === -1
  const producer = idempotent ? await initProducerId(wire) : { producerId: -1n, producerEpoch: -1 }
  return new Sender(wire, metadata, options.topic, {
    ...options,
    ...producer,
    maxMessageBytes: await maxMessageBytes(wire, options.topic),
    onTooLarge(error) {
      if (!options.logFailuresOnly) throw error
      lose(source.locate(error) as FailedError, 1)
    },
    onLost(error, records) {
      if (!options.logFailuresOnly) throw error
      lose(error, records)
    }
  })
}

function sourceOf({ input }: ProduceOptions): Source {
  if ('elements' in input) return new MemorySource(input.elements)
  if ('sequence' in input) return new MemorySource(sequence(...input.sequence))
  return new TextSource(input.paths, () => createParser(input.parser))
}

/** Milliseconds between two updates of the progress line. */
const PROGRESS_INTERVAL = 200

async function runWithProgress(
  source: Source,
  sink: Sink,
  sender: Sender,
  options: ProduceOptions,
  signal: AbortSignal
): Promise<void> {
  const timer = setInterval(() => options.progress(sender.acknowledged), PROGRESS_INTERVAL)
  try {
    await run(source, sink, signal)
  } catch (error) {
    throw afterSending(sender.acknowledged, error)
  } finally {
    clearInterval(timer)
  }
}

/** A run that failed says what it had sent by then. */
function afterSending(records: number, error: unknown): unknown {
  if (!(error instanceof FailedError)) return error
  const sent = records === 0 ? 'nothing was sent before it' : `${counted(records, 'record')} sent before it`
  return new FailedError(error.message, error.advice ? `${error.advice}; ${sent}` : sent, {
    cause: error,
    place: error.place
  })
}
