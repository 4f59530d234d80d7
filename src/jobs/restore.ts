/**
 * What a checkpoint means for a new run: whether it may be used at all, which of its positions count, and where its
 * output goes on (semantics.md section 9).
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { cutBack } from '../endpoints/output.js'
import { FailedError } from '../errors.js'
import type { Checkpoint, CheckpointOwner } from '../flow/checkpoint.js'
import type { Position } from '../flow/endpoint.js'
import type { Metadata } from '../kafka/metadata.js'
import type { Selection } from './selection.js'

/** Throws for a checkpoint of another cluster or group: its offsets mean nothing here. */
export function requireOwner(file: string, checkpoint: Checkpoint, { clusterId, group }: CheckpointOwner): void {
  const advice = 'give another --checkpoint'
  if (checkpoint.clusterId !== null && clusterId !== null && checkpoint.clusterId !== clusterId) {
    const what = `the checkpoint ${file} is of cluster ${checkpoint.clusterId}, this one is ${clusterId}`
    throw new FailedError(what, advice, { place: { file } })
  }
  if (checkpoint.group !== null && group !== null && checkpoint.group !== group) {
    const what = `the checkpoint ${file} is of group "${checkpoint.group}", not of "${group}"`
    throw new FailedError(what, advice, { place: { file } })
  }
}

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
 * Cuts the output of the run before back to what its checkpoint says, since the rest is about to be read again. True: it
 * is the output of this run, too, which goes on behind it.
 */
export async function restoreOutput({ output }: Checkpoint, path: string | null): Promise<boolean> {
  if (output === null) return false
  const goesOn = path !== null && resolve(path) === output.file
  // One that was moved away is complete up to the checkpoint at least.
  if (goesOn || existsSync(output.file)) await cutBack(output)
  return goesOn
}
