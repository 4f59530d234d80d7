/**
 * Produce: record batches for partitions that one broker leads. https://kafka.apache.org/protocol#The_Messages_Produce
 * (7 is the first version that takes zstd, KIP-110; 8 the last one that is not flexible)
 *
 * Produce Request => transactional_id acks timeout_ms [topic_data]
 *   topic_data => name [partition_data]
 *     partition_data => index records
 *
 * Produce Response => [responses] throttle_time_ms
 *   responses => name [partition_responses]
 *     partition_responses => index error_code base_offset log_append_time_ms log_start_offset (5+)
 *                            [record_errors] (8+) error_message (8+)
 *       record_errors => batch_index batch_index_error_message
 */
import { codecOf } from '../../records/batch-header.js'
import { Code } from '../error-codes.js'
import { type KafkaError, kafkaError } from '../errors.js'
import type { Api } from '../request.js'

export interface ProduceArgs {
  transactionalId: string | null
  /** -1: all in-sync replicas, 1: the leader, 0: none, and there is no answer at all. */
  acks: -1 | 0 | 1
  /** Milliseconds the broker may wait for its replicas. */
  timeout: number
  topics: readonly { topic: string; partitions: readonly { partition: number; batch: Buffer }[] }[]
}

export interface ProduceResult {
  throttle: number
  /** Empty with acks=0. */
  partitions: ProducedPartition[]
}

export interface ProducedPartition {
  topic: string
  partition: number
  errorCode: number
  /** Offset of the batch's first record; -1 with an error. */
  baseOffset: bigint
  /** Milliseconds since the epoch; -1 unless the topic uses log-append time. */
  logAppendTime: bigint
  errorMessage: string | null
  /** Records of the batch that the broker objects to, by their index in it (KIP-467). */
  recordErrors: { index: number; message: string | null }[]
}

/** The first version in which the broker expects it; an older one would have no clear answer. */
const ZSTD = 7

function zstdNeeds21(topic: string, partition: number): KafkaError {
  const advice = 'this needs Kafka 2.1 or newer: choose another compression'
  return kafkaError(Code.UNSUPPORTED_COMPRESSION_TYPE, { topic, partition, detail: 'zstd', advice })
}

export const produceApi: Api<ProduceArgs, ProduceResult> = {
  key: 0,
  name: 'Produce',
  versions: [3, 8],

  answered: ({ acks }) => acks !== 0,

  encode({ transactionalId, acks, timeout, topics }, to, version) {
    to.string(transactionalId).int16(acks).int32(timeout)
    to.array(topics, ({ topic, partitions }) => {
      to.string(topic).array(partitions, ({ partition, batch }) => {
        if (version < ZSTD && codecOf(batch) === 'zstd') throw zstdNeeds21(topic, partition)
        to.int32(partition).reference(batch)
      })
    })
  },

  decode(from, version) {
    const partitions: ProducedPartition[] = []
    if (from.bytes.length === 0) return { throttle: 0, partitions }
    from.array(() => {
      const topic = from.string()
      from.array(() => {
        const produced = {
          topic,
          partition: from.int32(),
          errorCode: from.int16(),
          baseOffset: from.int64(),
          logAppendTime: from.int64()
        }
        if (version >= 5) from.int64()
        const recordErrors =
          version >= 8 ? from.array(() => ({ index: from.int32(), message: from.nullableString() })) : []
        partitions.push({ ...produced, recordErrors, errorMessage: version >= 8 ? from.nullableString() : null })
      })
    })
    return { throttle: from.int32(), partitions }
  }
}
