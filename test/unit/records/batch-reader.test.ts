import { describe, expect, test } from '@jest/globals'
import { FailedError } from '../../../src/errors.js'
import { BatchHeader, FIELD, seal } from '../../../src/records/batch-header.js'
import { BatchRecords } from '../../../src/records/batch-reader.js'
import { CODECS, compress } from '../../../src/records/compression.js'
import { batchOf, fixture, opened, readAll, rest, type Shown } from './batches.js'

const T0 = 1_700_000_000_000n
const offsets = (records: Shown[]): bigint[] => records.map(({ offset }) => offset)
const range = (from: number, to: number): bigint[] => Array.from({ length: to - from }, (_, i) => BigInt(from + i))

/** What reading all of it throws; it is to be a FailedError. */
function failure(bytes: Buffer): FailedError {
  try {
    readAll(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(FailedError)
    return error as FailedError
  }
  throw new Error('it was taken')
}

/** The i-th record of fixtures/MakeFixtures.java. */
function javaRecord(i: number): Shown {
  return {
    offset: BigInt(i),
    timestamp: T0 + BigInt(i * 1000),
    key: i % 5 === 0 ? null : `key ${i}`,
    value: i % 7 === 6 ? null : `value ${i} ${'sluice '.repeat(i)}`,
    headers: i % 3 === 0 ? [['trace', `t${i}`], ['null', null], ['trace', '']] : [] // prettier-ignore
  }
}

describe('batches of the Java client', () => {
  test.each(CODECS)('%s', (codec) => {
    const bytes = fixture(`java-${codec}.bin`)
    const header = new BatchHeader()
    expect(header.read('', 0, bytes, 0, bytes.length) && header.codec).toBe(codec)
    expect(readAll(bytes)).toEqual(Array.from({ length: 20 }, (_, i) => javaRecord(i)))
  })
})

describe('batches of librdkafka', () => {
  test.each(CODECS.filter((codec) => codec !== 'none'))('%s', (codec) => {
    const bytes = fixture(`kcat-${codec}.bin`)
    const header = new BatchHeader()
    const codecs = new Set<string>()
    for (let at = 0; header.read('', 0, bytes, at, bytes.length); at = header.end) codecs.add(header.codec)
    expect(codecs).toContain(codec)
    const texts = readAll(bytes).map(({ key, value, headers }) => [key, value, headers])
    const text = (i: number): string => `value ${i} ${'sluice '.repeat(Math.max(i, 1))}`
    expect(texts).toEqual(Array.from({ length: 20 }, (_, i) => [`key ${i}`, text(i), [['name', 'value']]]))
  })
})

test('log-append time is the timestamp of all records', () => {
  const records = opened(fixture('append-time.bin'))
  const all = rest(records)
  expect(all.map(({ value }) => value)).toEqual([0, 1, 2].map((i) => javaRecord(i).value))
  expect(new Set(all.map(({ timestamp }) => timestamp)).size).toBe(1)
  expect(all[0]!.timestamp).toBeGreaterThan(T0)
  expect(records.logAppendTime).toBe(true)
})

test('log-append time is exact beyond 2^53', () => {
  const batch = batchOf([{ timestamp: 5 }, { timestamp: 2n ** 60n + 1n }])
  batch.writeInt16BE(8, FIELD.attributes)
  seal(batch, 0)
  expect(readAll(batch).map(({ timestamp }) => timestamp)).toEqual([2n ** 60n + 1n, 2n ** 60n + 1n])
})

test('timestamps are exact beyond 2^53', () => {
  const [max, edge] = [2n ** 63n - 1n, 2n ** 53n]
  const records = opened(fixture('timestamps.bin'))
  expect(rest(records).map(({ timestamp }) => timestamp)).toEqual([
    0n,
    edge,
    edge + 1n,
    max,
    max - 1n,
    1n,
    2n ** 62n + 1n
  ])
  expect(records.logAppendTime).toBe(false)
})

test('a delta that rounds and a base that rounds give an exact small timestamp', () => {
  const given = [
    { timestamp: 2n ** 60n + 1n },
    { timestamp: 12_345 },
    { timestamp: -(2n ** 60n) - 1n },
    { timestamp: -1 }
  ]
  const records = opened(batchOf(given))
  const numbers: number[] = []
  while (records.next()) numbers.push(records.timestamp)
  expect(numbers).toEqual([2 ** 60, 12_345, -(2 ** 60), -1])
  expect(readAll(batchOf(given)).map(({ timestamp }) => timestamp)).toEqual(
    given.map(({ timestamp }) => BigInt(timestamp))
  )
})

describe('a compacted log', () => {
  const bytes = fixture('compacted.bin')
  const left = [5n, 6n, 7n, 8n, 9n, 14n, 15n, 16n, 17n, 19n, 20n]

  test('shows what is left, a tombstone among it', () => {
    const records = readAll(bytes)
    expect(offsets(records)).toEqual(left)
    expect(records[8]).toMatchObject({ key: 'key 2', value: null, timestamp: T0 + 17n })
  })

  test('its batches say since when tombstones may go, which leaves the timestamps alone', () => {
    const header = new BatchHeader()
    let horizons = 0
    for (let at = 0; header.read('', 0, bytes, at, bytes.length); at = header.end)
      if (header.attributes & 0x40) horizons++
    expect(horizons).toBeGreaterThan(0)
  })

  test('the position passes the gaps', () => {
    const records = opened(bytes)
    const positions = [records.position]
    while (records.next()) positions.push(records.position)
    expect(positions).toEqual([0n, ...left.map((offset) => offset + 1n)])
    expect(records.position).toBe(21n)
    expect(opened(bytes.subarray(0, 390)).position).toBe(0n)
    const first = opened(bytes.subarray(0, 390))
    rest(first)
    expect(first.position).toBe(20n)
  })
})

describe('bounds', () => {
  const bytes = fixture('java-zstd.bin')

  test.each([
    [0, 20],
    [3, 20],
    [9, 10],
    [10, 11],
    [0, 9],
    [0, 10],
    [12, 15],
    [19, 25],
    [5, 5],
    [20, 30]
  ])('from %d until %d', (from, until) => {
    const records = opened(bytes, { from: BigInt(from), until: BigInt(until) })
    expect(records.position).toBe(BigInt(from))
    expect(offsets(rest(records))).toEqual(range(from, Math.max(from, Math.min(until, 20))))
    expect(records.position).toBe(BigInt(Math.max(from, Math.min(until, 20))))
    expect(records.next()).toBe(false)
  })

  test('until an offset within a gap', () => {
    const records = opened(fixture('compacted.bin'), { until: 12n })
    expect(offsets(rest(records))).toEqual([5n, 6n, 7n, 8n, 9n])
    expect(records.position).toBe(12n)
  })

  test('a batch below the first offset is not opened', () => {
    const below = batchOf([{ value: 'x' }], 4n)
    below.writeInt16BE(1, FIELD.attributes)
    seal(below, 0)
    expect(offsets(readAll(Buffer.concat([below, batchOf([{}], 5n)]), { from: 5n }))).toEqual([5n])
    expect(() => readAll(below, { from: 4n })).toThrow('gzip data is damaged')
  })

  test('offsets are exact near 2^63', () => {
    const base = 2n ** 63n - 10n
    const records = opened(batchOf([{}, {}, {}, {}], base), { from: base + 1n, until: base + 3n })
    expect(offsets(rest(records))).toEqual([base + 1n, base + 2n])
    expect(records.position).toBe(base + 3n)
  })

  test('the limit holds over batches and sets, and may be raised', () => {
    const records = opened(bytes)
    records.limit = 12
    expect(offsets(rest(records))).toEqual(range(0, 12))
    expect(records.position).toBe(12n)
    records.open('t', 3, bytes, 0, bytes.length, 4n, null, null)
    expect(rest(records)).toEqual([])
    records.limit = 1
    expect(offsets(rest(records))).toEqual([4n])
    expect([records.limit, records.position]).toEqual([0, 5n])
  })
})

test('a last batch that is cut off is left out, wherever that is', () => {
  const bytes = fixture('java-none.bin')
  const header = new BatchHeader()
  header.read('', 0, bytes, 0, bytes.length)
  for (let end = 0; end < bytes.length; end++) {
    const records = opened(bytes.subarray(0, end), { from: 2n })
    const whole = end >= header.end
    expect(offsets(rest(records))).toEqual(whole ? range(2, 10) : [])
    expect([records.position, records.sawBatch]).toEqual(whole ? [10n, true] : [2n, false])
    records.open('t', 3, bytes, 0, 0, 0n, null, null)
    expect(records.sawBatch).toBe(false)
  }
})

test('one cursor walks the sets of several partitions, from the middle of a buffer', () => {
  const sets = [fixture('java-none.bin'), Buffer.alloc(0), fixture('append-time.bin'), fixture('java-lz4.bin')]
  const response = Buffer.concat([Buffer.from('head'), ...sets])
  const seen: [string, number, bigint][] = []
  class Response extends BatchRecords {
    #at = 4
    #index = 0
    readonly ends: bigint[] = []
    protected override nextSet(): boolean {
      if (this.#index > 0) this.ends.push(this.position)
      const set = sets[this.#index]
      if (!set) return false
      this.open(`topic ${this.#index}`, this.#index, response, this.#at, this.#at + set.length, 1n, null, null)
      this.#at += set.length
      this.#index++
      return true
    }
  }
  const records = new Response()
  while (records.next()) seen.push([records.topic, records.partition, records.offset()])
  expect(seen).toEqual([
    ...range(1, 20).map((offset) => ['topic 0', 0, offset]),
    ...range(1, 3).map((offset) => ['topic 2', 2, offset]),
    ...range(1, 20).map((offset) => ['topic 3', 3, offset])
  ])
  expect(records.ends).toEqual([20n, 1n, 3n, 20n])
})

test("a field that someone puts in place of a record's own holds for that record alone", () => {
  const records = opened(fixture('java-none.bin'))
  const keys: (string | null)[] = []
  while (records.next()) {
    keys.push(records.keyStart < 0 ? null : records.keyBytes.toString('utf8', records.keyStart, records.keyEnd))
    records.keyBytes = records.valueBytes = records.headersBytes = Buffer.from('x')
    records.keyStart = 0
    records.keyEnd = 1
  }
  expect(keys).toEqual(Array.from({ length: 20 }, (_, i) => javaRecord(i).key))
})

describe('damage is an error', () => {
  /** A batch of three records, its first at byte 61: length 12, attributes, timestamp, offset, "k", "v", no headers. */
  const given = [
    { key: 'k', value: 'v' },
    { key: 'k', value: 'v' },
    { key: 'k', value: 'v', headers: [['n', 'w']] as [string, string][] }
  ]

  const cases: [string, (batch: Buffer) => void, string][] = [
    ['a record longer than its fields', (b) => b.writeInt8(18, 61), 'record 1 of 3 does not have the length it says'],
    ['a record shorter than its fields', (b) => b.writeInt8(14, 61), 'record 1 of 3 does not have the length it says'],
    ['a negative length', (b) => b.writeInt8(1, 61), 'record 1 of 3 does not have the length it says'],
    ['a key beyond the record', (b) => b.writeInt8(126, 65), 'record 1 of 3 does not have the length it says'],
    ['a key length below -1', (b) => b.writeInt8(3, 65), 'record 1 of 3 does not have the length it says'],
    ['a value length below -1', (b) => b.writeInt8(5, 67), 'record 1 of 3 does not have the length it says'],
    ['more headers than there are', (b) => b.writeInt8(2, 69), 'record 1 of 3 does not have the length it says'],
    ['a negative number of headers', (b) => b.writeInt8(1, 69), 'record 1 of 3 does not have the length it says'],
    [
      'a header beyond the record',
      (b) => b.writeInt8(80, b.length - 2),
      'record 3 of 3 does not have the length it says'
    ],
    [
      'a header name without a length',
      (b) => b.writeInt8(1, b.length - 4),
      'record 3 of 3 does not have the length it says'
    ],
    ['an overlong varint', (b) => b.fill(0x80, 65, 80), 'record 1 of 3 does not have the length it says'],
    ['an offset twice', (b) => b.writeInt8(0, 73), 'record 2 of 3 has an impossible offset'],
    ['a negative offset', (b) => b.writeInt8(1, 64), 'record 1 of 3 has an impossible offset'],
    ['an offset beyond the last', (b) => b.writeInt8(6, 64), 'record 1 of 3 has an impossible offset'],
    ['more records than it says', (b) => b.writeInt32BE(2, FIELD.count), 'there is more after its last record'],
    [
      'fewer records than it says',
      (b) => {
        b.writeInt32BE(4, FIELD.count)
        b.writeInt32BE(3, FIELD.lastOffsetDelta)
      },
      'record 4 of 4 does not have the length it says'
    ],
    ['a codec that it is not in', (b) => b.writeInt16BE(4, FIELD.attributes), 'zstd data is damaged']
  ]
  test.each(cases)('%s', (_, damage, problem) => {
    const batch = batchOf(given, 40n)
    expect(readAll(batch)).toHaveLength(3)
    damage(batch)
    seal(batch, 0)
    // What follows in the buffer must not be taken for the rest of a record.
    const error = failure(Buffer.concat([batch, batchOf(given, 43n)]))
    expect(error.message).toBe(`topic "t" partition 3 offset 40: the record batch is damaged (${problem})`)
    expect(error.place).toEqual({ topic: 't', partition: 3, offset: 40n })
  })

  test.each([
    ['key', 65],
    ['value', 66]
  ])('a %s length below -1, where -1 was', (_, at) => {
    const batch = batchOf([{}], 40n)
    batch.writeInt8(3, at)
    seal(batch, 0)
    expect(failure(batch).message).toMatch('record 1 of 1 does not have the length it says')
  })

  test('a record that lies behind its batch', () => {
    const [batch, longer] = [batchOf(given.slice(0, 2), 40n), batchOf([...given.slice(0, 2), { value: 'behind' }], 40n)]
    batch.writeInt32BE(3, FIELD.count)
    batch.writeInt32BE(2, FIELD.lastOffsetDelta)
    seal(batch, 0)
    const bytes = Buffer.concat([batch, longer.subarray(batch.length)])
    expect(failure(bytes).message).toMatch('record 3 of 3 does not have the length it says')
  })

  test('offsets that go back', () => {
    const bytes = Buffer.concat([batchOf(given, 5n), batchOf(given, 7n)])
    expect(failure(bytes).message).toMatch(
      'offset 7: the record batch is damaged (its offset is below the end of the batch'
    )
  })

  test('a checksum, whatever else is right; what was before it has been shown', () => {
    const bytes = Buffer.concat([batchOf(given, 5n), batchOf(given, 8n)])
    bytes[bytes.length - 3]! ^= 0x20
    const records = opened(bytes)
    for (let i = 0; i < 3; i++) expect(records.next()).toBe(true)
    expect(() => records.next()).toThrow('offset 8: the record batch is damaged (its CRC-32C does not match)')
    expect(records.position).toBe(8n)
  })

  test('a small batch that would become huge', () => {
    const records = compress('zstd', 1, Buffer.alloc(257 << 20))
    const batch = Buffer.concat([batchOf(given).subarray(0, FIELD.records), records])
    batch.writeInt32BE(batch.length - 12, FIELD.length)
    batch.writeInt16BE(4, FIELD.attributes)
    seal(batch, 0)
    expect(failure(batch).line).toMatch(
      /offset \d+: the record batch is not opened \(zstd data is more than 268435456 bytes when decompressed\): read on/
    )
  })
})

test('a batch without records, which compaction leaves of an idempotent producer, moves the position', () => {
  const empty = batchOf([{ value: 'x' }], 10n).subarray(0, FIELD.records)
  empty.writeInt32BE(empty.length - 12, FIELD.length)
  empty.writeInt32BE(4, FIELD.lastOffsetDelta)
  empty.writeInt32BE(0, FIELD.count)
  empty.writeInt16BE(1, FIELD.attributes)
  seal(empty, 0)
  const records = opened(empty, { from: 3n })
  expect(records.next()).toBe(false)
  expect(records.position).toBe(15n)
})

describe('whole batches', () => {
  const three = [{ value: 'a' }, { value: 'b' }, { value: 'c' }]
  /** Offsets 10 to 12, 13 to 15 and 16 to 18. */
  const batches = [10n, 13n, 16n].map((base) => batchOf(three, base))
  const set = Buffer.concat(batches)

  /** Takes whole batches and single records as they come, from batch to record on. */
  function steps(records: BatchRecords, maxBytes = Infinity): string[] {
    const taken: string[] = []
    for (;;) {
      const batch = records.nextBatch(maxBytes)
      if (batch) taken.push(`batch ${records.offset()}+${batch.count} to ${records.position}`)
      else if (records.next()) taken.push(`record ${records.offset()} to ${records.position}`)
      else return taken
    }
  }

  test('are given as they are, and count as read', () => {
    const records = opened(set)
    const given = batches.map(() => {
      const { bytes, start, end, count } = records.nextBatch(set.length)!
      expect(count).toBe(3)
      return Buffer.from(bytes.subarray(start, end))
    })
    expect(given).toEqual(batches)
    expect(records).toMatchObject({ topic: 't', partition: 3, position: 19n, sawBatch: true })
    expect(records.nextBatch(set.length)).toBeNull()
    expect(records.next()).toBe(false)
  })

  test('are opened where the range begins or ends within them', () => {
    const first = 'batch 10+3 to 13'
    expect(steps(opened(set, { from: 10n, until: 19n }))).toEqual([first, 'batch 13+3 to 16', 'batch 16+3 to 19'])
    expect(steps(opened(set, { from: 12n, until: 16n }))).toEqual(['record 12 to 13', 'batch 13+3 to 16'])
    expect(steps(opened(set, { until: 14n }))).toEqual([first, 'record 13 to 14'])
    expect(steps(opened(set, { until: 13n }))).toEqual([first])
  })

  test('a batch begun by record is ended by record', () => {
    const records = opened(set)
    expect(records.next()).toBe(true)
    expect(records.nextBatch(set.length)).toBeNull()
    expect(steps(records)).toEqual(['record 11 to 12', 'record 12 to 13', 'batch 13+3 to 16', 'batch 16+3 to 19'])
  })

  test('are opened where they are too large, or more than are wanted', () => {
    const size = batches[0]!.length
    expect(steps(opened(set), size)[0]).toBe('batch 10+3 to 13')
    expect(steps(opened(set), size - 1)[0]).toBe('record 10 to 11')
    const records = opened(set)
    records.limit = 5
    expect(steps(records)).toEqual(['batch 10+3 to 13', 'record 13 to 14', 'record 14 to 15'])
    expect(records.limit).toBe(0)
  })

  test('a batch that is cut off is none', () => {
    const records = opened(set.subarray(0, set.length - 1))
    expect(steps(records)).toEqual(['batch 10+3 to 13', 'batch 13+3 to 16'])
  })

  test.each<[string, (batch: Buffer) => void, string[]]>([
    ['log-append time', (batch) => batch.writeInt16BE(0x08, FIELD.attributes), ['13', '14', '15']],
    ['a delete horizon', (batch) => batch.writeInt16BE(0x40, FIELD.attributes), ['13', '14', '15']],
    ['a gap at its end', (batch) => batch.writeInt32BE(7, FIELD.lastOffsetDelta), ['13', '14', '15']],
    ['a marker of the broker', (batch) => batch.writeInt16BE(0x30, FIELD.attributes), []]
  ])('not one with %s', (_name, change, shown) => {
    const changed = Buffer.from(batches[1]!)
    change(changed)
    seal(changed, 0)
    const last = batchOf(three, 30n)
    const taken = steps(opened(Buffer.concat([batches[0]!, changed, last])))
    expect(taken.map((step) => step.split(/[ +]/).slice(0, 2).join(' '))).toEqual([
      ...['batch 10', ...shown.map((offset) => `record ${offset}`), 'batch 30']
    ])
  })

  test('not those of aborted transactions', () => {
    const sender = { producerId: 7n, producerEpoch: 0, baseSequence: 0, transactional: true }
    const set = Buffer.concat([batchOf(three, 10n, sender), batchOf(three, 13n)])
    const aborted = [{ producerId: 7n, firstOffset: 10n }]
    expect(steps(opened(set, { aborted }))).toEqual(['batch 13+3 to 16'])
    expect(steps(opened(set, { aborted: [] }))).toEqual(['batch 10+3 to 13', 'batch 13+3 to 16'])
    expect(steps(opened(set, { aborted: null }))).toEqual(['batch 10+3 to 13', 'batch 13+3 to 16'])
    const records = opened(batchOf(three, 10n, sender), { aborted })
    expect(steps(records)).toEqual([])
    expect(records.position).toBe(13n)
  })

  test('a damaged one is told', () => {
    const damaged = Buffer.from(set)
    damaged[batches[0]!.length + FIELD.records + 3]! ^= 1
    const records = opened(damaged)
    expect(records.nextBatch(set.length)).not.toBeNull()
    expect(() => records.nextBatch(set.length)).toThrow(/offset 13: the record batch is damaged/)
    const again = opened(Buffer.concat([batches[1]!, batches[0]!]))
    expect(() => steps(again)).toThrow(/its offset is below the end of the batch before it/)
  })
})
