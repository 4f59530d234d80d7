/**
 * What the flags of `produce` mean together: combinations that cannot be, and the parts of the job's options that take
 * more than one flag. Pure.
 */
import { UsageError } from '../errors.js'
import type { Partitioner } from '../endpoints/kafka-sink.js'
import type { ParserOptions } from '../formats/format.js'
import type { SourceOptions } from '../jobs/open-source.js'
import type { TransactionOptions, WritingOptions } from '../jobs/writing.js'
import type { Compression } from './compression.js'
import { type Pair, delimiterOf } from './flags.js'
import { requireInterval } from './keeping-plan.js'
import { parsedAs } from './schema-forms.js'
import type { TransactionSettings } from './settings.js'

/** Of text that becomes records. */
export interface InputFlags {
  format: string
  delimiter?: Buffer | undefined
  null?: boolean | undefined
  'key-delimiter'?: Buffer | undefined
  tombstones?: boolean | undefined
  'key-field'?: string | undefined
  'value-field'?: string | undefined
  'timestamp-field'?: string | undefined
  columns?: string[] | undefined
  'no-header'?: boolean | undefined
  'key-as': string
  'value-as': string
}

/** Of a topic to write to. */
export interface WritingFlags {
  partition?: number | undefined
  partitioner: string
  parallelism?: number | undefined
  subtask?: number | undefined
  acks?: -1 | 0 | 1 | undefined
  key?: string | undefined
  header?: Pair[] | undefined
  compression: Compression
  'batch-bytes'?: number | undefined
  linger: number
  rate?: number | undefined
  'create-topic'?: number | 'default' | undefined
  'log-failures-only': boolean
  'transactional-id'?: string | undefined
}

export type Delivery = 'at-least-once' | 'exactly-once' | 'none'

export interface ProduceFlags extends InputFlags, WritingFlags {
  elements?: string[] | undefined
  sequence?: [bigint, bigint] | undefined
  delivery: Delivery
  checkpoint?: string | undefined
  'checkpoint-interval'?: number | undefined
}

/** @throws UsageError for flags that exclude each other */
export function checkProduce(flags: ProduceFlags, files: string[]): void {
  const sources = [files.length > 0, flags.elements !== undefined, flags.sequence !== undefined]
  if (sources.filter(Boolean).length > 1) {
    throw new UsageError('files, --elements and --sequence exclude each other', 'choose one')
  }
  if (flags.delivery === 'none' && flags.acks !== undefined && flags.acks !== 0) {
    throw new UsageError('--delivery none waits for no acknowledgement', 'leave --acks out')
  }
  requireInterval(flags)
}

/** Where records come from: files, `-` for standard input, or the flags themselves. */
export function inputOf(flags: ProduceFlags, files: string[]): Exclude<SourceOptions, { kind: 'kafka' }> {
  const { elements, sequence } = flags
  if (elements) return { kind: 'elements', elements }
  if (sequence) return { kind: 'sequence', first: sequence[0], last: sequence[1] }
  const streams = flags.delivery === 'exactly-once'
  return { kind: 'text', paths: files.length > 0 ? files : ['-'], parser: parserOptions(flags), streams }
}

/**
 * @param transactions what the cluster's properties say of them
 * @throws UsageError for flags that exclude each other
 */
export function writingOptions(
  flags: WritingFlags,
  topic: string,
  delivery: Delivery,
  transactions: TransactionSettings
): Omit<WritingOptions, 'settings' | 'notice' | 'encode'> & { partitioner: Partitioner } {
  if (flags.partition !== undefined && flags.partitioner !== 'default') {
    throw new UsageError('--partition and --partitioner exclude each other', 'choose one')
  }
  if ((flags.subtask ?? 0) >= (flags.parallelism ?? Infinity)) {
    throw new UsageError(`there is no subtask ${flags.subtask} of ${flags.parallelism}`, 'subtasks count from 0')
  }
  const { codec, level } = flags.compression
  return {
    topic,
    createTopic: flags['create-topic'] ?? null,
    partitioner: partitionerOf(flags),
    fixed: { key: flags.key ?? null, headers: flags.header ?? [] },
    acks: delivery === 'none' ? 0 : (flags.acks ?? -1),
    codec,
    level,
    batchBytes: flags['batch-bytes'] ?? 1 << 20,
    linger: flags.linger,
    rate: flags.rate ?? Infinity,
    copies: false,
    logFailuresOnly: flags['log-failures-only'],
    transaction: transactionOf(flags, delivery, transactions)
  }
}

/** @throws UsageError for what a transaction cannot have */
function transactionOf(
  flags: WritingFlags,
  delivery: Delivery,
  { id, timeout }: TransactionSettings
): TransactionOptions | null {
  if (delivery !== 'exactly-once') {
    if (flags['transactional-id'] === undefined) return null
    throw new UsageError('--transactional-id needs --delivery exactly-once')
  }
  if (flags['log-failures-only']) {
    throw new UsageError('--log-failures-only loses records, which exactly-once does not', 'leave one of them out')
  }
  if (flags.acks !== undefined && flags.acks !== -1) {
    throw new UsageError('exactly-once needs the acknowledgement of all replicas', 'leave --acks out')
  }
  const { subtask = 0, parallelism = 1 } = flags
  return { id: flags['transactional-id'] ?? id, subtask, parallelism, timeout }
}

export function parserOptions(flags: InputFlags): ParserOptions {
  return {
    format: flags.format,
    delimiter: delimiterOf(flags),
    keyDelimiter: flags['key-delimiter'] ?? null,
    emptyIsNull: flags.tombstones ?? false,
    keyField: flags['key-field'] ?? null,
    valueField: flags['value-field'] ?? null,
    timestampField: flags['timestamp-field'] ?? null,
    columns: flags.columns ?? null,
    header: flags.columns === undefined && !flags['no-header'],
    keyAs: parsedAs(flags['key-as'], flags.format),
    valueAs: parsedAs(flags['value-as'], flags.format)
  }
}

/** @throws UsageError */
function partitionerOf(flags: WritingFlags): Partitioner {
  if (flags.partition !== undefined) return { kind: 'partition', partition: flags.partition }
  const how = flags.partitioner
  if (how === 'default' || how === 'round-robin' || how === 'keep') return { kind: how }
  if (how === 'fixed') return { kind: 'fixed', subtask: flags.subtask ?? 0 }
  if (/^\d{1,9}$/.test(how)) return { kind: 'partition', partition: Number(how) }
  if (/^field:./.test(how)) return { kind: 'field', path: how.slice('field:'.length).split('.') }
  throw new UsageError(
    `'${how}' is no partitioner`,
    'use default, round-robin, fixed, keep, the number of a partition, or field:NAME'
  )
}

/** `FIRST:LAST`, both included. @throws UsageError */
export function parseSequence(text: string): [bigint, bigint] {
  const [, first, last] = /^(-?\d+):(-?\d+)$/.exec(text) ?? []
  if (first === undefined || last === undefined) {
    throw new UsageError(`'${text}' is no sequence`, 'write FIRST:LAST as in 1:1000')
  }
  return [BigInt(first), BigInt(last)]
}
