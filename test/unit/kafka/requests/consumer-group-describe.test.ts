import { describe, expect, test } from '@jest/globals'
import { consumerGroupDescribeApi as api } from '../../../../src/kafka/requests/consumer-group-describe.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('ConsumerGroupDescribe v%i', (version) => {
  test('request', () => {
    expect(ourRequest(api, { groups: ['g1', 'g2'] }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const partitions = [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 2 },
      { topic: 'audit', partition: 1 }
    ]
    expect(read(api, version)).toEqual({
      throttle: 9,
      groups: [
        {
          group: 'g1',
          errorCode: 0,
          errorMessage: null,
          state: 'Reconciling',
          assignor: 'uniform',
          members: [{ memberId: 'm1', instanceId: 'i1', clientId: 'c1', host: '/127.0.0.1', partitions }]
        },
        { group: 'g2', errorCode: 69, errorMessage: 'not here', state: '', assignor: '', members: [] }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
