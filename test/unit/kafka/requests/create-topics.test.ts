import { describe, expect, test } from '@jest/globals'
import { createTopicsApi as api } from '../../../../src/kafka/requests/create-topics.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('CreateTopics v%i', (version) => {
  test('request', () => {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    const request = (replicationFactor: number): string => {
      const topics = [{ name: 'orders', partitions: 4, replicationFactor, configs }]
      return ourRequest(api, { topics, timeout: 30_000 }, version)
    }
    const expected = kafkasRequest(api, version)
    expect(request(3)).toBe(expected.replace('00000004ffff', '000000040003'))
    if (version >= 4) expect(request(-1)).toBe(expected)
    else expect(() => request(-1)).toThrow(/^topic "orders": .*UNSUPPORTED_VERSION/)
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: 9,
      topics: [{ name: 'orders', errorCode: 36, errorMessage: 'it exists' }]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
