import { describe, expect, test } from '@jest/globals'
import { fetchApi as api } from '../../../../src/kafka/requests/fetch.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

const OFFSET = 9007199254740993n
const ID = '0102030405060708090a0b0c0d0e0f10'

describe.each(versionsOf(api))('Fetch v%i', (version) => {
  test('request', () => {
    const partitions = [{ partition: 2, leaderEpoch: 5, offset: OFFSET, maxBytes: 4 << 20 }]
    const args = {
      maxWait: 500,
      minBytes: 1,
      maxBytes: 16 << 20,
      isolation: 1 as const,
      topics: [{ topic: 'orders', topicId: ID, partitions }]
    }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const { bytes, partitions, ...rest } = read(api, version)
    expect(rest).toEqual({ throttle: 9, errorCode: 0 })
    const [full, failed] = partitions
    expect(full).toMatchObject({
      ...(version >= 13 ? { topic: '', topicId: ID } : { topic: 'orders', topicId: null }),
      partition: 2,
      errorCode: 0,
      highWatermark: 20n,
      lastStableOffset: 15n,
      logStartOffset: version >= 5 ? 3n : -1n,
      aborted: [{ producerId: 4000000000n, firstOffset: 8n }]
    })
    expect(failed).toMatchObject({ partition: 0, errorCode: 1, highWatermark: -1n, aborted: [] })
    expect(failed!.recordsEnd - failed!.recordsStart).toBe(0)
    expect(refusesCutResponses(api, version)).toBe(true)

    // A record batch: base offset, length of what follows, leader epoch, magic 2.
    const { recordsStart, recordsEnd } = full!
    expect(bytes.readBigInt64BE(recordsStart)).toBe(7n)
    expect(bytes.readInt32BE(recordsStart + 8)).toBe(recordsEnd - recordsStart - 12)
    expect(bytes[recordsStart + 16]).toBe(2)
  })
})

test('topics go by their names where the id of one is not known', () => {
  const args = { maxWait: 500, minBytes: 1, maxBytes: 1, isolation: 0 as const }
  const [known, unknown] = [
    { topic: 'a', topicId: ID, partitions: [] },
    { topic: 'b', partitions: [] }
  ]
  expect(api.highest!({ ...args, topics: [known] })).toBe(13)
  expect(api.highest!({ ...args, topics: [known, unknown] })).toBe(12)
})
