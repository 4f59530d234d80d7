/**
 * The arithmetic of lag: of a partition, of a group and topic, and against a limit. Pure.
 */
import { counted } from '../counted.js'
import { ConditionError, FailedError } from '../errors.js'

/** Where a group stands in a partition. null: not known, or not there. */
export interface PartitionLag {
  /** null: a checkpoint file of no group. */
  group: string | null
  topic: string
  partition: number
  /** The next offset to read, as it is committed. */
  committed: bigint | null
  /** The next offset to read, as a checkpoint file has it. */
  checkpoint: bigint | null
  start: bigint | null
  end: bigint | null
  lag: bigint | null
  /** Age of the next unread record; 0 when there is none. */
  seconds: number | null
  /** Who reads it: `clientId (host)`. */
  member: string | null
  /** It does not exist any more. */
  gone: boolean
}

/** A partition, or a group and topic: then what belongs to partitions is null. */
export type LagRow = Omit<PartitionLag, 'partition' | 'gone'> & { partition: number | null }

/** All that one look at the cluster gave. */
export interface LagReport {
  /** Milliseconds since the epoch. */
  time: number
  /** By group, topic and partition. */
  partitions: PartitionLag[]
  /** What is committed to, but does not exist any more: a sentence each. */
  gone: string[]
  /** Why some lag is not known: a sentence each. */
  unknown: string[]
}

/** cli.md, "lag": never negative, and what is not in the log any more is not behind. */
export function lagOf(position: bigint | null, start: bigint, end: bigint): bigint {
  const from = position !== null && position > start ? position : start
  return end > from ? end - from : 0n
}

/**
 * A row a group and topic: lag summed, seconds the maximum, each null where it is not known of some partition: what is not
 * known is not 0. Partitions that are gone count only where all are.
 */
export function sumByTopic(partitions: readonly PartitionLag[]): LagRow[] {
  const topics: PartitionLag[][] = []
  for (const row of partitions) {
    const last = topics.at(-1)
    if (last?.[0]!.group === row.group && last[0].topic === row.topic) last.push(row)
    else topics.push([row])
  }
  return topics.map((all) => {
    const { group, topic } = all[0]!
    const rows = all.some(({ gone }) => !gone) ? all.filter(({ gone }) => !gone) : all
    const lag = rows.reduce<bigint | null>((sum, row) => (sum === null || row.lag === null ? null : sum + row.lag), 0n)
    const seconds = rows.reduce<number | null>(
      (most, row) => (most === null || row.seconds === null ? null : Math.max(most, row.seconds)),
      0
    )
    const none = { partition: null, committed: null, checkpoint: null, start: null, end: null, member: null }
    return { group, topic, ...none, lag, seconds }
  })
}

/** The rows of a report: one a partition, or one a group and topic. */
export function rowsBy(what: 'topic' | 'partition'): (report: LagReport) => LagRow[] {
  return ({ partitions }) => (what === 'topic' ? sumByTopic(partitions) : partitions)
}

/** What speaks against "no lag of these rows is over `max`": the worst row (exit 3), lag that is not known; or nothing. */
export function objection(rows: readonly LagRow[], unknown: readonly string[], max: bigint): Error | null {
  const over = rows.filter(({ lag }) => lag !== null && lag > max)
  if (over.length > 0) {
    const worst = over.reduce((a, b) => (b.lag! > a.lag! ? b : a))
    const others = over.length > 1 ? ` (${counted(over.length - 1, 'other row')} too)` : ''
    return new ConditionError(`the lag of ${nameOf(worst)} is ${worst.lag}, over ${max}${others}`)
  }
  if (unknown.length === 0) return null
  const others = unknown.length > 1 ? ` (and ${unknown.length - 1} more)` : ''
  return new FailedError(`not every lag is known: ${unknown[0]}${others}`)
}

/** Sentences that are told beside a report: a broker that is away can make one for each of its partitions. */
const MOST_REMARKS = 5

/** What the rows alone do not say, a sentence each. */
export function remarksOn({ gone, unknown }: LagReport): string[] {
  const all = [...new Set([...gone, ...unknown])]
  return all.length > MOST_REMARKS ? [...all.slice(0, MOST_REMARKS), `… and ${all.length - MOST_REMARKS} more`] : all
}

export function nameOf({ group, topic, partition }: Pick<LagRow, 'group' | 'topic' | 'partition'>): string {
  const where = partition === null ? `topic "${topic}"` : `topic "${topic}" partition ${partition}`
  return group === null ? where : `group "${group}" on ${where}`
}
