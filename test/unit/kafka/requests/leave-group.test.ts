import { describe, expect, test } from '@jest/globals'
import { leaveGroupApi as api } from '../../../../src/kafka/requests/leave-group.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('LeaveGroup v%i', (version) => {
  test('request', () => {
    expect(ourRequest(api, { group: 'g1', memberId: 'm1' }, version)).toBe(kafkasRequest(api, version))
  })

  test("response: the member's error, where it has one of its own", () => {
    expect(read(api, version)).toEqual({ throttle: 9, errorCode: 25 })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
