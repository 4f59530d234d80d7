/**
 * The checkpoint of a run: what the run before has left in the file, and what this one keeps there.
 */
import { FailedError } from '../errors.js'
import { type Checkpoint, type CheckpointOwner } from '../flow/checkpoint.js'
import { claimCheckpoint } from '../flow/claim.js'
import { CheckpointFile, readCheckpoint, requireOwner } from '../flow/checkpoint-file.js'
import type { Position, SinkState, SourceState } from '../flow/endpoint.js'
import type { CheckpointStore } from '../flow/settling.js'

/** For a run that has the file by itself, until it says `close()`. Throws a FailedError for one that cannot be had or read. */
export async function openKeeping(path: string): Promise<{ keeping: Keeping; close: () => void }> {
  const close = await claimCheckpoint(path)
  const file = new CheckpointFile(path)
  return { keeping: new Keeping(path, await readCheckpoint(path), (checkpoint) => file.write(checkpoint)), close }
}

export class Keeping implements CheckpointStore {
  /** What to go on from; null: this is the first run. */
  readonly restored: Checkpoint | null
  readonly #path: string
  readonly #write: (checkpoint: Checkpoint) => Promise<void>
  #owner: CheckpointOwner = { clusterId: null, group: null }
  #kept: readonly Position[] = []

  /** @param write makes a checkpoint durable */
  constructor(path: string, restored: Checkpoint | null, write: (checkpoint: Checkpoint) => Promise<void>) {
    this.#path = path
    this.#write = write
    this.restored = restored
  }

  /**
   * Says what it is kept of: topics, files, records of the command line, or the endpoint of a module. Throws where the run
   * before read something else.
   */
  claim(kind: string): void {
    const before = this.restored && kindOf(this.restored)
    if (before === null || before === kind) return
    const what = `the checkpoint ${this.#path} is of ${before}, this run reads ${kind}`
    throw new FailedError(what, 'give another --checkpoint', { place: { file: this.#path } })
  }

  /** Says whose positions are kept. Throws where the run before had another owner. */
  own(owner: CheckpointOwner): void {
    if (this.restored) requireOwner(this.#path, this.restored, owner)
    this.#owner = owner
  }

  /** Throws where the run before has left a transaction, which only one that writes in transactions commits. */
  requireNoTransaction(): void {
    if (!this.restored?.transactions.some(({ pending }) => pending !== null)) return
    const what = `the checkpoint ${this.#path} has a transaction that is to be committed`
    throw new FailedError(what, 'go on with --delivery exactly-once and the same sink', { place: { file: this.#path } })
  }

  /** Keeps these as they are, though nothing reads there. */
  keep(positions: readonly Position[]): void {
    this.#kept = positions
  }

  write({ positions, files, elements, endpoint, output, transaction }: SourceState & SinkState): Promise<void> {
    return this.#write({
      ...this.#owner,
      ...{ positions: [...positions, ...this.#kept], files, elements, endpoint },
      outputs: output ? [output] : [],
      transactions: transaction ? [transaction] : []
    })
  }
}

/** null: it says nothing of what was read. */
function kindOf({ clusterId, positions, files, elements, endpoint }: Checkpoint): string | null {
  if (clusterId !== null || positions.length > 0) return 'topics'
  if (files.length > 0) return 'files'
  if (endpoint) return endpoint.place
  return elements > 0 ? 'records of the command line' : null
}
