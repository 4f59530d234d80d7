import { describe, expect, test } from '@jest/globals'
import { describeTransactionsApi as api } from '../../../../src/kafka/requests/describe-transactions.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('DescribeTransactions v%i', (version) => {
  test('request', () => {
    expect(ourRequest(api, { transactionalIds: ['tx', 'ty'] }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: 9,
      transactions: [
        { errorCode: 0, transactionalId: 'tx', state: 'Ongoing', producerId: 4000000000n, producerEpoch: 2 },
        { errorCode: 105, transactionalId: 'ty', state: '', producerId: 0n, producerEpoch: 0 }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
