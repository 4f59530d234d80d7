/**
 * When offsets are committed: Flink's truth table (semantics.md section 3) on our flags. With checkpoints on, commits
 * follow them and the client's own interval is off; without, they come by that interval. Pure.
 */

/** What `--commit` says. */
export type Commit =
  /** Every `interval` milliseconds, and at the end. */
  | { kind: 'auto'; interval: number }
  /** With each checkpoint, once it is durable. */
  | { kind: 'checkpoint' }
  /** Once, at the end. */
  | { kind: 'exit' }
  | { kind: 'none' }

export interface CommitMode {
  commits: boolean
  /** Only at the end, and before partitions are given up. */
  late: boolean
  /** Milliseconds between two settlings, of which each is a checkpoint where there are some; Infinity: none between. */
  interval: number
}

/** @param checkpoints milliseconds between two checkpoints; null: there are none */
export function commitMode(commit: Commit, checkpoints: number | null): CommitMode {
  const commits = commit.kind !== 'none'
  const late = commit.kind === 'exit'
  if (checkpoints !== null) return { commits, late, interval: checkpoints }
  return { commits, late, interval: commit.kind === 'auto' ? commit.interval : Infinity }
}
