/**
 * When the next record of each of many positions was written: one small fetch to a leader for all of its partitions, and
 * again for those that it left out. A broker cuts no batch that comes first, so every round answers at least one.
 */
import { FailedError } from '../errors.js'
import { BatchRecords } from '../records/batch-reader.js'
import { KafkaError } from './errors.js'
import type { Isolation } from './log-offsets.js'
import type { Metadata } from './metadata.js'
import { type FetchResult, type FetchedRecords, fetchApi } from './requests/fetch.js'
import { type TopicPartition, keyOf } from './topic-partition.js'
import type { Wire } from './wire.js'

/** Bytes of a partition: enough for small batches at first, then for any batch that a topic takes by default. */
const FEW_BYTES = 16 << 10
const MANY_BYTES = 2 << 20
/** Bytes of a response. */
const MAX_BYTES = 8 << 20

export interface Position extends TopicPartition {
  /** The next record is the first one here or later … */
  offset: bigint
  /** … and before this offset. */
  end: bigint
}

/** Milliseconds since the epoch. `none`: nothing but markers, gaps and hidden records is left. null: not known. */
export type RecordTime = number | 'none' | null

export interface RecordTimesOptions {
  /** Under `committed`, records of aborted transactions are no next records. */
  isolation: Isolation
  /** Milliseconds after which what is still open is not known. */
  deadline: number
  signal?: AbortSignal | undefined
}

interface Seek extends Position {
  time: RecordTime
}

/** The open seeks of a partition, by offset. */
interface Queue extends TopicPartition {
  seeks: Seek[]
}

/** The time of the next record of each position, in their order. Trouble with a partition or a leader makes it null. */
export async function recordTimes(
  wire: Wire,
  metadata: Metadata,
  positions: readonly Position[],
  options: RecordTimesOptions
): Promise<RecordTime[]> {
  const seeks = positions.map((position): Seek => ({ ...position, time: null }))
  const queues = [...Map.groupBy(seeks, keyOf).values()].map(([...some]): Queue => {
    const { topic, partition } = some[0]!
    return { topic, partition, seeks: some.sort((a, b) => (a.offset < b.offset ? -1 : 1)) }
  })
  const byLeader = Map.groupBy(queues, ({ topic, partition }) => metadata.leader(topic, partition)?.nodeId ?? -1)
  byLeader.delete(-1)
  await Promise.all([...byLeader].map(([node, some]) => askLeader(wire, metadata, node, some, options)))
  return seeks.map(({ time }) => time)
}

async function askLeader(
  wire: Wire,
  metadata: Metadata,
  node: number,
  queues: Queue[],
  options: RecordTimesOptions
): Promise<void> {
  const { isolation, signal } = options
  const giveUp = performance.now() + options.deadline
  const open = new Map(queues.map((queue) => [keyOf(queue), queue]))
  for (let maxBytes = FEW_BYTES; open.size > 0 && performance.now() < giveUp; maxBytes = MANY_BYTES) {
    const topics = [...Map.groupBy(open.values(), ({ topic }) => topic)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition, seeks }) => {
        const leaderEpoch = metadata.leader(topic, partition)?.epoch ?? -1
        return { partition, leaderEpoch, offset: seeks[0]!.offset, maxBytes }
      })
    }))
    const args = { maxWait: 0, minBytes: 0, maxBytes: MAX_BYTES, isolation: isolation === 'committed' ? 1 : 0 } as const
    const answer = await wire.call(node, fetchApi, { ...args, topics }, { lane: 'fetch', signal }).catch(noneIfBroken)
    if (answer === null || answer.errorCode !== 0) return
    let served = false
    for (const part of answer.partitions) {
      const queue = open.get(keyOf(part))!
      const isEmpty = part.errorCode === 0 && part.recordsEnd === part.recordsStart
      if (isEmpty) continue
      served = true
      // Who was served goes to the back.
      open.delete(keyOf(part))
      if (part.errorCode === 0) digest(queue, answer, part, isolation)
      if (part.errorCode === 0 && queue.seeks.length > 0) open.set(keyOf(part), queue)
    }
    if (!served && maxBytes === MANY_BYTES) return
  }
}

/** Finds what the records of one response tell; what is not found yet has its offset moved on. */
function digest({ seeks }: Queue, { bytes }: FetchResult, part: FetchedRecords, isolation: Isolation): void {
  const { topic, partition, recordsStart, recordsEnd } = part
  const records = new BatchRecords()
  const aborted = isolation === 'committed' ? part.aborted : null
  for (let seek; (seek = seeks[0]); seeks.shift()) {
    try {
      records.open(topic, partition, bytes, recordsStart, recordsEnd, seek.offset, seek.end, aborted)
      if (records.next()) {
        seek.time = records.timestamp < 0 ? null : records.timestamp
        continue
      }
    } catch (error) {
      if (!(error instanceof FailedError)) throw error
      continue
    }
    if (records.position < seek.end) {
      seek.offset = records.position
      return
    }
    seek.time = 'none'
  }
}

function noneIfBroken(error: unknown): null {
  if (error instanceof KafkaError) return null
  throw error
}
