/**
 * Fetch: record batches of many partitions of one broker, without a fetch session.
 * https://kafka.apache.org/protocol#The_Messages_Fetch
 *
 * Fetch Request => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id (7+) session_epoch (7+)
 *                  [topics] [forgotten_topics_data] (7+) rack_id (11+) TAG_BUFFER
 *   topics => topic (-12) topic_id (13+) [partitions] TAG_BUFFER
 *     partitions => partition current_leader_epoch (9+) fetch_offset last_fetched_epoch (12+) log_start_offset (5+)
 *                   partition_max_bytes TAG_BUFFER
 *   forgotten_topics_data => topic (-12) topic_id (13+) [partitions] TAG_BUFFER
 *
 * Fetch Response => throttle_time_ms error_code (7+) session_id (7+) [responses] TAG_BUFFER
 *   responses => topic (-12) topic_id (13+) [partitions] TAG_BUFFER
 *     partitions => partition_index error_code high_watermark last_stable_offset log_start_offset (5+)
 *                   [aborted_transactions] preferred_read_replica (11+) records TAG_BUFFER
 *       aborted_transactions => producer_id first_offset TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface FetchArgs {
  /** Milliseconds the broker may wait for `minBytes`. */
  maxWait: number
  minBytes: number
  maxBytes: number
  /** 0: all records; 1: up to the last stable offset, with the aborted transactions. */
  isolation: 0 | 1
  topics: readonly FetchTopic[]
}

export interface FetchTopic {
  topic: string
  /** Then a topic that was created anew under this name is another one to the broker (KIP-516). */
  topicId?: string | null
  partitions: readonly FetchPartition[]
}

export interface FetchPartition {
  partition: number
  /** -1: unknown. Otherwise a leader of another epoch answers FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH (KIP-320). */
  leaderEpoch: number
  offset: bigint
  maxBytes: number
}

export interface FetchResult {
  throttle: number
  errorCode: number
  /** The whole response: the partitions' records are ranges of it. */
  bytes: Buffer
  partitions: FetchedRecords[]
}

export interface FetchedRecords {
  /** Empty where the broker names the id. */
  topic: string
  topicId: string | null
  partition: number
  errorCode: number
  highWatermark: bigint
  lastStableOffset: bigint
  /** -1 before version 5. */
  logStartOffset: bigint
  aborted: { producerId: bigint; firstOffset: bigint }[]
  recordsStart: number
  recordsEnd: number
}

const NO_SESSION = 0
const FINAL_EPOCH = -1

export const fetchApi: Api<FetchArgs, FetchResult> = {
  key: 1,
  name: 'Fetch',
  versions: [4, 13],
  flexibleFrom: 12,

  highest: ({ topics }) => (topics.every(({ topicId }) => topicId) ? 13 : 12),

  encode({ maxWait, minBytes, maxBytes, isolation, topics }, to, version) {
    to.int32(-1).int32(maxWait).int32(minBytes).int32(maxBytes).int8(isolation)
    if (version >= 7) to.int32(NO_SESSION).int32(FINAL_EPOCH)
    to.array(topics, ({ topic, topicId, partitions }) => {
      if (version >= 13) to.raw(Buffer.from(topicId!, 'hex'))
      else to.string(topic)
      to.array(partitions, ({ partition, leaderEpoch, offset, maxBytes: partitionBytes }) => {
        to.int32(partition)
        if (version >= 9) to.int32(leaderEpoch)
        to.int64(offset)
        if (version >= 12) to.int32(-1)
        if (version >= 5) to.int64(-1n)
        to.int32(partitionBytes).tags()
      }).tags()
    })
    if (version >= 7) to.array([], () => undefined)
    if (version >= 11) to.string('')
    to.tags()
  },

  decode(from, version) {
    const throttle = from.int32()
    const errorCode = version >= 7 ? from.int16() : 0
    if (version >= 7) from.int32()
    const partitions: FetchedRecords[] = []
    from.array(() => {
      const topic = version >= 13 ? '' : from.string()
      const topicId = version >= 13 ? from.uuid() : null
      from.array(() => {
        const fetched = {
          ...{ topic, topicId },
          partition: from.int32(),
          errorCode: from.int16(),
          highWatermark: from.int64(),
          lastStableOffset: from.int64(),
          logStartOffset: version >= 5 ? from.int64() : -1n,
          aborted: from.array(() => {
            const transaction = { producerId: from.int64(), firstOffset: from.int64() }
            from.tags()
            return transaction
          })
        }
        if (version >= 11) from.int32()
        partitions.push({ ...fetched, recordsStart: from.range(), recordsEnd: from.at })
        from.tags()
      })
      from.tags()
    })
    return { throttle, errorCode, bytes: from.bytes, partitions }
  }
}
