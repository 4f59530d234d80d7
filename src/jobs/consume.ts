/**
 * Reads topics into a text: standard output or a file.
 */
import { counted } from '../counted.js'
import { FailedError } from '../errors.js'
import { KafkaSource } from '../endpoints/kafka-source.js'
import { openFileOutput, stdoutOutput } from '../endpoints/output.js'
import { TextSink } from '../endpoints/text-sink.js'
import { run } from '../flow/run.js'
import { type FormatterOptions, createFormatter } from '../formats/index.js'
import { Fetcher } from '../kafka/fetcher.js'
import { Metadata } from '../kafka/metadata.js'
import { type OffsetSpec, type Reset, resolveOffsets } from '../kafka/offsets.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { type Selection, defaultReset, resolveRanges, selectPartitions } from './start-offsets.js'

export interface ConsumeOptions {
  settings: Settings
  selection: Selection
  from: OffsetSpec
  /** null: follow. */
  until: OffsetSpec | null
  /** null: as the start policy. */
  reset: Reset | null
  isolation: 'committed' | 'uncommitted'
  /** Infinity: no limit. */
  limit: number
  /** Milliseconds; Infinity: never. */
  idleExit: number
  format: FormatterOptions
  /** A file to write to; null: standard output. */
  output: string | null
  /** What becomes of a record that cannot be decoded. */
  onError: 'fail' | 'skip'
  notice: (text: string) => void
  verbose: (text: string) => void
}

export async function consume(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
  const { settings, isolation, notice } = options
  const formatter = await createFormatter(options.format)
  const wire = await Wire.open(settings, signal)
  try {
    const metadata = new Metadata(wire)
    const reset = options.reset ?? defaultReset(options.from)
    const partitions = await selectPartitions(metadata, options.selection)
    const ranges = await resolveRanges(
      wire,
      metadata,
      partitions,
      { ...options, reset: options.reset ?? 'latest' },
      notice
    )
    const starts = ranges.map(({ topic, partition, from }) => `${topic}:${partition}:${from}`)
    options.verbose(`ready ${starts.join(',')}`)

    const onOutOfRange = async (topic: string, partition: number, wanted: bigint): Promise<bigint> =>
      skipGap(wire, metadata, { topic, partition, wanted, reset, isolation, notice })
    const fetcher = new Fetcher(wire, metadata, { isolation, onOutOfRange, notice })
    const output = options.output === null ? stdoutOutput() : await openFileOutput(options.output)
    let skipped = 0
    const sink = new TextSink(output, formatter, (error) => {
      if (options.onError === 'fail') throw error
      skipped++
      notice(`skipped: ${(error as Error).message}`)
    })
    fetcher.add(ranges)
    await run(new KafkaSource(fetcher, options), sink, signal)
    if (skipped > 0) notice(`${counted(skipped, 'record')} skipped`)
  } finally {
    wire.close()
  }
}

interface Gap {
  topic: string
  partition: number
  /** The offset that the broker does not have. */
  wanted: bigint
  reset: Reset
  isolation: 'committed' | 'uncommitted'
  notice: (text: string) => void
}

/** Retention passed the reader, or it asked for an offset beyond the end: goes on as `reset` says, and says the gap. */
async function skipGap(wire: Wire, metadata: Metadata, gap: Gap): Promise<bigint> {
  const { topic, partition, wanted, reset, isolation, notice } = gap
  const where = `offset ${wanted} of ${topic} [${partition}] is out of range`
  if (reset === 'none') {
    throw new FailedError(where, 'give --reset earliest or latest to go on from there', {
      place: { topic, partition, offset: wanted }
    })
  }
  const [resolved] = await resolveOffsets(
    wire,
    metadata,
    [{ topic, partition }],
    { kind: reset },
    { reset, isolation, notice }
  )
  const { offset } = resolved!
  const distance = offset > wanted ? `${offset - wanted} offsets skipped` : `${wanted - offset} offsets back`
  notice(`${where}: going on from ${offset} (${reset}, ${distance})`)
  return offset
}
