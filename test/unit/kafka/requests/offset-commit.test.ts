import { describe, expect, test } from '@jest/globals'
import { offsetCommitApi as api } from '../../../../src/kafka/requests/offset-commit.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('OffsetCommit v%i', (version) => {
  test('request', () => {
    const topics = [{ topic: 'orders', partitions: [{ partition: 2, offset: 9007199254740993n }] }]
    const args = { group: 'g1', generation: 5, memberId: 'm1', instanceId: 'i1', topics }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: version >= 3 ? 9 : 0,
      partitions: [
        { topic: 'orders', partition: 2, errorCode: 0 },
        { topic: 'orders', partition: 3, errorCode: 25 }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
