import { describe, expect, test } from '@jest/globals'
import { BadRecordError } from '../../../src/errors.js'
import { KafkaSink, type KafkaSinkOptions, type Partitioner } from '../../../src/endpoints/kafka-sink.js'
import { createStamp } from '../../../src/endpoints/stamp.js'
import { APPENDED, BATCH_CLOSED, NO_ROOM, type Sender } from '../../../src/kafka/sender.js'
import { FIELD, seal } from '../../../src/records/batch-header.js'
import type { Records, WholeBatch } from '../../../src/records/records.js'
import { batchOf, opened } from '../records/batches.js'
import { ListRecords, type Plain, plainOf } from './list-records.js'

/** As much of a Sender as places records: batches of `size` records, which stay in the backlog. */
class Shelf {
  readonly taken: [partition: number, value: string | null][] = []
  readonly timestamps: (number | bigint)[] = []
  readonly backlogs: number[]
  readonly #open: number[]
  readonly #size: number
  /** Records that are taken before there is no more room. */
  room = Infinity
  pushed = 0

  constructor(partitions: number, size = Infinity) {
    this.backlogs = Array<number>(partitions).fill(0)
    this.#open = Array<number>(partitions).fill(0)
    this.#size = size
  }

  get partitionCount(): number {
    return this.backlogs.length
  }

  isFilling(partition: number): boolean {
    return this.#open[partition]! > 0
  }

  backlog(partition: number): number {
    return this.backlogs[partition]!
  }

  append(partition: number, records: Records, timestamp: number | bigint): number {
    if (this.room === 0) return NO_ROOM
    if (plainOf(records).value === 'refused') throw new BadRecordError('refused')
    if (this.#open[partition] === this.#size) {
      this.#open[partition] = 0
      this.backlogs[partition]!++
      return BATCH_CLOSED
    }
    this.#open[partition]!++
    this.room--
    this.taken.push([partition, plainOf(records).value])
    this.timestamps.push(timestamp)
    return APPENDED
  }

  readonly wholeBatchBytes = 1 << 16

  /** Takes a batch as if it were one record, told by its size. */
  appendBatch(partition: number, { start, end, count }: WholeBatch): boolean {
    if (this.room === 0) return false
    this.room--
    this.taken.push([partition, `${count} in ${end - start} bytes`])
    return true
  }

  push(): void {
    this.pushed++
    this.#open.fill(0)
  }

  drain(): Promise<void> {
    this.room = Infinity
    return Promise.resolve()
  }

  /** Partitions that the topic is found to have when one is looked for. */
  added = 0

  lookFor(): Promise<void> {
    for (; this.added > 0; this.added--) for (const list of [this.backlogs, this.#open]) list.push(0)
    return Promise.resolve()
  }
}

function sinkTo(shelf: Shelf, partitioner: Partitioner, rate = Infinity): KafkaSink {
  return new KafkaSink(shelf as unknown as Sender, {
    partitioner,
    stamp: null,
    encoder: null,
    transaction: null,
    copies: false,
    rate
  })
}

/** The partitions that these records go to, of ten. */
function partitionsOf(partitioner: Partitioner, list: Plain[], partitions = 10): number[] {
  const shelf = new Shelf(partitions)
  expect(sinkTo(shelf, partitioner).write(new ListRecords(list))).toBe(true)
  return shelf.taken.map(([partition]) => partition)
}

describe('the partition of a record', () => {
  const keyed = ['foobar', 'abc', '21'].map((key) => ({ key, value: 'v' }))

  test('with a key is the one that Java gives it', () => {
    expect(partitionsOf({ kind: 'default' }, keyed)).toEqual([6, 7, 0])
    // An empty key is a key: murmur2 of nothing is 275646681.
    expect(partitionsOf({ kind: 'default' }, [{ key: '' }, { key: '' }])).toEqual([1, 1])
  })

  test.each([
    [4, 1, [0, 0, 0, 0]],
    [2, 5, [0, 1]],
    [3, 2, [0, 1, 0]]
  ])('fixed, for each of %i subtasks on %i partitions', (subtasks, partitions, expected) => {
    const got = Array.from({ length: subtasks }, (_, subtask) =>
      partitionsOf({ kind: 'fixed', subtask }, keyed, partitions)
    )
    expect(got).toEqual(expected.map((partition) => [partition, partition, partition]))
  })

  test('in turn', () => {
    expect(partitionsOf({ kind: 'round-robin' }, [...keyed, ...keyed], 4)).toEqual([0, 1, 2, 3, 0, 1])
  })

  test('as given', () => {
    expect(partitionsOf({ kind: 'partition', partition: 3 }, keyed)).toEqual([3, 3, 3])
  })

  test('as it was', () => {
    expect(partitionsOf({ kind: 'keep' }, [{ partition: 9 }, { partition: 0 }])).toEqual([9, 0])
    expect(() => partitionsOf({ kind: 'keep' }, [{ value: 'v' }])).toThrow('the record has no partition to keep')
  })

  test.each([0, 1, 2])('as it was, where the topic has it not yet, and then has %i more', async (added) => {
    const shelf = new Shelf(10)
    shelf.added = added
    const sink = sinkTo(shelf, { kind: 'keep' })
    const records = new ListRecords([{ partition: 9 }, { partition: 10 }, { partition: 11 }])
    expect(sink.write(records)).toBe(false)
    expect(sink.write(records)).toBe(false)
    await sink.drain()
    const partitions = (): number[] => shelf.taken.map(([partition]) => partition)
    if (added === 0) return expect(() => sink.write(records)).toThrow('the topic has no partition 10, only 10')
    expect(sink.write(records)).toBe(added > 1)
    if (added > 1) return expect(partitions()).toEqual([9, 10, 11])
    await sink.drain()
    expect(() => sink.write(records)).toThrow('the topic has no partition 11, only 11')
    expect(partitions()).toEqual([9, 10])
  })

  test('by a field of a JSON value, whose text stands for the key', () => {
    const values = ['{"user":{"id":"foobar"}}', '{"user":{"id":21}}', '{"user":{"id":"f\\u006fobar"}}']
    const list = values.map((value) => ({ key: 'not this one', value }))
    expect(partitionsOf({ kind: 'field', path: ['user', 'id'] }, list)).toEqual([6, 0, 6])
    const bad = (): unknown => partitionsOf({ kind: 'field', path: ['id'] }, [{ value: '{"id":' }])
    expect(bad).toThrow(/^the value is/)
  })
})

describe('records without a key', () => {
  const list = (count: number): Plain[] => Array.from({ length: count }, (_, i) => ({ value: `${i}` }))

  test('stay together in batches, which go round all partitions', () => {
    const shelf = new Shelf(4, 10)
    sinkTo(shelf, { kind: 'default' }).write(new ListRecords(list(400)))
    const runs = Array.from({ length: 40 }, (_, i) => new Set(shelf.taken.slice(i * 10, i * 10 + 10).map(([p]) => p)))
    expect(runs.every((run) => run.size === 1)).toBe(true)
    const counts = shelf.backlogs.map((_, p) => shelf.taken.filter(([partition]) => partition === p).length)
    expect(counts).toEqual([100, 100, 100, 100])
  })

  test('avoid the partition of a slow broker', () => {
    const shelf = new Shelf(3, 1)
    shelf.backlogs[1] = 1000
    sinkTo(shelf, { kind: 'default' }).write(new ListRecords(list(301)))
    const onSlow = shelf.taken.filter(([partition]) => partition === 1).length
    expect(onSlow).toBeLessThanOrEqual(1)
  })

  test('of a slow input go round as well, though no batch is ever full', () => {
    const shelf = new Shelf(4)
    const sink = sinkTo(shelf, { kind: 'default' })
    for (let i = 0; i < 8; i++) {
      sink.write(new ListRecords(list(3)))
      sink.push()
    }
    const counts = shelf.backlogs.map((_, p) => shelf.taken.filter(([partition]) => partition === p).length)
    expect(counts).toEqual([6, 6, 6, 6])
  })

  test('and those with a field that is null or missing are treated alike', () => {
    const nulls = [{ value: '{"id":null}' }, { value: '{}' }, { value: null }]
    expect(new Set(partitionsOf({ kind: 'field', path: ['id'] }, nulls)).size).toBe(1)
  })
})

test('a record for which there is no room is offered again, once, to the same partition', async () => {
  const shelf = new Shelf(3)
  shelf.room = 1
  const sink = sinkTo(shelf, { kind: 'round-robin' })
  const records = new ListRecords([{ value: 'a' }, { value: 'b' }, { value: 'c' }])
  expect(sink.write(records)).toBe(false)
  expect(sink.write(records)).toBe(false)
  await sink.drain()
  expect(sink.write(records)).toBe(true)
  expect(shelf.taken).toEqual([
    [0, 'a'],
    [1, 'b'],
    [2, 'c']
  ])
})

test('a rate lets few through at a time, and what waits for more goes out meanwhile', async () => {
  const start = performance.now()
  const shelf = new Shelf(1)
  const sink = sinkTo(shelf, { kind: 'default' }, 200)
  const records = new ListRecords(Array.from({ length: 20 }, () => ({ value: 'v' })))
  while (!sink.write(records)) await sink.drain()
  const elapsed = performance.now() - start
  expect(elapsed).toBeGreaterThan(95)
  expect(shelf.taken.length).toBe(20)
  expect(shelf.pushed).toBeGreaterThan(1)
})

test('a record has its own timestamp, or the time at which it is written', () => {
  const shelf = new Shelf(1)
  const before = Date.now()
  sinkTo(shelf, { kind: 'default' }).write(new ListRecords([{ timestamp: 5 }, {}, { timestamp: 2 ** 60 }]))
  expect(shelf.timestamps[0]).toBe(5)
  expect(shelf.timestamps[1]).toBeGreaterThanOrEqual(before)
  expect(shelf.timestamps[2]).toBe(2n ** 60n)
})

describe('whole batches', () => {
  const batch = batchOf([{ value: 'a' }, { value: 'b' }], 10n)
  const withGap = batchOf([{ value: 'c' }, { value: 'd' }], 12n)
  withGap.writeInt32BE(5, FIELD.lastOffsetDelta)
  seal(withGap, 0)
  const set = Buffer.concat([batch, withGap, batchOf([{ value: 'e' }, { value: 'f' }], 20n)])
  const whole = `2 in ${batch.length} bytes`
  const copying = {
    ...{ partitioner: { kind: 'keep' } as Partitioner, stamp: null, encoder: null, copies: true, rate: Infinity },
    transaction: null
  }
  const opensAll = ['a', 'b', 'c', 'd', 'e', 'f']

  function valuesOf(shelf: Shelf, options: Partial<KafkaSinkOptions>): (string | null)[] {
    const sink = new KafkaSink(shelf as unknown as Sender, { ...copying, ...options })
    expect(sink.write(opened(set))).toBe(true)
    return shelf.taken.map(([, value]) => value)
  }

  test('go through unopened, in order with what has to be opened', () => {
    const shelf = new Shelf(5)
    expect(valuesOf(shelf, {})).toEqual([whole, 'c', 'd', whole])
    expect(new Set(shelf.taken.map(([partition]) => partition))).toEqual(new Set([3]))
  })

  test.each<[string, Partial<KafkaSinkOptions>]>([
    ['another partitioner', { partitioner: { kind: 'default' } }],
    ['a stamp', { stamp: createStamp({ key: 'k', headers: [] }) }],
    ['a rate', { rate: 1e6 }],
    ['another compression', { copies: false }]
  ])('are opened for %s', (_name, options) => {
    expect(valuesOf(new Shelf(5), options)).toEqual(opensAll)
  })

  test.each([0, 1, 2, 3])('with room for %i, the rest is offered again and comes once', async (room) => {
    const shelf = new Shelf(5)
    shelf.room = room
    const sink = new KafkaSink(shelf as unknown as Sender, copying)
    const records = opened(set)
    expect(sink.write(records)).toBe(false)
    expect(sink.write(records)).toBe(false)
    expect(shelf.taken).toHaveLength(room)
    await sink.drain()
    expect(sink.write(records)).toBe(true)
    expect(shelf.taken.map(([, value]) => value)).toEqual([whole, 'c', 'd', whole])
  })

  test.each([0, 1])('wait for their partition, which the topic has not yet, and then has %i more', async (added) => {
    const shelf = new Shelf(3)
    shelf.added = added
    const sink = new KafkaSink(shelf as unknown as Sender, copying)
    const records = opened(set)
    expect(sink.write(records)).toBe(false)
    await sink.drain()
    if (added === 0) return expect(() => sink.write(records)).toThrow('the topic has no partition 3, only 3 partitions')
    expect(sink.write(records)).toBe(true)
    expect(shelf.taken.map(([, value]) => value)).toEqual([whole, 'c', 'd', whole])
  })
})

test('a record that is refused when there is room for it again is not offered once more', async () => {
  const shelf = new Shelf(1)
  shelf.room = 1
  const sink = sinkTo(shelf, { kind: 'default' })
  const records = new ListRecords(['a', 'refused', 'b'].map((value) => ({ value })))
  expect(sink.write(records)).toBe(false)
  await sink.drain()
  expect(() => sink.write(records)).toThrow('refused')
  expect(sink.write(records)).toBe(true)
  expect(shelf.taken.map(([, value]) => value)).toEqual(['a', 'b'])
})
