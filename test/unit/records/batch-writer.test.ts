import { describe, expect, test } from '@jest/globals'
import { BatchHeader, FIELD } from '../../../src/records/batch-header.js'
import { BatchWriter } from '../../../src/records/batch-writer.js'
import { CODECS } from '../../../src/records/compression.js'
import { type Given, GivenRecords } from '../formats/records.js'
import { batchOf, fixture, finished, opened, readAll, rest } from './batches.js'

const given: Given[] = [
  { key: 'k', value: 'v', timestamp: 1_700_000_000_005 },
  { key: null, value: null, timestamp: 1_700_000_000_000 },
  { key: '', value: '', timestamp: 1_700_000_009_999, headers: [['a', null], ['a', '1'], ['', '']] }, // prettier-ignore
  { key: 'x'.repeat(70), value: 'y'.repeat(20_000), timestamp: -1 },
  { value: Buffer.from([0xff, 0, 0xfe]), timestamp: 0 }
]

/** Takes as many as fit. */
function fill(writer: BatchWriter, records: Given[], timestamp?: number | bigint): number {
  const cursor = new GivenRecords(records)
  let taken = 0
  while (cursor.next() && writer.append(cursor, timestamp ?? cursor.timestamp)) taken++
  return taken
}

test.each(CODECS)('records come back as they were: %s', (codec) => {
  const records = new GivenRecords(given)
  expect(readAll(batchOf(given, 0n, { codec }))).toEqual(rest(records))
})

test('is byte for byte what the Java client writes', () => {
  const bytes = fixture('java-none.bin')
  const header = new BatchHeader()
  header.read('', 0, bytes, 0, bytes.length)
  const { producerId, producerEpoch, baseSequence, end } = header
  const records = opened(bytes)
  const writer = new BatchWriter()
  while (writer.count < 10 && records.next()) writer.append(records, records.timestamp)
  const batch = Buffer.from(finished(writer, { producerId, producerEpoch, baseSequence }))
  batch.writeInt32BE(0, FIELD.leaderEpoch)
  expect(batch.toString('hex')).toBe(bytes.subarray(0, end).toString('hex'))
})

test('the header says what is in it', () => {
  const batch = batchOf(given, 0n, {
    producerId: 2n ** 62n,
    producerEpoch: 32_767,
    baseSequence: 2 ** 31 - 1,
    transactional: true
  })
  const header = new BatchHeader()
  expect(header.read('t', 0, batch, 0, batch.length)).toBe(true)
  expect(header).toMatchObject({
    count: 5,
    lastOffsetDelta: 4,
    baseTimestamp: 1_700_000_000_005n,
    maxTimestamp: 1_700_000_009_999n,
    producerId: 2n ** 62n,
    producerEpoch: 32_767,
    baseSequence: 2 ** 31 - 1,
    transactional: true,
    control: false,
    logAppendTime: false
  })
})

test('count and size are those of the batch', () => {
  const writer = new BatchWriter()
  expect([writer.count, writer.size]).toEqual([0, 61])
  fill(writer, given)
  expect(writer.count).toBe(5)
  expect(finished(writer).length).toBe(writer.size)
})

describe('room', () => {
  const tens: Given[] = Array.from({ length: 100 }, (_, i) => ({ value: `record ${String(i).padStart(3, '0')}` }))

  test('a batch is filled to the last byte, and a record that does not fit changes nothing', () => {
    // Each takes 17 bytes: 10 of value; length, attributes, timestamp, offset, key, the value's length, headers.
    const writer = new BatchWriter({ capacity: 61 + 3 * 17 })
    expect(fill(writer, tens)).toBe(3)
    expect([writer.count, writer.size]).toEqual([3, 61 + 3 * 17])
    expect(readAll(finished(writer))).toHaveLength(3)
    writer.reset()
    expect([writer.count, writer.size]).toEqual([0, 61])
    expect(fill(writer, tens.slice(3))).toBe(3)
    expect(readAll(finished(writer)).map(({ value }) => value)).toEqual(tens.slice(3, 6).map((t) => t.value))
    expect(fill(new BatchWriter({ capacity: 61 + 3 * 17 - 1 }), tens)).toBe(2)
  })

  test('a record beyond the capacity gets a batch of its own, within maxBytes', () => {
    const large = { value: 'x'.repeat(1000) }
    const writer = new BatchWriter({ capacity: 200, maxBytes: 1100 })
    expect(fill(writer, [{ value: 'a' }, large])).toBe(1)
    writer.reset()
    expect(fill(writer, [large, { value: 'a' }])).toBe(1)
    expect(readAll(finished(writer))[0]!.value).toBe(large.value)
    writer.reset()
    expect(fill(writer, tens)).toBe(8)
    writer.reset()
    expect(fill(writer, [{ value: 'x'.repeat(1100) }])).toBe(0)
    expect(fill(new BatchWriter({ capacity: 200 }), [large])).toBe(0)
  })
})

test('timestamps are exact, also as bigints and far apart', () => {
  const timestamps = [5n, 2n ** 31n + 5n, 0n, 2n ** 53n - 1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, -1n]
  for (const first of timestamps) {
    const all = [first, ...timestamps].map((timestamp) => ({ timestamp }))
    const batch = batchOf(all)
    expect(readAll(batch).map(({ timestamp }) => timestamp)).toEqual(all.map(({ timestamp }) => timestamp))
    const header = new BatchHeader()
    header.read('', 0, batch, 0, batch.length)
    expect([header.baseTimestamp, header.maxTimestamp]).toEqual([first, 2n ** 63n - 1n])
  }
})

test('a stamp makes it whole, and can be renewed', () => {
  for (const codec of CODECS) {
    const producer = { producerId: 9n, producerEpoch: 1, transactional: true }
    const writer = new BatchWriter()
    fill(writer, given)
    const batch = writer.finish(codec)
    for (const baseSequence of [0, 5]) {
      writer.stamp({ ...producer, baseSequence })
      const header = new BatchHeader()
      expect(header.read('', 0, batch, 0, batch.length)).toBe(true)
      expect(header).toMatchObject({ ...producer, baseSequence })
    }
  }
})

describe('a whole batch', () => {
  const stamp = { producerId: 5n, producerEpoch: 6, baseSequence: 77, transactional: false }
  const whole = (codec: (typeof CODECS)[number]): Buffer =>
    batchOf(given, 1000n, { codec, producerId: 1n, producerEpoch: 2, baseSequence: 3, transactional: true })

  test.each(CODECS)('keeps its records as they are, with the stamp of its new producer: %s', (codec) => {
    const batch = whole(codec)
    const bytes = Buffer.concat([Buffer.alloc(9, 'x'), batch, Buffer.alloc(9, 'x')])
    const before = Buffer.from(bytes)
    const writer = new BatchWriter({ capacity: 64 })
    const adopted = writer.adopt({ bytes, start: 9, end: 9 + batch.length, count: given.length })
    expect(writer.count).toBe(given.length)
    writer.stamp(stamp)
    const header = new BatchHeader()
    expect(header.read('t', 0, adopted, 0, adopted.length)).toBe(true)
    expect(header).toMatchObject({
      ...{ codec, count: given.length, baseOffset: 0n, end: batch.length },
      ...{ producerId: 5n, producerEpoch: 6, baseSequence: 77, transactional: false }
    })
    expect(adopted.subarray(FIELD.records).equals(batch.subarray(FIELD.records))).toBe(true)
    expect(readAll(adopted)).toEqual(readAll(batch).map((record, i) => ({ ...record, offset: BigInt(i) })))
    // What was fetched stays as it is.
    expect(bytes.equals(before)).toBe(true)
  })

  test('leaves nothing behind for the next one', () => {
    const writer = new BatchWriter({ capacity: 1 << 16 })
    const batch = whole('none')
    writer.adopt({ bytes: batch, start: 0, end: batch.length, count: given.length })
    writer.reset()
    expect(fill(writer, given)).toBe(given.length)
    expect(readAll(finished(writer))).toEqual(rest(new GivenRecords(given)))
  })
})
