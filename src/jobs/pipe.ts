/**
 * Moves records from one endpoint to another, until the source ends. `consume` and `produce` are pipes as well: topics
 * into a text, a text into a topic.
 */
import { counted } from '../counted.js'
import { type Output, standardOutput } from '../endpoints/output.js'
import type { Position, ResumableSource, SinkState, Source, SourceState } from '../flow/endpoint.js'
import { type BadRecords, run } from '../flow/run.js'
import { Settling } from '../flow/settling.js'
import type { Share } from '../flow/subtask.js'
import { createFormatter, createParser } from '../formats/index.js'
import type { Keeping } from './keeping.js'
import type { LookupOptions } from './lookups.js'
import { type FileOutput, type OpenSink, type SinkOptions, openSink } from './open-sink.js'
import { type OpenSource, type SourceOptions, openSource } from './open-source.js'
import { type Totals, afterSending, noTotals, tellTotals } from './totals.js'

export interface PipeOptions {
  source: SourceOptions
  sink: SinkOptions
  /** What becomes of a record that cannot be decoded. */
  onError: 'fail' | 'skip'
  /** What is asked about each record on its way; null: nothing. */
  lookup: LookupOptions | null
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

/** Where a pipe runs: by itself, or beside others that share its work. */
export interface Surroundings {
  /** null: by itself. */
  share: Share | null
  keeping: Keeping | null
  standardOutput: (stream: 'stdout' | 'stderr') => Output
  /** Resolves when reading may begin. @param start where; null where there is nothing to say of that */
  ready: (start: readonly Position[] | null) => Promise<void>
}

export async function pipe(options: PipeOptions, signal: AbortSignal): Promise<void> {
  const { checkpoint, verbose } = options
  const totals = noTotals()
  // What is wrong with options is said before anything is touched.
  await requireFormats(options)
  const keeping = checkpoint === null ? null : await (await import('./keeping.js')).Keeping.open(checkpoint)
  const ready = (start: readonly Position[] | null): Promise<void> => {
    if (start) verbose(readyText(start))
    return Promise.resolve()
  }
  try {
    await move(options, { share: null, keeping, standardOutput, ready }, totals, signal)
  } catch (error) {
    throw afterSending(totals, error)
  }
  tellTotals(totals, options)
}

/** @throws UsageError */
export async function requireFormats({
  source,
  sink,
  lookup
}: Omit<PipeOptions, 'progress' | 'notice' | 'verbose'>): Promise<void> {
  if (sink.kind === 'text') await createFormatter(sink.format)
  if ('parser' in source) await createParser(source.parser)
  if (lookup) (await import('./lookups.js')).requireLookup(lookup)
}

export function readyText(start: readonly Position[]): string {
  return `ready ${start.map(({ topic, partition, offset }) => `${topic}:${partition}:${offset}`).join(',')}`
}

/** @param totals is filled with what was done, also when it fails */
export async function move(
  options: PipeOptions,
  { share, keeping, standardOutput, ready }: Surroundings,
  totals: Totals,
  signal: AbortSignal
): Promise<void> {
  const { checkpointInterval, notice, verbose } = options
  const bad = new SkippedRecords(options, totals)
  const lookups = options.lookup && new (await import('./lookups.js')).Lookups(options.lookup, notice)
  let from: OpenSource | null = null
  let to: OpenSink | null = null
  let timer: NodeJS.Timeout | undefined
  try {
    const transactional = options.sink.kind === 'kafka' && options.sink.transaction !== null
    const own = ownFiles(options)
    const given = { keeping, checkpointInterval, share, transactional, own, notice, verbose }
    from = await openSource(options.source, given, signal)
    const { source, settling, partitionCount, idleSubtasks } = from
    if (idleSubtasks > 0) notice(`${idleSubtasks} of ${counted(share!.parallelism, 'subtask')} have nothing to read`)
    const begin = async (state: SinkState): Promise<void> => keeping?.write({ ...stateOf(source), ...state })
    const locate = (error: unknown): unknown => (lookups?.sink ?? source).locate(error, true)
    const context = { locate, sourcePartitions: partitionCount, keeping, share, standardOutput, begin, notice, verbose }
    const opened = await openSink(options.sink, context, signal)
    to = opened
    await ready(from.start)
    timer = setInterval(() => options.progress(opened.acknowledged ?? 0), PROGRESS_INTERVAL)
    const sink = lookups ? await lookups.around(opened.sink, bad) : opened.sink
    const resumable = settling && isResumable(source) ? new Settling(source, sink, settling) : null
    await run({ source, sink, settling: resumable, bad }, signal)
  } finally {
    clearInterval(timer)
    Object.assign(totals, {
      acknowledged: to?.acknowledged ?? null,
      lost: to?.lost ?? 0,
      unanswered: lookups?.unanswered ?? 0,
      commits: from?.commits ?? null
    })
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

/** They are not read, also where a pattern matches them. */
function ownFiles({ sink, checkpoint }: PipeOptions): string[] {
  const isFile = sink.kind === 'text' && typeof sink.output === 'object' && 'file' in sink.output
  const kept = checkpoint === null ? [] : [checkpoint, `${checkpoint}.next`]
  return isFile ? [(sink.output as FileOutput).file, ...kept] : kept
}

class SkippedRecords implements BadRecords {
  readonly goesOn: boolean
  readonly #notice: (text: string) => void
  readonly #totals: Totals

  constructor({ onError, notice }: PipeOptions, totals: Totals) {
    this.goesOn = onError === 'skip'
    this.#notice = notice
    this.#totals = totals
  }

  take(error: Error): void {
    this.#totals.skipped++
    this.#notice(`skipped: ${error.message}`)
  }
}
