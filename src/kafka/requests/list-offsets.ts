/**
 * ListOffsets: a partition's start, end, or the first offset of a time.
 * https://kafka.apache.org/protocol#The_Messages_ListOffsets
 *
 * ListOffsets Request => replica_id isolation_level [topics] TAG_BUFFER
 *   topics => name [partitions] TAG_BUFFER
 *     partitions => partition_index current_leader_epoch (4+) timestamp TAG_BUFFER
 *
 * ListOffsets Response => throttle_time_ms [topics] TAG_BUFFER
 *   topics => name [partitions] TAG_BUFFER
 *     partitions => partition_index error_code timestamp offset leader_epoch (4+) TAG_BUFFER
 */
import type { Api } from '../request.js'

/** Instead of a time. */
export const LOG_START = -2n
export const LOG_END = -1n
/** The record with the largest timestamp (version 7, KIP-734). */
export const MAX_TIMESTAMP = -3n

export interface ListOffsetsArgs {
  /** With 1 the end is the last stable offset, with 0 the high watermark. */
  isolation: 0 | 1
  topics: readonly { topic: string; partitions: readonly ListOffsetsPartition[] }[]
}

export interface ListOffsetsPartition {
  partition: number
  /** -1: unknown. */
  leaderEpoch: number
  /** Milliseconds since the epoch, or one of the constants above. */
  timestamp: bigint
}

export interface ListOffsetsResult {
  throttle: number
  partitions: ListedOffset[]
}

export interface ListedOffset {
  topic: string
  partition: number
  errorCode: number
  /** Of the record found; -1 for the start or the end. */
  timestamp: bigint
  /** -1: no record of this time or later. */
  offset: bigint
  leaderEpoch: number
}

export const listOffsetsApi: Api<ListOffsetsArgs, ListOffsetsResult> = {
  key: 2,
  name: 'ListOffsets',
  versions: [2, 7],
  flexibleFrom: 6,

  encode({ isolation, topics }, to, version) {
    to.int32(-1).int8(isolation)
    to.array(topics, ({ topic, partitions }) => {
      to.string(topic).array(partitions, ({ partition, leaderEpoch, timestamp }) => {
        to.int32(partition)
        if (version >= 4) to.int32(leaderEpoch)
        to.int64(timestamp).tags()
      })
      to.tags()
    })
    to.tags()
  },

  decode(from, version) {
    const throttle = from.int32()
    const partitions: ListedOffset[] = []
    from.array(() => {
      const topic = from.string()
      from.array(() => {
        partitions.push({
          topic,
          partition: from.int32(),
          errorCode: from.int16(),
          timestamp: from.int64(),
          offset: from.int64(),
          leaderEpoch: version >= 4 ? from.int32() : -1
        })
        from.tags()
      })
      from.tags()
    })
    return { throttle, partitions }
  }
}
