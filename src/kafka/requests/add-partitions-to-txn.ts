/**
 * AddPartitionsToTxn: tells the coordinator where a transaction is about to write, which begins it when it is the first.
 * https://kafka.apache.org/protocol#The_Messages_AddPartitionsToTxn (from 4 on it is what brokers ask each other, KIP-890)
 *
 * AddPartitionsToTxn Request => transactional_id producer_id producer_epoch [topics] TAG_BUFFER
 *   topics => name [partitions] TAG_BUFFER
 *
 * AddPartitionsToTxn Response => throttle_time_ms [results_by_topic] TAG_BUFFER
 *   results_by_topic => name [results_by_partition] TAG_BUFFER
 *     results_by_partition => partition_index partition_error_code TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface AddPartitionsToTxnArgs {
  transactionalId: string
  producerId: bigint
  producerEpoch: number
  topics: readonly { topic: string; partitions: readonly number[] }[]
}

export interface AddPartitionsToTxnResult {
  throttle: number
  /** What is wrong with the whole stands at each of them; what is wrong with one keeps all others from being added. */
  partitions: { topic: string; partition: number; errorCode: number }[]
}

export const addPartitionsToTxnApi: Api<AddPartitionsToTxnArgs, AddPartitionsToTxnResult> = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 3],
  flexibleFrom: 3,

  encode({ transactionalId, producerId, producerEpoch, topics }, to) {
    to.string(transactionalId).int64(producerId).int16(producerEpoch)
    to.array(topics, ({ topic, partitions }) => {
      to.string(topic)
        .array(partitions, (partition) => to.int32(partition))
        .tags()
    })
    to.tags()
  },

  decode(from) {
    const throttle = from.int32()
    const partitions: AddPartitionsToTxnResult['partitions'] = []
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
