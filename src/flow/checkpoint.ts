/**
 * What a checkpoint says: how far a run has got, so that the next one goes on exactly there (semantics.md section 9). As
 * JSON, for people to read and to diff; offsets are written as the integers they are and read back exactly, beyond 2^53
 * too. Pure: the file is `checkpoint-file.ts`'s.
 */
import type {
  FilePosition,
  OutputState,
  PendingTransaction,
  Position,
  SourceState,
  TransactionState
} from './endpoint.js'

const KIND = 'sluice checkpoint'
const VERSION = 1

/** Whose positions they are: neither may be another one's when it is restored. */
export interface CheckpointOwner {
  /** null: the cluster has not said, or no topic is read. */
  clusterId: string | null
  group: string | null
}

export interface Checkpoint extends CheckpointOwner, SourceState {
  /** Of each subtask that writes a file. */
  outputs: OutputState[]
  /** Of each subtask that writes in transactions. */
  transactions: TransactionState[]
}

/** @throws Error that says what is wrong with the text */
export function parseCheckpoint(text: string): Checkpoint {
  const content = objectOf(JSON.parse(text, exactIntegers))
  if (content['kind'] !== KIND) throw new Error('it is something else')
  if (content['version'] !== BigInt(VERSION)) {
    throw new Error(`it has version ${String(content['version'])}, this sluice reads version ${VERSION}`)
  }
  return {
    clusterId: optional(content['cluster']),
    group: optional(content['group']),
    outputs: list(content['outputs']).map(outputOf),
    transactions: list(content['transactions']).map(transactionOf),
    positions: list(content['positions']).map(positionOf),
    files: list(content['files']).map(fileOf),
    elements: count(content['elements'])
  }
}

/** A line an entry, in order. */
export function checkpointText(checkpoint: Checkpoint): string {
  const { clusterId, group, outputs, transactions, positions, files, elements } = checkpoint
  const sorted = positions.toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  )
  const entries = {
    kind: textOf(KIND),
    version: textOf(VERSION),
    cluster: textOf(clusterId),
    group: textOf(group),
    outputs: linesOf(outputs),
    transactions: linesOf(transactions),
    positions: linesOf(sorted),
    files: linesOf(files),
    elements: textOf(elements)
  }
  const body = Object.entries(entries).map(([name, value]) => `  "${name}": ${value}`)
  return `{\n${body.join(',\n')}\n}\n`
}

function linesOf(entries: readonly object[]): string {
  return entries.length === 0 ? '[]' : `[\n${entries.map((entry) => `    ${textOf(entry)}`).join(',\n')}\n  ]`
}

/** As JSON, with all digits of an integer. */
function textOf(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}: ${textOf(part)}`)
    .join(', ')}}`
}

/** Integers come back as bigint, from the digits that stand in the text. */
function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value
}

function positionOf(entry: unknown): Position {
  const { topic, partition, offset } = objectOf(entry)
  return { topic: name(topic), partition: count(partition), offset: natural(offset) }
}

function fileOf(entry: unknown): FilePosition {
  const { file, device, inode, birth, offset, line, size } = objectOf(entry)
  return {
    file: name(file),
    device: natural(device),
    inode: natural(inode),
    birth: natural(birth),
    offset: count(offset),
    line: count(line),
    size: count(size)
  }
}

function outputOf(entry: unknown): OutputState {
  const { file, length } = objectOf(entry)
  return { file: name(file), length: count(length) }
}

function transactionOf(entry: unknown): TransactionState {
  const { cluster, prefix, subtask, pending } = objectOf(entry)
  return {
    cluster: optional(cluster),
    prefix: name(prefix),
    subtask: count(subtask),
    pending: pending === null ? null : pendingOf(pending)
  }
}

function pendingOf(entry: unknown): PendingTransaction {
  const { transactionalId, producerId, producerEpoch } = objectOf(entry)
  return {
    transactionalId: name(transactionalId),
    producerId: natural(producerId),
    producerEpoch: count(producerEpoch)
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('an entry is missing')
  return value as Record<string, unknown>
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('a list is missing')
  return value
}

function natural(value: unknown): bigint {
  if (typeof value !== 'bigint' || value < 0n) throw new Error('a number is missing')
  return value
}

function count(value: unknown): number {
  const number = Number(natural(value))
  if (!Number.isSafeInteger(number)) throw new Error(`${String(value)} is too large`)
  return number
}

function name(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a name is missing')
  return value
}

function optional(value: unknown): string | null {
  return value === null ? null : name(value)
}
