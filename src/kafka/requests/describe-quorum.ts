/**
 * DescribeQuorum: who leads the controllers, and what its clock says.
 * https://kafka.apache.org/protocol#The_Messages_DescribeQuorum
 *
 * DescribeQuorum Request => [topics] TAG_BUFFER
 *   topics => topic_name [partitions] TAG_BUFFER
 *     partitions => partition_index TAG_BUFFER
 *
 * DescribeQuorum Response => error_code [topics] TAG_BUFFER
 *   topics => topic_name [partitions] TAG_BUFFER
 *     partitions => partition_index error_code leader_id leader_epoch high_watermark [current_voters] [observers] TAG_BUFFER
 *       current_voters, observers => replica_id log_end_offset last_fetch_timestamp (1+) last_caught_up_timestamp (1+)
 *                                    TAG_BUFFER
 */
import type { Reader } from '../reader.js'
import type { Api } from '../request.js'

export interface DescribeQuorumResult {
  errorCode: number
  /** -1: none at the moment. */
  leader: number
  /** The leader's clock as it answered, ms since the epoch (KIP-836); null before version 1. */
  leaderTime: number | null
}

interface Replica {
  id: number
  lastCaughtUp: bigint
}

export const describeQuorumApi: Api<null, DescribeQuorumResult> = {
  key: 55,
  name: 'DescribeQuorum',
  versions: [0, 1],
  since: '3.3, without ZooKeeper,',
  flexibleFrom: 0,

  encode(_, to) {
    to.array(['__cluster_metadata'], (topic) => {
      to.string(topic)
        .array([0], (partition) => to.int32(partition).tags())
        .tags()
    }).tags()
  },

  decode(from, version) {
    const errorCode = from.int16()
    const partitions = from.array(() => {
      from.string()
      const [partition] = from.array(() => readPartition(from, version))
      from.tags()
      return partition
    })
    return errorCode === 0 && partitions[0] ? partitions[0] : { errorCode, leader: -1, leaderTime: null }
  }
}

function readPartition(from: Reader, version: number): DescribeQuorumResult {
  from.int32()
  const errorCode = from.int16()
  const leader = from.int32()
  from.int32()
  from.int64()
  const replica = (): Replica => {
    const id = from.int32()
    from.int64()
    if (version >= 1) from.int64()
    const lastCaughtUp = version >= 1 ? from.int64() : -1n
    from.tags()
    return { id, lastCaughtUp }
  }
  const voters = from.array(replica)
  from.array(replica)
  from.tags()
  const time = Number(voters.find(({ id }) => id === leader)?.lastCaughtUp ?? -1n)
  return { errorCode, leader, leaderTime: time > 0 ? time : null }
}
