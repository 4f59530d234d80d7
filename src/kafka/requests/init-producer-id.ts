/**
 * InitProducerId: an id for an idempotent producer, or for a transactional one, whose earlier use is fenced by it.
 * https://kafka.apache.org/protocol#The_Messages_InitProducerId
 *
 * InitProducerId Request => transactional_id transaction_timeout_ms producer_id (3+) producer_epoch (3+) TAG_BUFFER
 * InitProducerId Response => throttle_time_ms error_code producer_id producer_epoch TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface InitProducerIdArgs {
  /** null: an idempotent producer. */
  transactionalId: string | null
  /** Milliseconds after which the broker aborts an open transaction. */
  transactionTimeout: number
  /** -1 and -1, or what the producer has so far, to go on with the next epoch (KIP-360). */
  producerId: bigint
  producerEpoch: number
}

export interface InitProducerIdResult {
  throttle: number
  errorCode: number
  producerId: bigint
  producerEpoch: number
}

export const initProducerIdApi: Api<InitProducerIdArgs, InitProducerIdResult> = {
  key: 22,
  name: 'InitProducerId',
  versions: [0, 4],
  flexibleFrom: 2,

  encode({ transactionalId, transactionTimeout, producerId, producerEpoch }, to, version) {
    to.string(transactionalId).int32(transactionTimeout)
    if (version >= 3) to.int64(producerId).int16(producerEpoch)
    to.tags()
  },

  decode: (from) => ({
    throttle: from.int32(),
    errorCode: from.int16(),
    producerId: from.int64(),
    producerEpoch: from.int16()
  })
}
