/**
 * Offsets, wherever one is asked for: the specification (what the user wrote) and its resolution to numbers, by the rules
 * of semantics.md section 1. Everything is resolved at once and eagerly, so that a slow start loses nothing.
 */
import { FailedError } from '../errors.js'
import type { OffsetMap } from './committed-offsets.js'
import { type ListOptions, requireOffsets } from './log-offsets.js'
import type { Metadata } from './metadata.js'
import { LOG_END, LOG_START } from './requests/list-offsets.js'
import type { TopicPartition } from './topic-partition.js'
import type { Wire } from './wire.js'

/** What an OFFSETS expression means (cli.md, "Offsets, wherever one is asked for"). Pure data. */
export type OffsetSpec =
  | { kind: 'group' }
  | { kind: 'earliest' }
  | { kind: 'latest' }
  /** The first record with this timestamp or a later one: milliseconds since the epoch. */
  | { kind: 'timestamp'; timestamp: bigint | number }
  | { kind: 'offset'; offset: bigint }
  /** The last `count` offsets of each partition. */
  | { kind: 'last'; count: bigint }
  /** `topic` is null where the user named only the partition. */
  | { kind: 'specific'; offsets: { topic: string | null; partition: number; offset: bigint }[] }

/** `auto.offset.reset`: for a partition without a committed offset. */
export type Reset = 'earliest' | 'latest' | 'none'

export interface ResolvedOffset extends TopicPartition {
  offset: bigint
}

export interface ResolveOptions extends Omit<ListOptions, 'deadline'> {
  /** What the group has committed; without a group, every partition counts as not committed. */
  groupOffsets?: OffsetMap | undefined
  reset: Reset
  /** Milliseconds to wait for leaders; default 30 s. */
  deadline?: number | undefined
  /** Told of offsets that are given for a partition that is not read. */
  notice?: ((text: string) => void) | undefined
}

const PATIENCE = 30_000

/** The offset of each partition, in the order of `partitions`. Throws a FailedError that names the partition in the way. */
export async function resolveOffsets(
  wire: Wire,
  metadata: Metadata,
  partitions: readonly TopicPartition[],
  spec: OffsetSpec,
  { groupOffsets, reset, deadline = PATIENCE, notice, ...rest }: ResolveOptions
): Promise<ResolvedOffset[]> {
  const look = async (some: readonly TopicPartition[], timestamp: bigint): Promise<bigint[]> =>
    (await requireOffsets(wire, metadata, some, timestamp, { ...rest, deadline })).map(({ offset }) => offset)
  const resolved = (offsets: readonly bigint[]): ResolvedOffset[] =>
    partitions.map(({ topic, partition }, index) => ({ topic, partition, offset: offsets[index]! }))

  switch (spec.kind) {
    case 'earliest':
      return resolved(await look(partitions, LOG_START))
    case 'latest':
      return resolved(await look(partitions, LOG_END))
    case 'offset':
      return resolved(partitions.map(() => spec.offset))
    case 'timestamp': {
      // The ends first: a record that arrives between the two lookups must not be skipped.
      const ends = await look(partitions, LOG_END)
      const found = await look(partitions, BigInt(spec.timestamp))
      return resolved(found.map((offset, index) => (offset < 0n ? ends[index]! : offset)))
    }
    case 'last': {
      const starts = await look(partitions, LOG_START)
      const ends = await look(partitions, LOG_END)
      return resolved(ends.map((end, index) => later(end - spec.count, starts[index]!)))
    }
    case 'group':
    case 'specific': {
      const given = spec.kind === 'specific' ? givenOffsets(spec.offsets, partitions, notice) : []
      const known = partitions.map(
        ({ topic, partition }, index) => given[index] ?? groupOffsets?.get(topic)?.get(partition)
      )
      const open = partitions.filter((_, index) => known[index] === undefined)
      if (open.length === 0) return resolved(known as bigint[])
      if (reset === 'none') throw undefinedOffset(open[0]!, open.length)
      const resets = (await look(open, reset === 'earliest' ? LOG_START : LOG_END)).values()
      return resolved(known.map((offset) => offset ?? resets.next().value!))
    }
  }
}

/** The offset that is given for each partition. What is given for none of them is told: it is probably a slip. */
function givenOffsets(
  offsets: (OffsetSpec & { kind: 'specific' })['offsets'],
  partitions: readonly TopicPartition[],
  notice: ((text: string) => void) | undefined
): (bigint | undefined)[] {
  const means = (given: (typeof offsets)[number], { topic, partition }: TopicPartition): boolean =>
    given.partition === partition && (given.topic ?? topic) === topic
  for (const given of offsets) {
    if (partitions.some((partition) => means(given, partition))) continue
    const where = given.topic === null ? `partition ${given.partition}` : `${given.topic} [${given.partition}]`
    notice?.(`the offset given for ${where} is not used: this partition is not read`)
  }
  return partitions.map((partition) => offsets.find((given) => means(given, partition))?.offset)
}

function undefinedOffset({ topic, partition }: TopicPartition, count: number): FailedError {
  const others = count > 1 ? `, nor have ${count - 1} others` : ''
  return new FailedError(
    `topic "${topic}" partition ${partition} has no committed offset${others}`,
    'give --reset earliest or latest to start there',
    { place: { topic, partition } }
  )
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
