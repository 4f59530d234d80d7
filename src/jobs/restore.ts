/**
 * What a checkpoint means for a new run: which of its positions count, and where its output goes on (semantics.md section
 * 9).
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { cutBack } from '../endpoints/output.js'
import type { Checkpoint } from '../flow/checkpoint.js'
import type { OutputState, Position } from '../flow/endpoint.js'
import type { Metadata } from '../kafka/metadata.js'
import type { Selection } from './selection.js'

export interface Restored {
  /** What reading goes on from. */
  positions: Position[]
  /** Of topics that match but are no more: nothing is read of them, and nothing forgotten. */
  kept: Position[]
}

/** The positions that count for what is selected now; the others are dropped, and said. */
export function restoredPositions(
  { positions }: Checkpoint,
  selection: Selection,
  metadata: Metadata,
  notice: (text: string) => void
): Restored {
  const { topics, pattern, partitions } = selection
  const isSelected = ({ topic, partition }: Position): boolean =>
    (pattern ? pattern.test(topic) : topics.includes(topic)) && (partitions?.includes(partition) ?? true)
  const exists = ({ topic, partition }: Position): boolean =>
    metadata.partitions(topic).some((info) => info.partition === partition)
  const dropped = Map.groupBy(
    positions.filter((position) => !isSelected(position)),
    ({ topic }) => topic
  )
  for (const topic of dropped.keys()) notice(`the checkpoint's positions of ${topic} are dropped: it is not read now`)
  const selected = positions.filter(isSelected)
  const kept = selected.filter((position) => !exists(position))
  for (const { topic, partition, offset } of kept) {
    notice(`${topic} [${partition}] is gone: its position ${offset} stays in the checkpoint`)
  }
  return { positions: selected.filter(exists), kept }
}

/**
 * Cuts the output of the run before back to what its checkpoint says, since the rest is about to be read again. Returns
 * it where it is the output of this run, too, which then goes on behind it; else null.
 */
export async function restoreOutput({ outputs }: Checkpoint, path: string | null): Promise<OutputState | null> {
  const same = path === null ? undefined : outputs.find(({ file }) => file === resolve(path))
  for (const output of outputs) {
    // One that was moved away is complete up to the checkpoint at least.
    if (output === same || existsSync(output.file)) await cutBack(output)
  }
  return same ?? null
}
