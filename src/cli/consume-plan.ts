/**
 * What the flags of `consume` mean together: combinations that cannot be, and the parts of the job's options that take
 * more than one flag. Pure.
 */
import { resolve } from 'node:path'
import { UsageError } from '../errors.js'
import type { Commit } from '../jobs/commit-mode.js'
import type { EventTimeOptions, ReadingOptions } from '../jobs/reading.js'
import type { Selection } from '../jobs/selection.js'
import type { OffsetSpec, Reset } from '../kafka/offsets.js'
import type { FilterOptions } from '../formats/filter.js'
import type { FormatterOptions } from '../formats/format.js'
import { delimiterOf } from './flags.js'
import { requireInterval } from './keeping-plan.js'
import { decodedAs } from './schema-forms.js'
import type { Until } from './until.js'

export interface ConsumeFlags {
  'topic-pattern'?: RegExp | undefined
  from?: OffsetSpec | undefined
  partition?: number[] | undefined
  until?: Until | undefined
  exit: boolean
  max?: number | undefined
  group?: string | undefined
  assign: boolean
  parallelism?: number | undefined
  subtask?: number | undefined
  commit?: Commit | undefined
  checkpoint?: string | undefined
  'checkpoint-interval'?: number | undefined
  discover?: number | undefined
  'event-time'?: string | undefined
  'max-out-of-orderness'?: number | undefined
  'idle-partition'?: number | undefined
  output?: string | undefined
  reset?: Reset | undefined
  isolation: 'committed' | 'uncommitted'
  'idle-exit'?: number | undefined
  key?: string | undefined
  'key-as': string
  grep?: string | undefined
}

type Plan = Pick<
  ReadingOptions,
  | 'selection'
  | 'from'
  | 'until'
  | 'group'
  | 'join'
  | 'commit'
  | 'discover'
  | 'eventTime'
  | 'filter'
  | 'reset'
  | 'isolation'
  | 'limit'
  | 'idleExit'
>

const MINUTE = 60_000

/** @throws UsageError for flags that exclude each other, or lack another one */
export function planConsume(flags: ConsumeFlags, topics: readonly string[]): Plan {
  const group = flags.group ?? null
  const selection = selectionOf(flags, topics)
  const from = flags.from ?? { kind: group === null ? 'earliest' : 'group' }
  const until = flags.exit ? { kind: 'latest' as const } : (flags.until ?? null)
  if (group === '') throw new UsageError('a group id must not be empty')
  if (group === null) {
    if (from.kind === 'group') throw new UsageError('--from group needs --group')
    if (until?.kind === 'group') throw new UsageError('--until group needs --group')
    if (flags.assign) throw new UsageError('--assign needs --group', 'without a group, partitions are taken anyway')
    if (flags.commit && flags.commit.kind !== 'none') throw new UsageError('--commit needs --group')
  }
  const checkpoint = flags.checkpoint ?? null
  const commit = flags.commit ?? defaultCommit(group, checkpoint)
  requireInterval(flags, commit.kind === 'checkpoint')
  if (checkpoint !== null && flags.output !== undefined && resolve(checkpoint) === resolve(flags.output)) {
    throw new UsageError('--checkpoint and --output name the same file', 'give each its own')
  }
  return {
    selection,
    from,
    until,
    group,
    join: group !== null && !flags.assign && !isOwn(selection) && flags.key === undefined,
    commit,
    discover: flags.discover ?? (until === null ? 5 * MINUTE : 0),
    eventTime: eventTimeOf(flags, until),
    filter: filterOf(flags),
    reset: flags.reset ?? null,
    isolation: flags.isolation,
    limit: flags.max ?? Infinity,
    idleExit: flags['idle-exit'] ?? Infinity
  }
}

function selectionOf(flags: ConsumeFlags, topics: readonly string[]): Selection {
  const { parallelism, subtask } = flags
  const pattern = flags['topic-pattern'] ?? null
  if (topics.length === 0 && pattern === null) throw new UsageError('no topic is named', 'give one, or --topic-pattern')
  if (topics.length > 0 && pattern !== null) throw new UsageError('topics and --topic-pattern exclude each other')
  if (parallelism !== undefined && subtask === undefined) {
    throw new UsageError('--parallelism needs --subtask', 'say which of the shares is read, from 0')
  }
  if ((subtask ?? 0) >= (parallelism ?? Infinity)) {
    throw new UsageError(`there is no subtask ${subtask} of ${parallelism}`, 'subtasks count from 0')
  }
  const share = parallelism === undefined ? null : { parallelism, subtask: subtask! }
  return { topics: [...new Set(topics)], pattern, partitions: flags.partition ?? null, share }
}

/** Partitions or a share of one's own cannot be shared with a group. */
function isOwn({ partitions, share }: Selection): boolean {
  return partitions !== null || share !== null
}

/** Whether a topic is among those that are read. */
export function reads({ topics, pattern }: Selection, topic: string): boolean {
  return topics.includes(topic) || pattern?.test(topic) === true
}

/** As `auto.commit.interval.ms`. */
function defaultCommit(group: string | null, checkpoint: string | null): Commit {
  if (group === null) return { kind: 'none' }
  return checkpoint === null ? { kind: 'auto', interval: 5000 } : { kind: 'checkpoint' }
}

function eventTimeOf(flags: ConsumeFlags, until: Until | null): EventTimeOptions | null {
  const { 'event-time': field, 'max-out-of-orderness': outOfOrderness, 'idle-partition': idleAfter } = flags
  const wanted = until?.kind === 'watermark' || field !== undefined
  if (!wanted && outOfOrderness === undefined && idleAfter === undefined) return null
  return { field: field ?? 'timestamp', outOfOrderness: outOfOrderness ?? 0, idleAfter: idleAfter ?? Infinity }
}

function filterOf({ key, 'key-as': as, grep }: ConsumeFlags): FilterOptions | null {
  if (key === undefined && grep === undefined) return null
  return { key: key === undefined ? null : { text: key, as }, grep: grep ?? null }
}

export interface FormatFlags {
  format: string
  fields?: string[] | undefined
  'no-header': boolean
  delimiter?: Buffer | undefined
  null?: boolean | undefined
  'key-delimiter'?: Buffer | undefined
  'key-as': string
  'value-as': string
}

export function formatterOptions(flags: FormatFlags): FormatterOptions {
  return {
    format: flags.format,
    fields: flags.fields ?? null,
    header: !flags['no-header'],
    delimiter: delimiterOf(flags),
    keyDelimiter: flags['key-delimiter'] ?? null,
    keyAs: decodedAs(flags['key-as']),
    valueAs: decodedAs(flags['value-as'])
  }
}
