/**
 * The checkpoint file. It is replaced as a whole, by a rename of a file that is on the disk already, so at any instant
 * there is either the old one or the new one.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FailedError } from '../errors.js'
import { writeError } from '../write-error.js'
import { type Checkpoint, type CheckpointOwner, checkpointText, parseCheckpoint } from './checkpoint.js'

/** What the file holds; null when there is none. Throws a FailedError that names it. */
export async function readCheckpoint(file: string): Promise<Checkpoint | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new FailedError(`cannot read the checkpoint ${file}: ${code}`, undefined, { cause: error, place: { file } })
  }
  try {
    return parseCheckpoint(text)
  } catch (error) {
    const what = `${file} is no checkpoint that can be used: ${(error as Error).message.replace(/\s+/g, ' ')}`
    const advice = 'restore it from a copy, or remove it to start anew'
    throw new FailedError(what, advice, { cause: error, place: { file } })
  }
}

/** Throws for a checkpoint of another cluster or group: its offsets mean nothing here. */
export function requireOwner(file: string, checkpoint: CheckpointOwner, { clusterId, group }: CheckpointOwner): void {
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

/** Writes the checkpoints of one run. */
export class CheckpointFile {
  readonly #file: string
  #written = ''

  constructor(file: string) {
    this.#file = file
  }

  /** Resolves when the checkpoint is on the disk. The same one is not written again. */
  async write(checkpoint: Checkpoint): Promise<void> {
    const text = checkpointText(checkpoint)
    if (text === this.#written) return
    const file = this.#file
    const next = `${file}.next`
    try {
      await writeDurably(next, text)
      await rename(next, file)
      await syncFolder(dirname(file))
    } catch (error) {
      throw writeError(`cannot write the checkpoint ${file}`, error, file)
    }
    this.#written = text
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** So that the rename survives a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
