/**
 * The source of a pipe, opened: topics with all that goes on beside them, text of files, streams and sockets, or a list
 * from the command line. What only some sources need is loaded for those.
 */
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
  if (options.kind === 'elements' || options.kind === 'sequence') {
    const { MemorySource, sequence } = await import('../endpoints/memory.js')
    return new MemorySource(options.kind === 'elements' ? options.elements : sequence(options.first, options.last))
  }
  const parser = (): ReturnType<typeof createParser> => createParser(options.parser)
  if (options.kind === 'socket') {
    const { socketSource } = await import('./sockets.js')
    return socketSource(options.socket, parser, context)
  }
  const { TextSource } = await import('../endpoints/text-source.js')
  if (options.kind === 'text') return new TextSource(options.paths, parser)
  const { listFiles } = await import('../endpoints/file-list.js')
  return new TextSource(
    (await listFiles(options.path)).map(({ path }) => path),
    parser
  )
}
