/**
 * The sink of a pipe, opened: a topic, or text into a file, a socket or a standard stream. What only some sinks need is
 * loaded for those.
 */
import { resolve } from 'node:path'
import { type Output, type WriteMode, openFileOutput, requireNone } from '../endpoints/output.js'
import type { Roll } from '../endpoints/rolling-output.js'
import { TextSink } from '../endpoints/text-sink.js'
import type { OutputState, Sink, SinkState } from '../flow/endpoint.js'
import type { BadRecords } from '../flow/run.js'
import type { Share } from '../flow/subtask.js'
import type { Formatter } from '../formats/format.js'
import { type FormatterOptions, createFormatter } from '../formats/index.js'
import type { Keeping } from './keeping.js'
import type { ModuleSinkOptions } from './module-endpoints.js'
import type { SocketOptions } from './sockets.js'
import type { Totals } from './totals.js'
import type { WritingOptions } from './writing.js'

export interface FileOutput {
  file: string
  mode: WriteMode
  /** In parts; null: one file. */
  roll: Roll | null
}

/** A file, a socket, or one of the standard streams. */
export type TextOutput = FileOutput | SocketOptions | 'stdout' | 'stderr'

export type SinkOptions =
  ({ kind: 'kafka' } & Omit<WritingOptions, 'notice'>) | TextSinkOptions | ({ kind: 'module' } & ModuleSinkOptions)

export interface TextSinkOptions {
  kind: 'text'
  output: TextOutput
  format: FormatterOptions
  /** Whether each record says which of several subtasks wrote it. */
  prefix?: boolean
}

/** What all sinks are given. */
export interface SinkContext {
  /** Says where the record at hand stands, which the run goes on without. */
  locate: (error: unknown) => unknown
  /** What becomes of bad records. */
  bad: BadRecords
  /** Of the topic read that has the most, 0 where none is read. */
  sourcePartitions: number
  keeping: Keeping | null
  /** Which of several subtasks writes; null: it is the only one. */
  share: Share | null
  standardOutput: (stream: 'stdout' | 'stderr') => Output
  notice: (text: string) => void
  verbose: (text: string) => void
  /** Makes durable where the run starts; before that nothing may be overwritten. */
  begin: (state: SinkState) => Promise<void>
}

export interface OpenSink {
  readonly sink: Sink
  /** So far. */
  totals(): Pick<Totals, 'records' | 'bytes' | 'acknowledged' | 'lost'>
  close(): void
}

export async function openSink(options: SinkOptions, context: SinkContext, signal: AbortSignal): Promise<OpenSink> {
  const writesTransactions = options.kind === 'kafka' && options.transaction !== null
  if (!writesTransactions) context.keeping?.requireNoTransaction()
  if (options.kind === 'kafka') return openTopic(options, context, signal)
  if (options.kind === 'text') return openText(options, context, signal)
  const { openModuleSink } = await import('./module-endpoints.js')
  return openModuleSink(options, context, signal)
}

async function openTopic(
  options: SinkOptions & { kind: 'kafka' },
  { locate, bad, sourcePartitions, keeping, share, begin, notice }: SinkContext,
  signal: AbortSignal
): Promise<OpenSink> {
  const { Writing } = await import('./writing.js')
  const writing = await Writing.open(
    { ...(share ? shareOf(options, share) : options), notice },
    sourcePartitions,
    keeping?.restored?.transactions ?? [],
    { goesOn: bad.goesOn, locate },
    signal
  )
  try {
    await begin(writing.sink.state())
  } catch (error) {
    writing.close()
    throw error
  }
  return {
    sink: writing.sink,
    totals: () => {
      const { acknowledged, acknowledgedBytes, lost } = writing
      return { records: acknowledged, bytes: acknowledgedBytes, acknowledged: true, lost }
    },
    close: () => writing.close()
  }
}

/** What one of several subtasks writes with. */
function shareOf<T extends Omit<WritingOptions, 'notice'>>(options: T, { subtask, parallelism }: Share): T {
  const { partitioner, transaction, rate } = options
  return {
    ...options,
    partitioner: partitioner?.kind === 'fixed' ? { ...partitioner, subtask } : partitioner,
    transaction: transaction && { ...transaction, subtask, parallelism },
    rate: rate / parallelism
  }
}

async function openText(
  { output: whole, format, prefix }: TextSinkOptions,
  context: SinkContext,
  signal: AbortSignal
): Promise<OpenSink> {
  const { share } = context
  const plain = await createFormatter(format)
  const formatter = prefix && share ? await prefixed(plain, share) : plain
  const output = share ? await partOf(whole, share) : whole
  const file = typeof output === 'object' && 'file' in output ? output : null
  const before = context.keeping?.restored
  const restored = before ? await (await import('./restore.js')).restoreOutput(before, file && file.file) : null
  await context.begin({ output: restored ?? (file && (await newOutput(file))), transaction: null })
  const opened = await openOutput(output, restored !== null, formatter, context, signal)
  const sink = new TextSink(opened, formatter, file?.roll ? fullFor(file.roll) : undefined)
  return {
    sink,
    totals: () => ({ records: sink.records, bytes: sink.bytes, acknowledged: false, lost: 0 }),
    close: () => undefined
  }
}

async function prefixed(formatter: Formatter, { subtask }: Share): Promise<Formatter> {
  const { PrefixedFormatter } = await import('../formats/prefixed.js')
  return new PrefixedFormatter(formatter, subtask)
}

/** Of several subtasks, each writes a file of its own in a folder (semantics.md section 8). */
async function partOf(output: TextOutput, { subtask }: Share): Promise<TextOutput> {
  if (typeof output === 'string' || !('file' in output)) return output
  const { partOfFolder } = await import('../endpoints/output-folder.js')
  return { ...output, file: partOfFolder(output.file, subtask) }
}

/** Said before the file is there: a run that is killed then finds its own file, not one that it must not touch. */
async function newOutput({ file, mode, roll }: FileOutput): Promise<OutputState | null> {
  if (mode !== 'fail' || roll) return null
  await requireNone(file)
  return { file: resolve(file), length: 0 }
}

/** @param append goes on behind what a file has */
async function openOutput(
  output: TextOutput,
  append: boolean,
  formatter: Formatter,
  context: SinkContext,
  signal: AbortSignal
): Promise<Output> {
  if (typeof output === 'string') return context.standardOutput(output)
  if ('file' in output) {
    const { file, mode, roll } = output
    if (!roll) return openFileOutput(file, append ? 'append' : mode)
    const { RollingOutput } = await import('../endpoints/rolling-output.js')
    return RollingOutput.open(file, mode, roll, formatter, context.notice)
  }
  const { openSocketOutput } = await import('./sockets.js')
  return openSocketOutput(output, context, signal)
}

/** Bytes of a buffer: few against a part, which therefore is nearly full. */
function fullFor({ size }: Roll): number {
  return Math.min(size / 8, 1 << 20)
}
