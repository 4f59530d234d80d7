import { describe, expect, test } from '@jest/globals'
import { produceApi as api } from '../../../../src/kafka/requests/produce.js'
import { Reader } from '../../../../src/kafka/reader.js'
import { Writer } from '../../../../src/kafka/writer.js'
import { kafkasRequest, ourRequest, read, refusesCutResponses, versionsOf } from './protocol-bytes.js'

const args = (batch: Buffer, acks: -1 | 0 | 1 = -1) => ({
  transactionalId: 'tx',
  acks,
  timeout: 30_000,
  topics: [{ topic: 'orders', partitions: [{ partition: 2, batch }] }]
})

/** The batch is the last field of the last partition. */
const batchOf = (request: string): Buffer => {
  const bytes = Buffer.from(request, 'hex')
  return bytes.subarray(bytes.indexOf('orders') + 'orders'.length + 4 + 4 + 4)
}

describe.each(versionsOf(api))('Produce v%i', (version) => {
  test('request', () => {
    const expected = kafkasRequest(api, version)
    expect(ourRequest(api, args(batchOf(expected)), version)).toBe(expected)
  })

  test('response', () => {
    const late = version >= 8
    expect(read(api, version)).toEqual({
      throttle: 9,
      partitions: [
        {
          topic: 'orders',
          partition: 2,
          errorCode: 0,
          baseOffset: 9007199254740993n,
          logAppendTime: -1n,
          errorMessage: null,
          recordErrors: []
        },
        {
          topic: 'orders',
          partition: 3,
          errorCode: 87,
          baseOffset: -1n,
          logAppendTime: -1n,
          errorMessage: late ? 'no key' : null,
          recordErrors: late ? [{ index: 1, message: 'no key' }] : []
        }
      ]
    })
    expect(refusesCutResponses(api, version)).toBe(true)
  })
})

test('a batch goes out as it is, without a copy', () => {
  const writer = new Writer()
  const batch = Buffer.alloc(100)
  api.encode(args(batch), writer, 8)
  expect(writer.finish()).toContain(batch)
})

test('zstd is refused where the broker does not know it', () => {
  const batch = Buffer.alloc(100)
  batch.writeInt16BE(4, 21)
  expect(() => api.encode(args(batch), new Writer(), 6)).toThrow(/^topic "orders" partition 2: .*: zstd\)$/)
  api.encode(args(batch), new Writer(), 7)
})

test('with acks=0 there is no answer, and its absence is read as one', () => {
  const batch = Buffer.alloc(1)
  expect([-1, 0, 1].map((acks) => api.answered!(args(batch, acks as -1 | 0 | 1)))).toEqual([true, false, true])
  expect(api.decode(new Reader(Buffer.alloc(0)), 8)).toEqual({ throttle: 0, partitions: [] })
})
