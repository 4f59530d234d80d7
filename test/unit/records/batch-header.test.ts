import { describe, expect, test } from '@jest/globals'
import { FailedError } from '../../../src/errors.js'
import { BatchHeader, FIELD, NO_PRODUCER, nextOffsetAfter, restamp, seal } from '../../../src/records/batch-header.js'
import { batchOf, fixture, readAll } from './batches.js'

function headerOf(bytes: Buffer, at = 0): BatchHeader {
  const header = new BatchHeader()
  expect(header.read('t', 3, bytes, at, bytes.length)).toBe(true)
  return header
}

/** The error that reading a batch's header gives. */
function failure(bytes: Buffer): FailedError {
  try {
    new BatchHeader().read('t', 3, bytes, 0, bytes.length)
  } catch (error) {
    expect(error).toBeInstanceOf(FailedError)
    return error as FailedError
  }
  throw new Error('it was taken')
}

test('reads the fields of a batch of the Java client', () => {
  const bytes = fixture('java-gzip.bin')
  const first = headerOf(bytes)
  expect(first).toMatchObject({ start: 0, baseOffset: 0n, lastOffsetDelta: 9, count: 10, codec: 'gzip' })
  const second = headerOf(bytes, first.end)
  expect(second).toMatchObject({ start: first.end, end: bytes.length, baseOffset: 10n, nextOffset: 20n })
  expect(second).toMatchObject({ baseTimestamp: 1_700_000_010_000n, maxTimestamp: 1_700_000_019_000n })
  expect(second).toMatchObject({ producerEpoch: 0, baseSequence: 10, transactional: false, control: false })
  expect(second.producerId).toBe(first.producerId)
})

test('tells transactions, control records and log-append time', () => {
  const bytes = fixture('transactions.bin')
  const kinds: string[] = []
  for (let at = 0; at < bytes.length;) {
    const header = headerOf(bytes, at)
    kinds.push(header.control ? 'control' : header.transactional ? 'transactional' : 'plain')
    at = header.end
  }
  const [t, p, c] = ['transactional', 'plain', 'control']
  expect(kinds).toEqual([t, t, p, t, c, t, c, t, c, p, c, t, c])
  expect(headerOf(fixture('append-time.bin')).logAppendTime).toBe(true)
})

test('a batch that is cut off anywhere is none', () => {
  const bytes = fixture('java-none.bin').subarray(0, headerOf(fixture('java-none.bin')).end)
  for (let end = 0; end < bytes.length; end++) {
    expect(new BatchHeader().read('t', 3, bytes, 0, end)).toBe(false)
  }
})

describe('a damaged one names topic, partition and offset', () => {
  const damage: [string, (batch: Buffer) => void, string][] = [
    ['a flipped bit', (b) => void (b[70]! ^= 1), 'its CRC-32C does not match'],
    ['no length', (b) => b.writeInt32BE(0, FIELD.length), 'it has an impossible length'],
    ['a negative length', (b) => b.writeInt32BE(-1, FIELD.length), 'it has an impossible length'],
    ['a length within the header', (b) => b.writeInt32BE(48, FIELD.length), 'it has an impossible length'],
    ['a format to come', (b) => b.writeInt8(3, FIELD.magic), 'it has an unknown format, 3'],
    ['an unknown codec', (b) => b.writeInt16BE(5, FIELD.attributes), 'it has an unknown compression'],
    ['a negative offset', (b) => b.writeBigInt64BE(-1n), 'it has an impossible offset'],
    ['a negative last offset', (b) => b.writeInt32BE(-1, FIELD.lastOffsetDelta), 'it has an impossible offset'],
    ['a negative count', (b) => b.writeInt32BE(-1, FIELD.count), 'it has an impossible number of records'],
    ['more records than offsets', (b) => b.writeInt32BE(3, FIELD.count), 'it has an impossible number of records']
  ]
  test.each(damage)('%s', (_, damaging, problem) => {
    const batch = batchOf([{ value: 'a' }, { value: 'b' }], 2n ** 62n + 1n)
    damaging(batch)
    if (!problem.includes('CRC') && !problem.includes('length')) seal(batch, 0)
    const error = failure(batch)
    const offset = batch.readBigInt64BE()
    expect(error.message).toBe(`topic "t" partition 3 offset ${offset}: the record batch is damaged (${problem})`)
    expect(error.place).toEqual({ topic: 't', partition: 3, offset })
    expect(error.advice).toMatch('kafka-dump-log')
  })
})

test.each([0, 1])('a message set of format v%d says what to do', (magic) => {
  // https://kafka.apache.org/documentation/#messageset: offset, size, crc, magic, attributes, timestamp (v1), key, value
  const set = Buffer.alloc(magic === 0 ? 27 : 35)
  set.writeBigInt64BE(7n, 0)
  set.writeInt32BE(set.length - 12, 8)
  set.writeInt8(magic, 16)
  const error = failure(set)
  expect(error.line).toMatch(
    `topic "t" partition 3 offset 7: written by Kafka before 0.11, in record format v${magic}: `
  )
  expect(error.advice).toMatch('Java client')
})

describe('nextOffsetAfter', () => {
  const bytes = fixture('java-lz4.bin')
  const second = headerOf(bytes).end
  const after = (set: Buffer, from = 0n, start = 0): bigint => nextOffsetAfter(set, start, set.length, from)

  test('is the offset after the last whole batch', () => {
    expect(after(bytes)).toBe(20n)
    expect(after(bytes, 5n)).toBe(20n)
    expect(after(bytes, 0n, second)).toBe(20n)
    for (const end of [second, second + 1, second + 30, bytes.length - 1])
      expect(after(bytes.subarray(0, end))).toBe(10n)
  })

  test('where nothing is whole, it is where it was', () => {
    expect(after(bytes.subarray(0, second - 1), 4n)).toBe(4n)
    expect(after(Buffer.alloc(0), 4n)).toBe(4n)
    expect(after(bytes, 21n)).toBe(21n)
  })

  test('control batches and gaps count', () => {
    expect(after(fixture('transactions.bin'))).toBe(13n)
    expect(after(fixture('compacted.bin'))).toBe(21n)
  })

  test('damage is no reason to stand still: who opens it says what it is', () => {
    for (const [field, value] of [
      [FIELD.length, -1],
      [FIELD.length, 0],
      [FIELD.magic, 0],
      [FIELD.lastOffsetDelta, -5]
    ] as const) {
      const damaged = Buffer.from(bytes)
      if (field === FIELD.magic) damaged.writeInt8(value, field)
      else damaged.writeInt32BE(value, field)
      expect(after(damaged, 4n)).toBe(5n)
    }
    expect(after(batchOf([{}], -5n), 4n)).toBe(5n)
  })
})

test('restamp makes a batch as a producer sends it, and leaves the records alone', () => {
  const bytes = Buffer.concat([Buffer.from('before'), fixture('java-snappy.bin')])
  const stamp = { producerId: 2n ** 40n, producerEpoch: 7, baseSequence: 123_456, transactional: true }
  const before = readAll(bytes.subarray(6))
  const { end } = headerOf(bytes, 6)
  restamp(bytes, 6, stamp)
  expect(headerOf(bytes, 6)).toMatchObject({ ...stamp, baseOffset: 0n, codec: 'snappy', count: 10 })
  expect(bytes.readInt32BE(6 + FIELD.leaderEpoch)).toBe(-1)
  expect(readAll(bytes.subarray(6, end))).toEqual(before.slice(0, 10))
  restamp(bytes, 6, NO_PRODUCER)
  expect(headerOf(bytes, 6)).toMatchObject(NO_PRODUCER)
})
