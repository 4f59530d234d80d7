/**
 * Moves records from one endpoint to another, until the source ends. `consume` and `produce` are pipes as well: topics
 * into a text, a text into a topic.
 */
import { counted } from '../counted.js'
import { FailedError } from '../errors.js'
import type { ResumableSource, SinkState, Source, SourceState } from '../flow/endpoint.js'
import { type BadRecords, run } from '../flow/run.js'
import { Settling } from '../flow/settling.js'
import { createFormatter, createParser } from '../formats/index.js'
import { type OpenSink, type SinkOptions, openSink } from './open-sink.js'
import { type OpenSource, type SourceOptions, openSource } from './open-source.js'

export interface PipeOptions {
  source: SourceOptions
  sink: SinkOptions
  /** What becomes of a record that cannot be decoded. */
  onError: 'fail' | 'skip'
  /** The checkpoint file; null: none. */
  checkpoint: string | null
  /** Milliseconds between two checkpoints. */
  checkpointInterval: number
  /** Told now and then how many records are written, where the sink counts them. */
  progress: (records: number) => void
  notice: (text: string) => void
  verbose: (text: string) => void
}

/** Milliseconds between two calls of `progress`. */
const PROGRESS_INTERVAL = 200

const NOWHERE: SourceState = { positions: [], files: [], elements: 0 }

export async function pipe(options: PipeOptions, signal: AbortSignal): Promise<void> {
  const { checkpoint, checkpointInterval, notice, verbose } = options
  const bad = new SkippedRecords(options)
  // What is wrong with options is said before anything is touched.
  if (options.sink.kind === 'text') await createFormatter(options.sink.format)
  if ('parser' in options.source) await createParser(options.source.parser)

  let from: OpenSource | null = null
  let to: OpenSink | null = null
  let timer: NodeJS.Timeout | undefined
  try {
    const keeping = checkpoint === null ? null : await (await import('./keeping.js')).Keeping.open(checkpoint)
    from = await openSource(options.source, { keeping, checkpointInterval, notice, verbose }, signal)
    const { source, settling, partitionCount } = from
    const begin = async (state: SinkState): Promise<void> => keeping?.write({ ...stateOf(source), ...state })
    const context = { source, sourcePartitions: partitionCount, keeping, begin, notice, verbose }
    const opened = await openSink(options.sink, context, signal)
    to = opened
    from.tellReady()
    timer = setInterval(() => options.progress(opened.acknowledged ?? 0), PROGRESS_INTERVAL)
    const { sink } = opened
    const resumable = settling && isResumable(source) ? new Settling(source, sink, settling) : null
    await run({ source, sink, settling: resumable, bad }, signal)
    bad.tellEnd()
    to.tellEnd()
    from.tellEnd()
  } catch (error) {
    throw to?.acknowledged == null ? error : afterSending(to.acknowledged, error)
  } finally {
    clearInterval(timer)
    await from?.close()
    to?.close()
  }
}

function isResumable(source: Source): source is ResumableSource {
  return 'state' in source
}

function stateOf(source: Source): SourceState {
  return isResumable(source) ? source.state() : NOWHERE
}

class SkippedRecords implements BadRecords {
  readonly goesOn: boolean
  readonly #notice: (text: string) => void
  #count = 0

  constructor({ onError, notice }: PipeOptions) {
    this.goesOn = onError === 'skip'
    this.#notice = notice
  }

  take(error: Error): void {
    this.#count++
    this.#notice(`skipped: ${error.message}`)
  }

  tellEnd(): void {
    if (this.#count > 0) this.#notice(`${counted(this.#count, 'record')} skipped`)
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
