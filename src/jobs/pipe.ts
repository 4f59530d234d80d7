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
import { type OnError, type OpenBadRecords, openBadRecords } from './bad-records.js'
import type { Keeping } from './keeping.js'
import type { LookupOptions } from './lookups.js'
import { type FileOutput, type OpenSink, type SinkOptions, openSink } from './open-sink.js'
import { type OpenSource, type SourceContext, type SourceOptions, openSource } from './open-source.js'
import { type Totals, afterSending, noTotals, tellTotals } from './totals.js'

export interface PipeOptions {
  source: SourceOptions
  sink: SinkOptions
  /** What becomes of a bad record. */
  onError: OnError
  /** What is asked about each record on its way; null: nothing. */
  lookup: LookupOptions | null
  /** The checkpoint file; null: none. */
  checkpoint: string | null
  /** Milliseconds between two checkpoints. */
  checkpointInterval: number
  /** Told now and then how far it is. */
  progress: (totals: Totals) => void
  notice: (text: string) => void
  verbose: (text: string) => void
}

/** Milliseconds between two calls of `progress`. */
const PROGRESS_INTERVAL = 200

const NOWHERE: SourceState = { positions: [], files: [], elements: 0, endpoint: null }

/** Where a pipe runs: by itself, or beside others that share its work. */
export interface Surroundings {
  /** null: by itself. */
  share: Share | null
  keeping: Keeping | null
  standardOutput: (stream: 'stdout' | 'stderr') => Output
  /** Resolves when reading may begin. @param start where; null where there is nothing to say of that */
  ready: (start: readonly Position[] | null) => Promise<void>
  /** See `SourceContext`. */
  take: SourceContext['take']
}

/** Resolves with what it did, also where the signal ended it. */
export async function pipe(options: PipeOptions, signal: AbortSignal): Promise<Totals> {
  const { checkpoint, verbose } = options
  const totals = noTotals()
  // What is wrong with options is said before anything is touched.
  await requireFormats(options)
  const kept = checkpoint === null ? null : await openKept(checkpoint, options, signal)
  const ready = (start: readonly Position[] | null): Promise<void> => {
    if (start) verbose(readyText(start))
    return Promise.resolve()
  }
  try {
    const sink = kept?.sink ?? options.sink
    await move(
      { ...options, sink },
      { share: null, keeping: kept?.keeping ?? null, standardOutput, ready, take: (all) => Promise.resolve(all) },
      totals,
      signal
    )
  } catch (error) {
    throw afterSending(totals, error)
  } finally {
    await kept?.close()
  }
  tellTotals(totals, options)
  return totals
}

interface Kept {
  keeping: Keeping
  /** Where it keeps the checkpoint itself. */
  sink?: SinkOptions
  close: () => Promise<void> | void
}

async function openKept(path: string, { sink, notice }: PipeOptions, signal: AbortSignal): Promise<Kept> {
  if (sink.kind !== 'module' || sink.checkpoint === null) {
    return (await import('./keeping.js')).openKeeping(path)
  }
  const { SinkCheckpoint } = await import('./sink-checkpoint.js')
  const { kept, close } = await SinkCheckpoint.open(path, sink, notice, signal)
  return { keeping: kept.keeping, sink: { ...sink, kept }, close }
}

/** @throws UsageError */
export async function requireFormats({
  source,
  sink,
  lookup,
  onError
}: Omit<PipeOptions, 'progress' | 'notice' | 'verbose'>): Promise<void> {
  for (const one of typeof onError === 'object' ? [sink, onError.deadLetter] : [sink]) {
    if (one.kind === 'text') await createFormatter(one.format)
  }
  if ('parser' in source) await createParser(source.parser)
  if (source.kind === 'kafka' && source.filter) (await import('../formats/filter.js')).createFilter(source.filter)
  if (lookup) await (await import('./lookups.js')).requireLookup(lookup)
}

export function readyText(start: readonly Position[]): string {
  return `ready ${start.map(({ topic, partition, offset }) => `${topic}:${partition}:${offset}`).join(',')}`
}

/** @param totals is filled with what was done, also when it fails */
export async function move(
  options: PipeOptions,
  { share, keeping, standardOutput, ready, take }: Surroundings,
  totals: Totals,
  signal: AbortSignal
): Promise<void> {
  const { checkpointInterval, onError, notice, verbose } = options
  const lookups = options.lookup && new (await import('./lookups.js')).Lookups(options.lookup, notice)
  let from: OpenSource | null = null
  let to: OpenSink | null = null
  let bad: OpenBadRecords | null = null
  let settling: Settling | null = null
  let timer: NodeJS.Timeout | undefined
  const update = (): Totals => {
    Object.assign(totals, totalsOf(settling), bad?.totals(), from?.totals(), to?.totals())
    totals.unanswered = lookups?.unanswered ?? 0
    return totals
  }
  try {
    const own = ownFiles(options)
    const given = { keeping, checkpointInterval, share, take, own, notice, verbose }
    from = await openSource(options.source, given, signal)
    const { source, partitionCount, idleSubtasks } = from
    if (idleSubtasks > 0) notice(`${idleSubtasks} of ${counted(share!.parallelism, 'subtask')} have nothing to read`)
    const begin = async (state: SinkState): Promise<void> => keeping?.write({ ...stateOf(source), ...state })
    const locate = (error: unknown): unknown => (lookups?.sink ?? source).locate(error, true)
    const context = { locate, bad: refusing, keeping, share, standardOutput, begin, notice, verbose }
    bad = await openBadRecords(onError, { ...context, sourcePartitions: 0 }, signal)
    to = await openSink(options.sink, { ...context, bad, sourcePartitions: partitionCount }, signal)
    await ready(from.start)
    const sink = bad.around(lookups ? await lookups.around(to.sink, bad) : to.sink)
    settling = from.settling && isResumable(source) ? new Settling(source, sink, from.settling) : null
    timer = setInterval(() => options.progress(update()), PROGRESS_INTERVAL)
    await run({ source, sink, settling, bad }, signal)
  } finally {
    clearInterval(timer)
    update()
    await from?.close()
    to?.close()
    bad?.close()
  }
}

/** Of the dead letters themselves, none is one. */
const refusing: BadRecords = {
  goesOn: false,
  take: (error) => {
    throw error
  }
}

function isResumable(source: Source): source is ResumableSource {
  return 'state' in source
}

function stateOf(source: Source): SourceState {
  return isResumable(source) ? source.state() : NOWHERE
}

/** They are not read, also where a pattern matches them. */
function ownFiles({ sink, onError, checkpoint }: PipeOptions): string[] {
  const kept = checkpoint === null ? [] : [checkpoint, `${checkpoint}.next`]
  return [...(typeof onError === 'object' ? [sink, onError.deadLetter] : [sink]).flatMap(fileOf), ...kept]
}

function fileOf(sink: SinkOptions): string[] {
  const isFile = sink.kind === 'text' && typeof sink.output === 'object' && 'file' in sink.output
  return isFile ? [(sink.output as FileOutput).file] : []
}

function totalsOf(settling: Settling | null): Pick<Totals, 'checkpoints' | 'checkpointAge'> {
  const { checkpoints = 0, checkpointedAt = null } = settling ?? {}
  return { checkpoints, checkpointAge: checkpointedAt === null ? null : performance.now() - checkpointedAt }
}
