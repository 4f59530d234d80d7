import { describe, expect, test } from '@jest/globals'
import { describeGroupsApi as api } from '../../../../src/kafka/requests/describe-groups.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('DescribeGroups v%i', (version) => {
  test('request', () => {
    expect(ourRequest(api, { groups: ['g1', 'g2'] }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const instanceId = version >= 4 ? 'i1' : null
    const assignment = Buffer.of(3, 4, 5)
    expect(read(api, version)).toEqual({
      throttle: version >= 1 ? 9 : 0,
      groups: [
        {
          group: 'g1',
          errorCode: 0,
          errorMessage: null,
          state: 'Stable',
          protocolType: 'consumer',
          protocol: 'range',
          members: [
            { memberId: 'm1', instanceId, clientId: 'c1', host: '/127.0.0.1', assignment },
            { memberId: 'm2', instanceId: null, clientId: 'c2', host: '/::1', assignment: Buffer.alloc(0) }
          ]
        },
        {
          group: 'g2',
          errorCode: 69,
          errorMessage: version >= 6 ? 'not here' : null,
          state: 'Dead',
          protocolType: '',
          protocol: '',
          members: []
        }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
