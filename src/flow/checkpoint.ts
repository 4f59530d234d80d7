/**
 * What a checkpoint says: how far a run has got, so that the next one goes on exactly there (semantics.md section 9). As
 * JSON, for people to read and to diff; offsets are written as the integers they are and read back exactly, beyond 2^53
 * too. Pure: the file is `checkpoint-file.ts`'s.
 */
import type { Json } from '../endpoint-module.js'
import type {
  EndpointPosition,
  FilePosition,
  OutputState,
  PendingTransaction,
  Position,
  SourceState,
  TransactionState
} from './endpoint.js'
import { exactText, parseExact } from './exact-json.js'

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
  const content = objectOf(parseExact(text))
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
    elements: count(content['elements']),
    // Older files have none.
    endpoint: endpointOf(content['endpoint'] ?? null)
  }
}

/** A line an entry, in order. */
export function checkpointText(checkpoint: Checkpoint): string {
  const { clusterId, group, outputs, transactions, positions, files, elements, endpoint } = checkpoint
  const sorted = positions.toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  )
  const entries = {
    kind: exactText(KIND),
    version: exactText(VERSION),
    cluster: exactText(clusterId),
    group: exactText(group),
    outputs: linesOf(outputs),
    transactions: linesOf(transactions),
    positions: linesOf(sorted),
    files: linesOf(files),
    elements: exactText(elements),
    endpoint: exactText(endpoint)
  }
  const body = Object.entries(entries).map(([name, value]) => `  "${name}": ${value}`)
  return `{\n${body.join(',\n')}\n}\n`
}

function linesOf(entries: readonly object[]): string {
  return entries.length === 0 ? '[]' : `[\n${entries.map((entry) => `    ${exactText(entry)}`).join(',\n')}\n  ]`
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

function endpointOf(entry: unknown): EndpointPosition | null {
  if (entry === null) return null
  const { place, position = null, taken } = objectOf(entry)
  return { place: name(place), position: position as Json, taken: count(taken) }
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
