/**
 * Keeps how far a run has got, in the one order that loses nothing in a crash: what was taken is written out, then the
 * checkpoint says so, then it is made final, then the offsets are committed (semantics.md sections 3, 6 and 9). This is
 * the only place where that order stands.
 */
import type { Position, ResumableSource, Sink, SinkState, SourceState } from './endpoint.js'

/** Keeps how far a run is across a crash; resolves when that is durable. */
export interface CheckpointStore {
  write(state: SourceState & SinkState): Promise<void>
}

/** Tells the group how far it is. Never fails: a commit that fails is the committer's to tell, and the run goes on. */
export interface OffsetCommitter {
  /** Commits in the background; while a commit is under way, the latest positions wait for it. */
  send(positions: Position[]): void
  /** Resolves when what was sent last is committed or has failed. */
  finish(): Promise<void>
}

export interface SettlingOptions {
  checkpoint: CheckpointStore | null
  committer: OffsetCommitter | null
  /** Commits only at the end and before partitions are given up. */
  commitLate: boolean
  /** Milliseconds between two; Infinity: only when the source asks, and at the end. */
  interval: number
}

export class Settling {
  /** Written so far, and when the last of them was, by `performance.now()`. */
  checkpoints = 0
  checkpointedAt: number | null = null
  readonly #source: ResumableSource
  readonly #sink: Sink
  readonly #options: SettlingOptions
  #timer: NodeJS.Timeout | undefined
  #due = false

  constructor(source: ResumableSource, sink: Sink, options: SettlingOptions) {
    this.#source = source
    this.#sink = sink
    this.#options = options
  }

  /** Settles from now on, at first at once: the start offsets, too, should survive a crash. */
  start(): void {
    const { interval } = this.#options
    this.#ask()
    if (interval < Infinity) this.#timer = setInterval(() => this.#ask(), interval)
  }

  /** Whether the source is about to ask for it. */
  get due(): boolean {
    return this.#due
  }

  /** @param last waits for the commit: at the end, or before partitions are given up */
  async settle(last: boolean): Promise<void> {
    const { checkpoint, committer, commitLate } = this.#options
    this.#due = false
    const state = this.#source.state()
    await this.#sink.flush()
    await checkpoint?.write({ ...state, ...this.#sink.state() })
    if (checkpoint) {
      this.checkpoints++
      this.checkpointedAt = performance.now()
    }
    await this.#sink.commit()
    // What is final needs no commit by a run that may come much later.
    if (last) await checkpoint?.write({ ...state, ...this.#sink.state() })
    if (last || !commitLate) committer?.send(state.positions)
    if (last) await committer?.finish()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #ask(): void {
    this.#due = true
    this.#source.interrupt()
  }
}
