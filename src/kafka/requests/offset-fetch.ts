/**
 * OffsetFetch: the offsets that groups have committed, in all partitions.
 * https://kafka.apache.org/protocol#The_Messages_OffsetFetch
 *
 * Version 8 takes many groups at once (KIP-709, brokers from 3.0), earlier ones a single group: two descriptions.
 *
 * OffsetFetch Request (8) => [groups] require_stable TAG_BUFFER
 *   groups => group_id [topics] TAG_BUFFER
 * OffsetFetch Response (8) => throttle_time_ms [groups] TAG_BUFFER
 *   groups => group_id [topics] error_code TAG_BUFFER
 *     topics => name [partitions] TAG_BUFFER
 *       partitions => partition_index committed_offset committed_leader_epoch metadata error_code TAG_BUFFER
 *
 * OffsetFetch Request (2-7) => group_id [topics] require_stable (7) TAG_BUFFER (6+)
 * OffsetFetch Response (2-7) => throttle_time_ms (3+) [topics] error_code TAG_BUFFER (6+)
 *   topics, partitions => as above, committed_leader_epoch (5+)
 */
import type { Reader } from '../reader.js'
import type { Api } from '../request.js'

export interface OffsetFetchArgs {
  /** Group ids; `offsetFetchOneApi` looks at the first only. */
  groups: readonly string[]
  /** Answer UNSTABLE_OFFSET_COMMIT for partitions with an offset in an open transaction (from version 7, KIP-447). */
  requireStable: boolean
}

export interface OffsetFetchResult {
  throttle: number
  groups: FetchedGroup[]
}

export interface FetchedGroup {
  /** Empty in the answer of `offsetFetchOneApi`. */
  group: string
  errorCode: number
  partitions: CommittedOffset[]
}

export interface CommittedOffset {
  topic: string
  partition: number
  /** The next offset to read; -1: none. */
  offset: bigint
  /** -1: unknown. */
  leaderEpoch: number
  metadata: string | null
  errorCode: number
}

/** Instead of topics: all that have a committed offset. */
const ALL_TOPICS = null

export const offsetFetchApi: Api<OffsetFetchArgs, OffsetFetchResult> = {
  key: 9,
  name: 'OffsetFetch',
  versions: [8, 8],
  flexibleFrom: 6,

  encode({ groups, requireStable }, to) {
    to.array(groups, (group) => to.string(group).array(ALL_TOPICS, noTopic).tags())
    to.boolean(requireStable).tags()
  },

  decode: (from) => ({
    throttle: from.int32(),
    groups: from.array(() => {
      const group = { group: from.string(), partitions: readTopics(from, true), errorCode: from.int16() }
      from.tags()
      return group
    })
  })
}

export const offsetFetchOneApi: Api<OffsetFetchArgs, OffsetFetchResult> = {
  key: 9,
  name: 'OffsetFetch',
  versions: [2, 7],
  flexibleFrom: 6,

  encode({ groups, requireStable }, to, version) {
    to.string(groups[0]!).array(ALL_TOPICS, noTopic)
    if (version >= 7) to.boolean(requireStable)
    to.tags()
  },

  decode: (from, version) => ({
    throttle: version >= 3 ? from.int32() : 0,
    groups: [{ group: '', partitions: readTopics(from, version >= 5), errorCode: from.int16() }]
  })
}

function noTopic(): void {}

function readTopics(from: Reader, withEpoch: boolean): CommittedOffset[] {
  const offsets: CommittedOffset[] = []
  from.array(() => {
    const topic = from.string()
    from.array(() => {
      offsets.push({
        topic,
        partition: from.int32(),
        offset: from.int64(),
        leaderEpoch: withEpoch ? from.int32() : -1,
        metadata: from.nullableString(),
        errorCode: from.int16()
      })
      from.tags()
    })
    from.tags()
  })
  return offsets
}
