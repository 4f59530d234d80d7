/**
 * From what the user asked for (topics, partitions, where to start and end) to ranges of offsets to read. Everything
 * is resolved once, before the first record is read, so that nothing written afterwards is missed (semantics.md section 1).
 */
import { FailedError } from '../errors.js'
import type { FetchRange } from '../kafka/fetcher.js'
import type { Metadata } from '../kafka/metadata.js'
import { type OffsetSpec, type Reset, type TopicPartition, resolveOffsets } from '../kafka/offsets.js'
import type { Wire } from '../kafka/wire.js'

export interface Selection {
  topics: string[]
  /** null: `topics` are named. */
  pattern: RegExp | null
  /** null: all. */
  partitions: number[] | null
}

/** The partitions selected, after a fresh look at the cluster. Throws for a topic or partition that does not exist. */
export async function selectPartitions(metadata: Metadata, selection: Selection): Promise<TopicPartition[]> {
  const { topics, pattern, partitions } = selection
  const names = pattern === null ? topics : await matchingTopics(metadata, pattern)
  if (pattern === null) {
    await metadata.refresh(topics)
    await metadata.requireTopics(topics)
  }
  return names.flatMap((topic) => {
    const existing = metadata.partitions(topic).map((info) => info.partition)
    const wanted = partitions ?? existing
    const missing = wanted.find((partition) => !existing.includes(partition))
    if (missing !== undefined) {
      throw new FailedError(
        `partition ${missing} of topic "${topic}" does not exist`,
        `it has ${existing.length === 1 ? 'partition 0 only' : `partitions 0 to ${existing.length - 1}`}`,
        { place: { topic, partition: missing } }
      )
    }
    return wanted.map((partition) => ({ topic, partition }))
  })
}

async function matchingTopics(metadata: Metadata, pattern: RegExp): Promise<string[]> {
  await metadata.refresh('all')
  const visible = metadata.topics().filter((topic) => !topic.internal)
  const names = visible.map((topic) => topic.name).filter((name) => pattern.test(name))
  if (names.length === 0) {
    const advice = `there are ${visible.length} topics; the whole name must match`
    throw new FailedError('no topic matches the pattern', advice)
  }
  return names
}

export interface Bounds {
  from: OffsetSpec
  until: OffsetSpec | null
  /** For a partition whose start is open: no committed offset, or not listed among specific ones. */
  reset: Reset
  isolation: 'committed' | 'uncommitted'
}

/** The ranges to read. A partition that specific end offsets do not list ends where it begins (semantics.md section 1). */
export async function resolveRanges(
  wire: Wire,
  metadata: Metadata,
  partitions: TopicPartition[],
  bounds: Bounds,
  notice: (text: string) => void
): Promise<FetchRange[]> {
  const { isolation } = bounds
  const starts = await resolveOffsets(wire, metadata, partitions, bounds.from, {
    reset: bounds.reset,
    isolation,
    notice
  })
  const ends =
    bounds.until &&
    (await resolveOffsets(wire, metadata, partitions, bounds.until, { reset: 'earliest', isolation, notice }))
  return starts.map(({ topic, partition, offset }, index) => ({
    topic,
    partition,
    from: offset,
    until: ends ? ends[index]!.offset : null
  }))
}

/** `auto.offset.reset` at run time, where the user did not set it: as the start policy (semantics.md section 1). */
export function defaultReset(from: OffsetSpec): Reset {
  return from.kind === 'latest' || from.kind === 'timestamp' ? 'latest' : 'earliest'
}
