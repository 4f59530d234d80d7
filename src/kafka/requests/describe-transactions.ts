/**
 * DescribeTransactions: what coordinators know of transactional ids (KIP-664).
 * https://kafka.apache.org/protocol#The_Messages_DescribeTransactions
 *
 * DescribeTransactions Request => [transactional_ids] TAG_BUFFER
 * DescribeTransactions Response => throttle_time_ms [transaction_states] TAG_BUFFER
 *   transaction_states => error_code transactional_id transaction_state transaction_timeout_ms transaction_start_time_ms
 *                         producer_id producer_epoch [topics] TAG_BUFFER
 *     topics => topic [partitions] TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface DescribeTransactionsArgs {
  transactionalIds: readonly string[]
}

export interface DescribeTransactionsResult {
  throttle: number
  transactions: DescribedTransaction[]
}

export interface DescribedTransaction {
  errorCode: number
  transactionalId: string
  /** `Empty` from InitProducerId until the first partition is added; then Ongoing, PrepareCommit, CompleteCommit, …. */
  state: string
  producerId: bigint
  producerEpoch: number
}

export const describeTransactionsApi: Api<DescribeTransactionsArgs, DescribeTransactionsResult> = {
  key: 65,
  name: 'DescribeTransactions',
  versions: [0, 0],
  since: '3.0',
  flexibleFrom: 0,

  encode({ transactionalIds }, to) {
    to.array(transactionalIds, (id) => to.string(id)).tags()
  },

  decode: (from) => ({
    throttle: from.int32(),
    transactions: from.array(() => {
      const [errorCode, transactionalId, state] = [from.int16(), from.string(), from.string()]
      from.int32()
      from.int64()
      const transaction = { errorCode, transactionalId, state, producerId: from.int64(), producerEpoch: from.int16() }
      from.array(() => {
        from.string()
        from.array(() => from.int32())
        from.tags()
      })
      from.tags()
      return transaction
    })
  })
}
