/**
 * What the flags about checkpoints mean together. Pure.
 */
import { UsageError } from '../errors.js'
import type { PipeOptions } from '../jobs/pipe.js'

export interface KeepingFlags {
  checkpoint?: string | undefined
  'checkpoint-interval'?: number | undefined
}

/** @param late whether checkpoints say when to commit, also without a file */
export function requireInterval(flags: KeepingFlags, late = false): void {
  const { checkpoint, 'checkpoint-interval': interval } = flags
  if (interval !== undefined && checkpoint === undefined && !late) {
    throw new UsageError('--checkpoint-interval needs --checkpoint')
  }
  if (interval === 0) throw new UsageError('--checkpoint-interval must be more than 0')
}

export function keepingOf(flags: KeepingFlags): Pick<PipeOptions, 'checkpoint' | 'checkpointInterval'> {
  return {
    checkpoint: flags.checkpoint ?? null,
    checkpointInterval: flags['checkpoint-interval'] ?? 10_000
  }
}
