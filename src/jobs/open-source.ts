/**
 * The source of a pipe, opened: topics with all that goes on beside them, text of files, streams and sockets, or a list
 * from the command line. What only some sources need is loaded for those.
 */
import type { Selection } from '../endpoints/file-list.js'
import { UsageError } from '../errors.js'
import type { FilePosition, Position, Source } from '../flow/endpoint.js'
import type { SettlingOptions } from '../flow/settling.js'
import type { Share } from '../flow/subtask.js'
import { type ParserOptions, createParser } from '../formats/index.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import type { Keeping } from './keeping.js'
import type { ModuleSourceOptions } from './module-endpoints.js'
import type { ReadingOptions } from './reading.js'
import type { SocketOptions } from './sockets.js'
import type { Totals } from './totals.js'

export type SourceOptions =
  | ({ kind: 'kafka' } & Omit<ReadingOptions, keyof SourceContext>)
  /**
   * Files, one after the other; `-` is standard input. What cannot be gone on with, as a pipe, is refused with a
   * checkpoint, unless `streams`: where that is kept for the transactions of the sink.
   */
  | { kind: 'text'; paths: string[]; parser: ParserOptions; streams: boolean }
  /** A file, those of a folder, or those that match a pattern. */
  | {
      kind: 'files'
      path: string
      parser: ParserOptions
      /** Milliseconds between two looks for new files and lines; null: there is one look. */
      watch: number | null
    }
  | { kind: 'socket'; socket: SocketOptions; parser: ParserOptions }
  | { kind: 'elements'; elements: string[] }
  | { kind: 'sequence'; first: bigint; last: bigint }
  | ({ kind: 'module' } & ModuleSourceOptions)

/** What all sources are given. */
export interface SourceContext {
  /** Where positions are kept; null: nowhere. */
  keeping: Keeping | null
  /** Milliseconds between two checkpoints. */
  checkpointInterval: number
  /** Which of several subtasks reads; null: it is the only one. */
  share: Share | null
  /** Which of the partitions that a group has assigned nobody of the run has had yet. */
  take: (partitions: readonly TopicPartition[]) => Promise<readonly TopicPartition[]>
  /** Files that the run itself writes. */
  own: readonly string[]
  notice: (text: string) => void
  verbose: (text: string) => void
}

export interface OpenSource {
  readonly source: Source
  /** Of the topic that has the most, 0 where none is read. */
  readonly partitionCount: number
  /** How what is read is settled; null: nothing keeps it. */
  readonly settling: SettlingOptions | null
  /** Where it starts; null where there is nothing to say of that. */
  readonly start: readonly Position[] | null
  /** How many of the subtasks have nothing to read. */
  readonly idleSubtasks: number
  /** So far. */
  totals(): Pick<Totals, 'commits' | 'lag'>
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
    const { selection, join } = options
    // Members of a group have what its assignor gives them.
    const share = join ? null : context.share
    return Reading.open({ ...options, ...context, selection: share ? { ...selection, share } : selection }, signal)
  }
  if (options.kind === 'module') {
    const { openModuleSource } = await import('./module-endpoints.js')
    return openModuleSource(options, context, signal)
  }
  const { keeping, checkpointInterval } = context
  const { source, idleSubtasks } = await sourceOf(options, context)
  const rest = { checkpoint: keeping, committer: null, commitLate: false, interval: checkpointInterval }
  return {
    ...{ source, partitionCount: 0, settling: keeping && rest, start: null, idleSubtasks },
    totals: () => ({ commits: null, lag: null }),
    close: () => Promise.resolve()
  }
}

/** What needs no more than a source. */
type OwnSourceOptions = Exclude<SourceOptions, { kind: 'kafka' | 'module' }>

type Opened = Pick<OpenSource, 'source' | 'idleSubtasks'>

async function sourceOf(options: OwnSourceOptions, context: SourceContext): Promise<Opened> {
  const { share } = context
  if (options.kind === 'files') return openFiles(options, context)
  // One that cannot be divided is read by the first subtask.
  const isOurs = !share || share.subtask === 0
  const source = isOurs
    ? await undivided(options, context)
    : new (await import('../endpoints/memory.js')).MemorySource([])
  return { source, idleSubtasks: share ? share.parallelism - 1 : 0 }
}

async function undivided(
  options: Exclude<OwnSourceOptions, { kind: 'files' }>,
  context: SourceContext
): Promise<Source> {
  const { keeping } = context
  if (options.kind === 'elements' || options.kind === 'sequence') {
    keeping?.claim('records of the command line')
    const { MemorySource, sequence } = await import('../endpoints/memory.js')
    const given = keeping?.restored?.elements ?? 0
    if (options.kind === 'elements') return new MemorySource(options.elements.slice(given), given)
    return new MemorySource(sequence(options.first, options.last, given), given)
  }
  if (options.kind === 'socket') {
    const { socketSource } = await import('./sockets.js')
    return socketSource(options.socket, () => createParser(options.parser), context)
  }
  const { NamedSelection } = await import('../endpoints/file-list.js')
  const selection = new NamedSelection(options.paths)
  if (keeping && !options.streams) await requireFiles(selection)
  return textSource(selection, options.parser, context, () => true, null)
}

async function openFiles(options: SourceOptions & { kind: 'files' }, context: SourceContext): Promise<Opened> {
  const { share } = context
  const { PathSelection } = await import('../endpoints/file-list.js')
  const { parser, path, watch } = options
  const all = new PathSelection(path, context.own)
  if (context.keeping) await requireFiles(all)
  if (!share) return { source: await textSource(all, parser, context, () => true, watch), idleSubtasks: 0 }
  const { SharedSelection, isOurs } = await import('../endpoints/shared-files.js')
  const ours = new SharedSelection(all, share)
  const source = await textSource(ours, parser, context, ({ inode }) => isOurs(inode, share), watch)
  // Where files may come yet, having none is nothing to tell.
  return { source, idleSubtasks: watch === null ? await ours.idleSubtasks() : 0 }
}

/** @param isOurs whether the position of a file is one to go on from · @param watch as in the options */
async function textSource(
  selection: Selection,
  parser: ParserOptions,
  { keeping, notice }: SourceContext,
  isOurs: (file: FilePosition) => boolean,
  watch: number | null
): Promise<Source> {
  keeping?.claim('files')
  const { TextFiles } = await import('../endpoints/text-files.js')
  const { TextSource } = await import('../endpoints/text-source.js')
  const files = await TextFiles.open(selection, {
    restored: keeping && (keeping.restored?.files.filter(isOurs) ?? []),
    watch,
    whole: parser.format === 'file' || parser.delimiter.length === 0,
    notice
  })
  return new TextSource(files, () => createParser(parser))
}

/** @throws UsageError for what is gone when it is read, as a pipe */
async function requireFiles(selection: Selection): Promise<void> {
  const other = (await selection.list(true)).find(({ stats }) => stats && !stats.isFile())
  if (!other) return
  const name = other.path === '-' ? 'standard input' : other.path
  throw new UsageError(`--checkpoint: ${name} is no file, and cannot be gone on with`, 'leave --checkpoint out')
}
