/**
 * DescribeCluster: here only for what we may do with the cluster as a whole (KIP-430, KIP-700).
 * https://kafka.apache.org/protocol#The_Messages_DescribeCluster
 *
 * DescribeCluster Request => include_cluster_authorized_operations TAG_BUFFER
 * DescribeCluster Response => throttle_time_ms error_code error_message cluster_id controller_id [brokers]
 *                             cluster_authorized_operations TAG_BUFFER
 *   brokers => broker_id host port rack TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface DescribeClusterResult {
  throttle: number
  errorCode: number
  errorMessage: string | null
  /** A bit for each operation, by its code; 0 for those who may not Describe the cluster. */
  operations: number
}

export const describeClusterApi: Api<null, DescribeClusterResult> = {
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 0],
  since: '2.8',
  flexibleFrom: 0,

  encode(_, to) {
    to.boolean(true).tags()
  },

  decode(from) {
    const throttle = from.int32()
    const errorCode = from.int16()
    const errorMessage = from.nullableString()
    from.nullableString()
    from.int32()
    from.array(() => {
      const broker = [from.int32(), from.string(), from.int32(), from.nullableString()]
      from.tags()
      return broker
    })
    return { throttle, errorCode, errorMessage, operations: from.int32() }
  }
}
