/** `--commit`: when a group's offsets are committed (semantics.md §3). Pure. */
import { UsageError } from '../errors.js'
import { nearest } from '../nearest.js'
import { parseDuration } from './quantity.js'
import type { Commit } from '../jobs/commit-mode.js'

/** As `auto.commit.interval.ms`, in milliseconds. */
const DEFAULT_INTERVAL = 5000

const words = ['auto', 'checkpoint', 'exit', 'none'] as const
const syntax = 'use auto, auto:TIME, checkpoint, exit or none'

/** @throws UsageError naming the text and the nearest word, or the syntax */
export function parseCommit(text: string): Commit {
  const [word, time] = text.split(/:(.*)/s) as [string, string?]
  const kind = words.find((each) => each === word)
  if (kind === undefined) {
    const near = nearest(word, words)
    throw new UsageError(`'${text}' is no way to commit`, near === undefined ? syntax : `did you mean ${near}?`)
  }
  if (kind === 'auto') return { kind, interval: time === undefined ? DEFAULT_INTERVAL : parseInterval(time) }
  if (time !== undefined) throw new UsageError(`--commit ${kind} takes no time`, `write ${kind}, or auto:${time}`)
  return { kind }
}

function parseInterval(time: string): number {
  const interval = parseDuration(time)
  if (interval > 0) return interval
  throw new UsageError('an interval of 0 is none', 'give a time such as auto:1s, or write none')
}
