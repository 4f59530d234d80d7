/**
 * OffsetCommit: sets the offsets from which a group goes on, as one of its members or, while it has none, from outside.
 * https://kafka.apache.org/protocol#The_Messages_OffsetCommit (9 is the first version for groups of KIP-848)
 *
 * OffsetCommit Request => group_id generation_id member_id group_instance_id (7+) retention_time_ms (2-4) [topics] TAG_BUFFER
 *   topics => name [partitions] TAG_BUFFER
 *     partitions => partition_index committed_offset committed_leader_epoch (6+) committed_metadata TAG_BUFFER
 *
 * OffsetCommit Response => throttle_time_ms (3+) [topics] TAG_BUFFER
 *   topics => name [partitions] TAG_BUFFER
 *     partitions => partition_index error_code TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface OffsetCommitArgs {
  group: string
  /** The generation of the member, or its epoch in a group of KIP-848; -1 from outside. */
  generation: number
  /** '' from outside. */
  memberId: string
  instanceId: string | null
  topics: readonly { topic: string; partitions: readonly { partition: number; offset: bigint }[] }[]
}

export interface OffsetCommitResult {
  throttle: number
  partitions: { topic: string; partition: number; errorCode: number }[]
}

/** The broker's setting decides how long an offset is kept. */
const RETENTION_DEFAULT = -1n
const EPOCH_UNKNOWN = -1
const NO_METADATA = ''

export const offsetCommitApi: Api<OffsetCommitArgs, OffsetCommitResult> = {
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 9],
  flexibleFrom: 8,

  encode({ group, generation, memberId, instanceId, topics }, to, version) {
    to.string(group).int32(generation).string(memberId)
    if (version >= 7) to.string(instanceId)
    if (version <= 4) to.int64(RETENTION_DEFAULT)
    to.array(topics, ({ topic, partitions }) => {
      to.string(topic).array(partitions, ({ partition, offset }) => {
        to.int32(partition).int64(offset)
        if (version >= 6) to.int32(EPOCH_UNKNOWN)
        to.string(NO_METADATA).tags()
      })
      to.tags()
    })
    to.tags()
  },

  decode(from, version) {
    const throttle = version >= 3 ? from.int32() : 0
    const partitions: OffsetCommitResult['partitions'] = []
    from.array(() => {
      const topic = from.string()
      from.array(() => {
        partitions.push({ topic, partition: from.int32(), errorCode: from.int16() })
        from.tags()
      })
      from.tags()
    })
    return { throttle, partitions }
  }
}
