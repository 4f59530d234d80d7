/**
 * The checkpoint file: how far a run has got, as JSON, so that the next one goes on exactly there (semantics.md section
 * 9). It is replaced as a whole, by a rename of a file that is on the disk already, so at any instant there is either the
 * old one or the new one. Offsets are written as the integers they are and read back exactly, beyond 2^53 too.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FailedError } from '../errors.js'
import type { Position, SinkState } from './endpoint.js'
import type { CheckpointStore } from './settling.js'

const KIND = 'sluice checkpoint'
const VERSION = 1

/** Whose positions they are: neither may be another one's when it is restored. */
export interface CheckpointOwner {
  /** null: the cluster has not said. */
  clusterId: string | null
  group: string | null
}

export interface Checkpoint extends CheckpointOwner, SinkState {
  /** Every partition discovered so far, and the next offset to read of it. */
  positions: Position[]
}

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
    return checkpointOf(JSON.parse(text, exactIntegers) as Record<string, unknown>)
  } catch (error) {
    const what = `${file} is no checkpoint that can be used: ${(error as Error).message.replace(/\s+/g, ' ')}`
    const advice = 'restore it from a copy, or remove it to start anew'
    throw new FailedError(what, advice, { cause: error, place: { file } })
  }
}

/** Integers come back as bigint, from the digits that stand in the file. */
function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value
}

function checkpointOf(content: Record<string, unknown>): Checkpoint {
  if (typeof content !== 'object' || content === null || content['kind'] !== KIND)
    throw new Error('it is something else')
  if (content['version'] !== BigInt(VERSION)) {
    throw new Error(`it has version ${String(content['version'])}, this sluice reads version ${VERSION}`)
  }
  const output = content['output'] as { file: string; length: bigint } | null
  const checkpoint: Checkpoint = {
    clusterId: optional(content, 'cluster'),
    group: optional(content, 'group'),
    positions: list(content['positions']).map(positionOf),
    output: output && { file: requireText(output.file), length: Number(natural(output.length)) }
  }
  if (list(content['transactions']).length > 0) throw new Error('it has pending transactions, which consume has not')
  return checkpoint
}

function positionOf(entry: unknown): Position {
  const { topic, partition, offset } = entry as Record<string, unknown>
  return { topic: requireText(topic), partition: Number(natural(partition)), offset: natural(offset) }
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('a list is missing')
  return value
}

function natural(value: unknown): bigint {
  if (typeof value !== 'bigint' || value < 0n) throw new Error('a number is missing')
  return value
}

function requireText(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a name is missing')
  return value
}

function optional(content: Record<string, unknown>, name: string): string | null {
  return content[name] === null ? null : requireText(content[name])
}

/** Writes the checkpoints of one run. */
export class CheckpointFile implements CheckpointStore {
  readonly #file: string
  readonly #owner: CheckpointOwner
  #written = ''

  constructor(file: string, owner: CheckpointOwner) {
    this.#file = file
    this.#owner = owner
  }

  /** Resolves when the checkpoint is on the disk. The same one is not written again. */
  async write(positions: Position[], { output }: SinkState): Promise<void> {
    const text = textOf({ ...this.#owner, positions, output })
    if (text === this.#written) return
    const file = this.#file
    const next = `${file}.next`
    try {
      await writeDurably(next, text)
      await rename(next, file)
      await syncFolder(dirname(file))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const what = `cannot write the checkpoint ${file}: ${code ?? message}`
      throw new FailedError(what, 'give --checkpoint a path that can be written', { cause: error, place: { file } })
    }
    this.#written = text
  }
}

/** A line a partition, so that people can read it and diff it. */
function textOf({ clusterId, group, positions, output }: Checkpoint): string {
  const sorted = positions.toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  )
  const lines = sorted.map(
    ({ topic, partition, offset }) =>
      `    {"topic": ${JSON.stringify(topic)}, "partition": ${partition}, "offset": ${offset}}`
  )
  const entries = {
    kind: JSON.stringify(KIND),
    version: VERSION,
    cluster: JSON.stringify(clusterId),
    group: JSON.stringify(group),
    output: JSON.stringify(output),
    transactions: '[]',
    positions: lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`
  }
  const body = Object.entries(entries).map(([name, value]) => `  "${name}": ${value}`)
  return `{\n${body.join(',\n')}\n}\n`
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
