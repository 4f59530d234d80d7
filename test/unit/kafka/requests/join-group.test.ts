import { describe, expect, test } from '@jest/globals'
import { KafkaError } from '../../../../src/kafka/errors.js'
import { type JoinGroupArgs, joinGroupApi as api } from '../../../../src/kafka/requests/join-group.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

const args: JoinGroupArgs = {
  group: 'g1',
  sessionTimeout: 45_000,
  rebalanceTimeout: 300_000,
  memberId: 'm1',
  instanceId: 'i1',
  protocolType: 'consumer',
  protocols: [
    { name: 'range', metadata: Buffer.of(1, 2, 3) },
    { name: 'roundrobin', metadata: Buffer.alloc(0) }
  ]
}

describe.each(versionsOf(api))('JoinGroup v%i', (version) => {
  test('request', () => {
    const instanceId = version >= 5 ? 'i1' : null
    expect(ourRequest(api, { ...args, instanceId }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const instanceId = version >= 5 ? 'i1' : null
    expect(read(api, version)).toEqual({
      throttle: 9,
      errorCode: 0,
      generation: 5,
      protocol: 'range',
      leader: 'm1',
      skipAssignment: version >= 9,
      memberId: 'm1',
      members: [
        { memberId: 'm1', instanceId, metadata: Buffer.of(1, 2, 3) },
        { memberId: 'm2', instanceId: null, metadata: Buffer.alloc(0) }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})

test('a static member is not made a dynamic one', () => {
  expect(() => ourRequest(api, args, 4)).toThrow(KafkaError)
})
