/**
 * The source of a pipe, opened: topics with all that goes on beside them, text of files, streams and sockets, or a list
 * from the command line. What only some sources need is loaded for those.
 */
import type { Selection } from '../endpoints/file-list.js'
import { UsageError } from '../errors.js'
import type { Source } from '../flow/endpoint.js'
import type { SettlingOptions } from '../flow/settling.js'
import { type ParserOptions, createParser } from '../formats/index.js'
import type { Keeping } from './keeping.js'
import type { ReadingOptions } from './reading.js'
import type { SocketOptions } from './sockets.js'

export type SourceOptions =
  | ({ kind: 'kafka' } & Omit<ReadingOptions, keyof SourceContext>)
  /** Files, one after the other; `-` is standard input. */
  | { kind: 'text'; paths: string[]; parser: ParserOptions }
  /** A file, those of a folder, or those that match a pattern. */
  | { kind: 'files'; path: string; parser: ParserOptions }
  | { kind: 'socket'; socket: SocketOptions; parser: ParserOptions }
  | { kind: 'elements'; elements: string[] }
  | { kind: 'sequence'; first: bigint; last: bigint }

/** What all sources are given. */
export interface SourceContext {
  /** Where positions are kept; null: nowhere. */
  keeping: Keeping | null
  /** Milliseconds between two checkpoints. */
  checkpointInterval: number
  notice: (text: string) => void
  verbose: (text: string) => void
}

export interface OpenSource {
  readonly source: Source
  /** Of the topic that has the most, 0 where none is read. */
  readonly partitionCount: number
  /** How what is read is settled; null: nothing keeps it. */
  readonly settling: SettlingOptions | null
  /** Says where it starts. Whatever is to be durable before anything is read is so by then. */
  tellReady(): void
  /** Says how it went. */
  tellEnd(): void
  close(): Promise<void>
}

export async function openSource(
  options: SourceOptions,
  context: SourceContext,
  signal: AbortSignal
): Promise<OpenSource> {
  if (options.kind === 'kafka') {
    context.keeping?.claim('topics')
    const { Reading } = await import('./reading.js')
    return Reading.open({ ...options, ...context }, signal)
  }
  const source = await sourceOf(options, context)
  const { keeping, checkpointInterval } = context
  const rest = { checkpoint: keeping, committer: null, commitLate: false, interval: checkpointInterval }
  return {
    ...{ source, partitionCount: 0, settling: keeping && rest },
    tellReady: () => undefined,
    tellEnd: () => undefined,
    close: () => Promise.resolve()
  }
}

async function sourceOf(options: Exclude<SourceOptions, { kind: 'kafka' }>, context: SourceContext): Promise<Source> {
  const { keeping, notice } = context
  if (options.kind === 'elements' || options.kind === 'sequence') {
    keeping?.claim('records of the command line')
    const { MemorySource, sequence } = await import('../endpoints/memory.js')
    const given = keeping?.restored?.elements ?? 0
    if (options.kind === 'elements') return new MemorySource(options.elements.slice(given), given)
    return new MemorySource(sequence(options.first, options.last, given), given)
  }
  const parser = (): ReturnType<typeof createParser> => createParser(options.parser)
  if (options.kind === 'socket') {
    const { socketSource } = await import('./sockets.js')
    return socketSource(options.socket, parser, context)
  }
  keeping?.claim('files')
  const { NamedSelection, PathSelection } = await import('../endpoints/file-list.js')
  const selection = options.kind === 'text' ? new NamedSelection(options.paths) : new PathSelection(options.path)
  if (keeping) await requireFiles(selection)
  const { TextFiles } = await import('../endpoints/text-files.js')
  const { TextSource } = await import('../endpoints/text-source.js')
  const files = await TextFiles.open(selection, {
    restored: keeping && (keeping.restored?.files ?? []),
    watch: null,
    whole: options.parser.format === 'file' || options.parser.delimiter.length === 0,
    notice
  })
  return new TextSource(files, parser)
}

/** @throws UsageError for what is gone when it is read, as a pipe */
async function requireFiles(selection: Selection): Promise<void> {
  const other = (await selection.list(true)).find(({ stats }) => stats && !stats.isFile())
  if (!other) return
  const name = other.path === '-' ? 'standard input' : other.path
  throw new UsageError(`--checkpoint: ${name} is no file, and cannot be gone on with`, 'leave --checkpoint out')
}
