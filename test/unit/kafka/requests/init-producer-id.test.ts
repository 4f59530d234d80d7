import { describe, expect, test } from '@jest/globals'
import { initProducerIdApi as api } from '../../../../src/kafka/requests/init-producer-id.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('InitProducerId v%i', (version) => {
  test('request', () => {
    const args = { transactionalId: null, transactionTimeout: 60_000, producerId: 4000000000n, producerEpoch: 2 }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({ throttle: 9, errorCode: 0, producerId: 4000000000n, producerEpoch: 3 })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
