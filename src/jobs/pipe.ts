/**
 * Moves records from one endpoint to another, until the source ends. `consume` and `produce` are pipes as well: topics
 * into a text, a text into a topic.
 */
import { counted } from '../counted.js'
import { FailedError } from '../errors.js'
import { listFiles } from '../endpoints/file-list.js'
import { MemorySource, sequence } from '../endpoints/memory.js'
import { type Output, type WriteMode, openFileOutput, standardOutput } from '../endpoints/output.js'
import { type Roll, RollingOutput } from '../endpoints/rolling-output.js'
import { TextSink } from '../endpoints/text-sink.js'
import { TextSource } from '../endpoints/text-source.js'
import type { Sink, Source } from '../flow/endpoint.js'
import { run } from '../flow/run.js'
import type { Formatter } from '../formats/format.js'
import { type FormatterOptions, type ParserOptions, createFormatter, createParser } from '../formats/index.js'
import { Reading, type ReadingOptions } from './reading.js'
import type { SocketOptions } from './sockets.js'
import { Writing, type WritingOptions } from './writing.js'

export type SourceOptions =
  | ({ kind: 'kafka' } & Omit<ReadingOptions, 'notice' | 'verbose'>)
  /** Files, one after the other; `-` is standard input. */
  | { kind: 'text'; paths: string[]; parser: ParserOptions }
  /** A file, those of a folder, or those that match a pattern. */
  | { kind: 'files'; path: string; parser: ParserOptions }
  | { kind: 'socket'; socket: SocketOptions; parser: ParserOptions }
  | { kind: 'elements'; elements: string[] }
  | { kind: 'sequence'; first: bigint; last: bigint }

export interface FileOutput {
  file: string
  mode: WriteMode
  /** In parts; null: one file. */
  roll: Roll | null
}

/** A file, a socket, or one of the standard streams. */
export type TextOutput = FileOutput | SocketOptions | 'stdout' | 'stderr'

export type SinkOptions =
  | ({ kind: 'kafka' } & Omit<WritingOptions, 'notice'>)
  | {
      kind: 'text'
      output: TextOutput
      format: FormatterOptions
    }

export interface PipeOptions {
  source: SourceOptions
  sink: SinkOptions
  /** What becomes of a record that cannot be decoded. */
  onError: 'fail' | 'skip'
  /** Told now and then how many records are written, where the sink counts them. */
  progress: (records: number) => void
  notice: (text: string) => void
  verbose: (text: string) => void
}

/** Milliseconds between two calls of `progress`. */
const PROGRESS_INTERVAL = 200

export async function pipe(options: PipeOptions, signal: AbortSignal): Promise<void> {
  const { notice } = options
  const bad = badRecords(options)
  // What is wrong with options is said before anything is touched.
  const formatter = options.sink.kind === 'text' ? await createFormatter(options.sink.format) : null
  if ('parser' in options.source) await createParser(options.source.parser)

  let reading: Reading | null = null
  let writing: Writing | null = null
  let timer: NodeJS.Timeout | undefined
  try {
    const given = { notice, verbose: options.verbose }
    if (options.source.kind === 'kafka') {
      const newFile = newFileOf(options.sink)
      reading = await Reading.open({ ...options.source, ...given, newFile }, bad.onBadRecord, signal)
    }
    const source = reading?.source ?? (await sourceOf(options.source, given))
    let sink: Sink
    if (options.sink.kind === 'kafka') {
      const locate = (error: FailedError): unknown => source.locate(error, true)
      const opened = await Writing.open({ ...options.sink, notice }, reading?.partitionCount ?? 0, locate, signal)
      timer = setInterval(() => options.progress(opened.acknowledged), PROGRESS_INTERVAL)
      writing = opened
      sink = opened.sink
    } else {
      const { output } = options.sink
      const path = typeof output === 'object' && 'file' in output ? output.file : null
      const append = (await reading?.restoreOutput(path)) ?? false
      const opened = await openOutput(output, append, formatter!, given, signal)
      sink = new TextSink(opened, formatter!, bad.onBadRecord, fullFor(output))
    }
    await run(source, sink, signal, reading?.settling(sink))
    if (bad.skipped > 0) notice(`${counted(bad.skipped, 'record')} skipped`)
    if (writing) options.verbose(sumOf(writing))
    reading?.tell()
  } catch (error) {
    throw writing ? afterSending(writing.acknowledged, error) : error
  } finally {
    clearInterval(timer)
    await reading?.close()
    writing?.close()
  }
}

type Tell = Pick<PipeOptions, 'notice' | 'verbose'>

async function sourceOf(options: SourceOptions, tell: Tell): Promise<Source> {
  if (options.kind === 'elements') return new MemorySource(options.elements)
  if (options.kind === 'sequence') return new MemorySource(sequence(options.first, options.last))
  if (options.kind === 'text') return new TextSource(options.paths, () => createParser(options.parser))
  if (options.kind === 'files') {
    const paths = (await listFiles(options.path)).map(({ path }) => path)
    return new TextSource(paths, () => createParser(options.parser))
  }
  if (options.kind === 'kafka') throw new Error('topics are opened by Reading')
  const { socketSource } = await import('./sockets.js')
  return socketSource(options.socket, () => createParser(options.parser), tell)
}

/** @param append goes on behind what a file has */
async function openOutput(
  output: TextOutput,
  append: boolean,
  formatter: Formatter,
  tell: Tell,
  signal: AbortSignal
): Promise<Output> {
  if (typeof output === 'string') return standardOutput(output)
  if ('file' in output) {
    const { file, mode, roll } = output
    if (roll) return RollingOutput.open(file, mode, roll, formatter, tell.notice)
    return openFileOutput(file, append ? 'append' : mode)
  }
  const { openSocketOutput } = await import('./sockets.js')
  return openSocketOutput(output, tell, signal)
}

/** Bytes of a buffer: few against a part, which therefore is nearly full. */
function fullFor(output: TextOutput): number | undefined {
  return typeof output === 'object' && 'file' in output && output.roll
    ? Math.min(output.roll.size / 8, 1 << 20)
    : undefined
}

function newFileOf(sink: SinkOptions): string | null {
  if (sink.kind !== 'text' || typeof sink.output !== 'object' || !('file' in sink.output)) return null
  return sink.output.mode === 'fail' ? sink.output.file : null
}

interface BadRecords {
  skipped: number
  onBadRecord: (error: unknown) => void
}

function badRecords({ onError, notice }: PipeOptions): BadRecords {
  const bad: BadRecords = {
    skipped: 0,
    onBadRecord: (error) => {
      if (onError === 'fail') throw error
      bad.skipped++
      notice(`skipped: ${(error as Error).message}`)
    }
  }
  return bad
}

function sumOf({ acknowledged, lost }: Writing): string {
  return `${acknowledged} records written${lost > 0 ? `, ${lost} lost` : ''}`
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
