import { describe, expect, test } from '@jest/globals'
import { endTxnApi as api } from '../../../../src/kafka/requests/end-txn.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('EndTxn v%i', (version) => {
  test('request', () => {
    const args = { transactionalId: 'tx', producerId: 4000000000n, producerEpoch: 2, committed: true }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({ throttle: 9, errorCode: 48 })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
