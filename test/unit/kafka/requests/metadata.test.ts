import { describe, expect, test } from '@jest/globals'
import { metadataApi as api } from '../../../../src/kafka/requests/metadata.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('Metadata v%i', (version) => {
  test('request', () => {
    expect(ourRequest(api, { topics: ['orders', 'größe'] }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: 9,
      brokers: [
        { nodeId: 1, host: 'a.example', port: 9092, rack: 'r1' },
        { nodeId: 7, host: '::1', port: 9093, rack: null }
      ],
      clusterId: 'cluster',
      controllerId: 7,
      topics: [
        {
          errorCode: 0,
          name: 'orders',
          topicId: version >= 10 ? '0102030405060708090a0b0c0d0e0f10' : null,
          internal: true,
          partitions: [
            { errorCode: 0, partition: 1, leader: 7, leaderEpoch: version >= 7 ? 5 : -1, replicas: [7, 1], isr: [7] },
            { errorCode: 5, partition: 0, leader: -1, leaderEpoch: version >= 7 ? 6 : -1, replicas: [1], isr: [] }
          ]
        },
        {
          errorCode: 3,
          name: 'ordrs',
          topicId: null,
          internal: false,
          partitions: []
        }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})

test('null asks for all topics, an empty list for none', () => {
  expect(ourRequest(api, { topics: null }, 4)).toBe('ffffffff00')
  expect(ourRequest(api, { topics: [] }, 4)).toBe('0000000000')
  expect(ourRequest(api, { topics: null }, 12)).toBe('00000000')
  expect(ourRequest(api, { topics: [] }, 12)).toBe('01000000')
})
