import { describe, expect, test } from '@jest/globals'
import { addPartitionsToTxnApi as api } from '../../../../src/kafka/requests/add-partitions-to-txn.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('AddPartitionsToTxn v%i', (version) => {
  test('request', () => {
    const topics = [{ topic: 'orders', partitions: [2, 3] }]
    const args = { transactionalId: 'tx', producerId: 4000000000n, producerEpoch: 2, topics }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: 9,
      partitions: [
        { topic: 'orders', partition: 2, errorCode: 55 },
        { topic: 'orders', partition: 3, errorCode: 29 }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
