/**
 * The two interfaces that every endpoint implements, and nothing else. A source gives records in chunks, a sink takes
 * them; `flow/run.ts` stands between. See design.md, "Data flow".
 */
import type { Json } from '../endpoint-module.js'
import type { Records } from '../records/records.js'

/** How far a partition is read. */
export interface Position {
  topic: string
  partition: number
  /** The next offset to read. */
  offset: bigint
}

/** How far a file is read. It is known by device and inode, so that it may be renamed meanwhile. */
export interface FilePosition {
  /** Where it was, for people. */
  file: string
  device: bigint
  inode: bigint
  /** When it was made, nanoseconds since the epoch: the number of a file that is gone is given to a new one. 0: not known. */
  birth: bigint
  /** Bytes done with; of a packed file, of what is in it. */
  offset: number
  /** Lines (or records, where there are no lines) done with. */
  line: number
  /** Bytes that it had on the disk when its end was reached last; 0: not yet. */
  size: number
}

/** How far the endpoint of a module is read. */
export interface EndpointPosition {
  /** Which it is: another one has other positions. */
  place: string
  /** As the module says it; null: at the start. */
  position: Json
  /** Records done with behind that. */
  taken: number
}

/** Where to go on with a source: what it does not have is empty. */
export interface SourceState {
  positions: Position[]
  files: FilePosition[]
  /** Records given of a list in memory. */
  elements: number
  endpoint: EndpointPosition | null
}

/**
 * What a source may ask for instead of giving records: that what it gave so far is settled (see `flow/settling.ts`).
 * After `surrender` it gives up some of its partitions, so their positions have to be committed first.
 */
export type Pause = 'settle' | 'surrender'

export interface Source {
  /**
   * The next chunk of records, or null at the end (a bound was reached, or `signal` was aborted). A chunk is valid until
   * the next call. The chunk may turn out to hold no record.
   */
  read(signal: AbortSignal): Promise<Records | Pause | null>

  /** True while the chunk just read was all there was for now: what it gave should go out without waiting for more. */
  readonly idle: boolean

  /**
   * An error about the current record, with where in the source that record stands. The record counts as not taken, unless
   * the run goes on without it (`goesOn`).
   */
  locate(error: unknown, goesOn?: boolean): unknown

  /** Releases connections and files. Called once, also after an error. */
  close(): Promise<void>
}

/** A source that can be gone on with later. */
export interface ResumableSource extends Source {
  /** Where to go on after the records that the sink has taken so far. */
  state(): SourceState

  /** Makes the next `read`, also one that waits, ask to `settle`. */
  interrupt(): void
}

/** The file written to, and how many bytes of it are written. */
export interface OutputState {
  file: string
  length: number
}

/** A transaction whose records are all written, waiting for its commit (semantics.md section 6). */
export interface PendingTransaction {
  transactionalId: string
  producerId: bigint
  producerEpoch: number
}

/** Whose transactions they are: a sink uses the ids `PREFIX-SUBTASK-0` and `PREFIX-SUBTASK-1`. */
export interface TransactionState {
  /** null: the cluster has not said. */
  cluster: string | null
  prefix: string
  subtask: number
  /** null: nothing was written since the one before. */
  pending: PendingTransaction | null
}

/** What a checkpoint keeps of a sink. */
export interface SinkState {
  /** null where the output is no file of ours. */
  output: OutputState | null
  /** null where there are no transactions. */
  transaction: TransactionState | null
}

export interface Sink {
  /** Takes records until they are exhausted (true) or its buffers are full (false: `drain()`, then call again). */
  write(records: Records): boolean

  /** True where records take their time. Such a sink holds none that it has not taken: a run may end between any two. */
  readonly isSlow?: boolean

  /** Resolves when there is room again. Rejects with what went wrong with earlier records. */
  drain(): Promise<void>

  /** Hands on what is buffered without waiting for more: called when the source is idle. */
  push(): void

  /** Resolves when everything taken so far is written out (a file, a pipe) or acknowledged (a broker); else rejects. */
  flush(): Promise<void>

  /** What there is to keep, right after a flush. */
  state(): SinkState

  /** Makes what was flushed final. What `state()` told is durable by then, so a crash before or in it loses nothing. */
  commit(): Promise<void>

  /** Resolves when writing failed for good, so that nothing more is read for it; the error comes from `flush()`. */
  readonly failed: Promise<void>

  /** Releases what it holds; whatever was not flushed is dropped. Called once, also after an error. */
  close(): Promise<void>
}
