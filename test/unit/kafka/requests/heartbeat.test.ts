import { describe, expect, test } from '@jest/globals'
import { heartbeatApi as api } from '../../../../src/kafka/requests/heartbeat.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('Heartbeat v%i', (version) => {
  test('request', () => {
    const args = { group: 'g1', generation: 5, memberId: 'm1', instanceId: 'i1' }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({ throttle: 9, errorCode: 27 })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
