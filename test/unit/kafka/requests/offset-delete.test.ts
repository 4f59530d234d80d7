import { describe, expect, test } from '@jest/globals'
import { offsetDeleteApi as api } from '../../../../src/kafka/requests/offset-delete.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('OffsetDelete v%i', (version) => {
  test('request', () => {
    const topics = [{ topic: 'orders', partitions: [2, 3] }]
    expect(ourRequest(api, { group: 'g1', topics }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: 9,
      errorCode: 0,
      partitions: [
        { topic: 'orders', partition: 2, errorCode: 0 },
        { topic: 'orders', partition: 3, errorCode: 86 }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
