/**
 * EndTxn: commits or aborts what a producer id has open. https://kafka.apache.org/protocol#The_Messages_EndTxn
 * (5 also answers with the producer's next epoch, KIP-890; here every transaction begins with one of its own anyway)
 *
 * EndTxn Request => transactional_id producer_id producer_epoch committed TAG_BUFFER
 * EndTxn Response => throttle_time_ms error_code TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface EndTxnArgs {
  transactionalId: string
  producerId: bigint
  producerEpoch: number
  /** False: aborted. */
  committed: boolean
}

export interface EndTxnResult {
  throttle: number
  errorCode: number
}

export const endTxnApi: Api<EndTxnArgs, EndTxnResult> = {
  key: 26,
  name: 'EndTxn',
  versions: [0, 4],
  flexibleFrom: 3,

  encode({ transactionalId, producerId, producerEpoch, committed }, to) {
    to.string(transactionalId).int64(producerId).int16(producerEpoch).boolean(committed).tags()
  },

  decode: (from) => ({ throttle: from.int32(), errorCode: from.int16() })
}
