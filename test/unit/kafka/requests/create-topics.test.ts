import { describe, expect, test } from '@jest/globals'
import { createTopicsApi as api } from '../../../../src/kafka/requests/create-topics.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('CreateTopics v%i', (version) => {
  test('request', () => {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    const topics = [{ name: 'orders', partitions: 4, replicationFactor: -1, configs }]
    expect(ourRequest(api, { topics, timeout: 30_000 }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: 9,
      topics: [{ name: 'orders', errorCode: 36, errorMessage: 'it exists' }]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
