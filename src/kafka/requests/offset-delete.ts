/**
 * OffsetDelete: makes a group forget its offsets in some partitions (KIP-496, brokers from 2.4).
 * https://kafka.apache.org/protocol#The_Messages_OffsetDelete
 *
 * OffsetDelete Request => group_id [topics]
 *   topics => name [partitions]
 *     partitions => partition_index
 *
 * OffsetDelete Response => error_code throttle_time_ms [topics]
 *   topics => name [partitions]
 *     partitions => partition_index error_code
 */
import type { Api } from '../request.js'

export interface OffsetDeleteArgs {
  group: string
  topics: readonly { topic: string; partitions: readonly number[] }[]
}

export interface OffsetDeleteResult {
  throttle: number
  /** Of the whole; then there are no partitions. */
  errorCode: number
  partitions: { topic: string; partition: number; errorCode: number }[]
}

export const offsetDeleteApi: Api<OffsetDeleteArgs, OffsetDeleteResult> = {
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  since: '2.4',

  encode({ group, topics }, to) {
    to.string(group).array(topics, ({ topic, partitions }) =>
      to.string(topic).array(partitions, (partition) => to.int32(partition))
    )
  },

  decode(from) {
    const errorCode = from.int16()
    const throttle = from.int32()
    const partitions: OffsetDeleteResult['partitions'] = []
    from.array(() => {
      const topic = from.string()
      from.array(() => partitions.push({ topic, partition: from.int32(), errorCode: from.int16() }))
    })
    return { throttle, errorCode, partitions }
  }
}
