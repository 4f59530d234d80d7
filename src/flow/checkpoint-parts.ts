/**
 * The checkpoint of several subtasks: each gives its part, and all of them stand in one file. A part says what its subtask
 * has settled by itself, so parts of different moments go together: no two subtasks read the same.
 */
import type { Checkpoint } from './checkpoint.js'
import type { OutputState } from './endpoint.js'

/** Where two parts speak of the same, which one subtask has taken over from another, the one further on counts. */
export function mergeParts(parts: readonly Checkpoint[]): Checkpoint {
  return {
    clusterId: parts.find(({ clusterId }) => clusterId !== null)?.clusterId ?? null,
    group: parts.find(({ group }) => group !== null)?.group ?? null,
    positions: furthest(
      parts.flatMap(({ positions }) => positions),
      ({ topic, partition }) => `${partition} ${topic}`
    ),
    files: furthest(
      parts.flatMap(({ files }) => files),
      ({ device, inode }) => `${device} ${inode}`
    ),
    elements: Math.max(...parts.map(({ elements }) => elements)),
    // One subtask reads it.
    endpoint: parts.find(({ endpoint }) => endpoint !== null)?.endpoint ?? null,
    outputs: [...new Map(parts.flatMap(({ outputs }) => outputs).map((output) => [output.file, output])).values()],
    transactions: parts.flatMap(({ transactions }) => transactions)
  }
}

function furthest<T extends { offset: bigint | number }>(entries: readonly T[], keyOf: (entry: T) => string): T[] {
  const byKey = new Map<string, T>()
  for (const entry of entries) {
    const known = byKey.get(keyOf(entry))
    if (!known || entry.offset > known.offset) byKey.set(keyOf(entry), entry)
  }
  return [...byKey.values()]
}

const EMPTY: Checkpoint = {
  ...{ clusterId: null, group: null, outputs: [], transactions: [] },
  ...{ positions: [], files: [], elements: 0, endpoint: null }
}

interface Waiting {
  resolve: () => void
  reject: (error: unknown) => void
}

export class CheckpointParts {
  readonly #parts: (Checkpoint | undefined)[]
  readonly #kept: Checkpoint[]
  readonly #write: (whole: Checkpoint) => Promise<void>
  #waiting: Waiting[] = []
  #writing = false
  #abandoned = false

  /**
   * @param count of subtasks
   * @param kept outputs that stay in the checkpoint where no subtask writes them
   * @param write makes the whole durable. It is not called before there is a part of each: whatever a checkpoint lacks
   * counts as new when it is restored
   */
  constructor(count: number, kept: OutputState[], write: (whole: Checkpoint) => Promise<void>) {
    this.#kept = [{ ...EMPTY, outputs: kept }]
    this.#parts = new Array<undefined>(count).fill(undefined)
    this.#write = write
  }

  /** Resolves when the part is durable. Parts that come while a file is being written go into the next one together. */
  put(subtask: number, part: Checkpoint): Promise<void> {
    this.#parts[subtask] = part
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      void this.#next()
    })
  }

  /** A subtask has ended. Where it never gave a part, the others wait for nothing. */
  end(subtask: number): void {
    this.#abandoned ||= this.#parts[subtask] === undefined
    void this.#next()
  }

  async #next(): Promise<void> {
    if (this.#writing || this.#waiting.length === 0) return
    const parts = this.#parts.filter((part) => part !== undefined)
    const isWhole = parts.length === this.#parts.length
    if (!isWhole && !this.#abandoned) return
    this.#writing = true
    const waiting = this.#waiting.splice(0)
    try {
      // Why, that subtask has said.
      if (!isWhole) throw new DOMException('a subtask has ended before it had anything to keep', 'AbortError')
      await this.#write(mergeParts([...this.#kept, ...parts]))
      for (const { resolve } of waiting) resolve()
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
    this.#writing = false
    void this.#next()
  }
}
