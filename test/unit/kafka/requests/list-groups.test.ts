import { describe, expect, test } from '@jest/globals'
import { listGroupsApi as api } from '../../../../src/kafka/requests/list-groups.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

describe.each(versionsOf(api))('ListGroups v%i', (version) => {
  test('request', () => {
    const args = { states: ['Stable', 'Empty'], types: ['consumer'] }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const since4 = (state: string): string | null => (version >= 4 ? state : null)
    const since5 = (type: string): string | null => (version >= 5 ? type : null)
    expect(read(api, version)).toEqual({
      throttle: version >= 1 ? 9 : 0,
      errorCode: 14,
      groups: [
        { group: 'g1', protocolType: 'consumer', state: since4('Stable'), type: since5('Consumer') },
        { group: 'g2', protocolType: '', state: since4('Empty'), type: since5('Classic') }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})
