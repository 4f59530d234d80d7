import { describe, expect, test } from '@jest/globals'
import { listOffsetsApi as api } from '../../../../src/kafka/requests/list-offsets.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('ListOffsets v%i', (version) => {
  test('request', () => {
    const partitions = [{ partition: 3, leaderEpoch: 4, timestamp: 1700000000000n }]
    const args = { isolation: 1 as const, topics: [{ topic: 'orders', partitions }] }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const topic = 'orders'
    expect(read(api, version)).toEqual({
      throttle: 9,
      partitions: [
        {
          topic,
          partition: 3,
          errorCode: 0,
          timestamp: 1700000000001n,
          offset: 9007199254740993n,
          leaderEpoch: version >= 4 ? 4 : -1
        },
        { topic, partition: 4, errorCode: 6, timestamp: -1n, offset: -1n, leaderEpoch: -1 }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
