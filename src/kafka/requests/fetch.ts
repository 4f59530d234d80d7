/**
 * Fetch: record batches of many partitions of one broker, without a fetch session.
 * https://kafka.apache.org/protocol#The_Messages_Fetch (11 is the last version that is not flexible and names topics)
 *
 * Fetch Request => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id (7+) session_epoch (7+)
 *                  [topics] [forgotten_topics_data] (7+) rack_id (11)
 *   topics => topic [partitions]
 *     partitions => partition current_leader_epoch (9+) fetch_offset log_start_offset (5+) partition_max_bytes
 *   forgotten_topics_data => topic [partitions]
 *
 * Fetch Response => throttle_time_ms error_code (7+) session_id (7+) [responses]
 *   responses => topic [partitions]
 *     partitions => partition_index error_code high_watermark last_stable_offset log_start_offset (5+)
 *                   [aborted_transactions] preferred_read_replica (11) records
 *       aborted_transactions => producer_id first_offset
 */
import type { Api } from '../request.js'

export interface FetchArgs {
  /** Milliseconds the broker may wait for `minBytes`. */
  maxWait: number
  minBytes: number
  maxBytes: number
  /** 0: all records; 1: up to the last stable offset, with the aborted transactions. */
  isolation: 0 | 1
  topics: readonly { topic: string; partitions: readonly FetchPartition[] }[]
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
  topic: string
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
  versions: [4, 11],

  encode({ maxWait, minBytes, maxBytes, isolation, topics }, to, version) {
    to.int32(-1).int32(maxWait).int32(minBytes).int32(maxBytes).int8(isolation)
    if (version >= 7) to.int32(NO_SESSION).int32(FINAL_EPOCH)
    to.array(topics, ({ topic, partitions }) => {
      to.string(topic).array(partitions, ({ partition, leaderEpoch, offset, maxBytes: partitionBytes }) => {
        to.int32(partition)
        if (version >= 9) to.int32(leaderEpoch)
        to.int64(offset)
        if (version >= 5) to.int64(-1n)
        to.int32(partitionBytes)
      })
    })
    if (version >= 7) to.array([], () => undefined)
    if (version >= 11) to.string('')
  },

  decode(from, version) {
    const throttle = from.int32()
    const errorCode = version >= 7 ? from.int16() : 0
    if (version >= 7) from.int32()
    const partitions: FetchedRecords[] = []
    from.array(() => {
      const topic = from.string()
      from.array(() => {
        const fetched = {
          topic,
          partition: from.int32(),
          errorCode: from.int16(),
          highWatermark: from.int64(),
          lastStableOffset: from.int64(),
          logStartOffset: version >= 5 ? from.int64() : -1n,
          aborted: from.array(() => ({ producerId: from.int64(), firstOffset: from.int64() }))
        }
        if (version >= 11) from.int32()
        partitions.push({ ...fetched, recordsStart: from.range(), recordsEnd: from.at })
      })
    })
    return { throttle, errorCode, bytes: from.bytes, partitions }
  }
}
