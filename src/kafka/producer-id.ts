/** The id by which brokers recognise an idempotent producer's batches (KIP-98). */
import { Code } from './error-codes.js'
import { kafkaError } from './errors.js'
import { initProducerIdApi } from './requests/init-producer-id.js'
import { retry } from './retry.js'
import type { Wire } from './wire.js'

/** Milliseconds to go on trying: a cluster that has just started cannot give out ids yet. */
const PATIENCE = 30_000
const KIP_679 = 'ask for an ACL that allows Write on the topic, or, before Kafka 2.8, IdempotentWrite on the cluster'
const FRESH = { producerId: -1n, producerEpoch: -1 }

export interface Producer {
  producerId: bigint
  producerEpoch: number
}

/** A new id for an idempotent producer, from any broker. */
export async function initProducerId(wire: Wire, signal?: AbortSignal): Promise<Producer> {
  const args = { transactionalId: null, transactionTimeout: PATIENCE, ...FRESH }
  return retry(
    async () => {
      const { errorCode, producerId, producerEpoch } = await wire.any(initProducerIdApi, args, { signal })
      if (errorCode === Code.CLUSTER_AUTHORIZATION_FAILED) throw kafkaError(errorCode, { advice: KIP_679 })
      if (errorCode !== 0) throw kafkaError(errorCode)
      return { producerId, producerEpoch }
    },
    { deadline: PATIENCE, signal }
  )
}
