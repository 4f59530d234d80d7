import { describe, expect, test } from '@jest/globals'
import { syncGroupApi as api } from '../../../../src/kafka/requests/sync-group.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('SyncGroup v%i', (version) => {
  test('request', () => {
    const assignments = [
      { memberId: 'm1', assignment: Buffer.of(1, 2, 3) },
      { memberId: 'm2', assignment: Buffer.alloc(0) }
    ]
    const member = { group: 'g1', generation: 5, memberId: 'm1', instanceId: 'i1' }
    const args = { ...member, protocolType: 'consumer', protocol: 'range', assignments }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({ throttle: 9, errorCode: 27, assignment: Buffer.of(1, 2, 3) })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
