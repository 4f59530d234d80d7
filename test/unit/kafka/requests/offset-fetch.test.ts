import { describe, expect, test } from '@jest/globals'
import { offsetFetchApi, offsetFetchOneApi } from '../../../../src/kafka/requests/offset-fetch.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

const committed = {
  topic: 'orders',
  partition: 2,
  offset: 9007199254740993n,
  leaderEpoch: 4,
  metadata: 'note',
  errorCode: 0
}

describe.each(versionsOf(offsetFetchOneApi))('OffsetFetch v%i', (version) => {
  test('one group', () => {
    const args = { groups: ['g1'], requireStable: true }
    expect(ourRequest(offsetFetchOneApi, args, version)).toBe(kafkasRequest(offsetFetchOneApi, version))
    const partitions = [{ ...committed, leaderEpoch: version >= 5 ? 4 : -1 }]
    expect(read(offsetFetchOneApi, version)).toEqual({
      throttle: version >= 3 ? 9 : 0,
      groups: [{ group: '', errorCode: 0, partitions }]
    })
    expect(refusesCutResponses(offsetFetchOneApi, version)).toBe(true)
  })
})

describe.each(versionsOf(offsetFetchApi))('OffsetFetch v%i', (version) => {
  test('many groups', () => {
    const args = { groups: ['g1', 'g2'], requireStable: true }
    expect(ourRequest(offsetFetchApi, args, version)).toBe(kafkasRequest(offsetFetchApi, version))
    expect(read(offsetFetchApi, version)).toEqual({
      throttle: 9,
      groups: [
        { group: 'g1', errorCode: 0, partitions: [committed] },
        { group: 'g2', errorCode: 30, partitions: [] }
      ]
    })
    expect(refusesCutResponses(offsetFetchApi, version)).toBe(true)
  })
})
