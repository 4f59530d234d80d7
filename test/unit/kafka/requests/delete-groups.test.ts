import { describe, expect, test } from '@jest/globals'
import { deleteGroupsApi as api } from '../../../../src/kafka/requests/delete-groups.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('DeleteGroups v%i', (version) => {
  test('request', () => {
    expect(ourRequest(api, { groups: ['g1', 'g2'] }, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    expect(read(api, version)).toEqual({
      throttle: 9,
      groups: [
        { group: 'g1', errorCode: 0 },
        { group: 'g2', errorCode: 68 }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
