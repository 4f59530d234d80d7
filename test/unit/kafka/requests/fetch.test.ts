import { describe, expect, test } from '@jest/globals'
import { fetchApi as api } from '../../../../src/kafka/requests/fetch.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

const OFFSET = 9007199254740993n

describe.each(versionsOf(api))('Fetch v%i', (version) => {
  test('request', () => {
    const args = {
      maxWait: 500,
      minBytes: 1,
      maxBytes: 16 << 20,
      isolation: 1 as const,
      topics: [{ topic: 'orders', partitions: [{ partition: 2, leaderEpoch: 5, offset: OFFSET, maxBytes: 4 << 20 }] }]
    }
    expect(ourRequest(api, args, version)).toBe(kafkasRequest(api, version))
  })

  test('response', () => {
    const { bytes, partitions, ...rest } = read(api, version)
    expect(rest).toEqual({ throttle: 9, errorCode: 0 })
    const [full, failed] = partitions
    expect(full).toMatchObject({
      topic: 'orders',
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
