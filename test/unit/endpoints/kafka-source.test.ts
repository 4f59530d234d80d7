// A topic as a source whose records have to wait: for a schema, that is asked for when a record names it.
import { expect, test } from '@jest/globals'
import { Decoding } from '../../../src/endpoints/decoding.js'
import { KafkaSource } from '../../../src/endpoints/kafka-source.js'
import { BadRecordError } from '../../../src/errors.js'
import type { FetchedPartition } from '../../../src/kafka/fetched-partition.js'
import type { Fetcher } from '../../../src/kafka/fetcher.js'
import type { Records } from '../../../src/records/records.js'
import { batches } from '../../support/batches.js'

const RANGE = { topic: 't', partition: 0, from: 0n, until: null }

/** Gives one batch of so many records, then nothing more. */
function fetcherOf(count: number): Fetcher {
  const [bytes] = batches(count, 1)
  const fetched = { ...RANGE, bytes, start: 0, end: bytes!.length, aborted: null, highWatermark: BigInt(count) }
  let given: FetchedPartition[] | null = [fetched as FetchedPartition]
  const next = (): Promise<FetchedPartition[] | null> => {
    const now = given
    given = null
    return Promise.resolve(now)
  }
  return { add: () => undefined, remove: () => undefined, idle: true, next } as unknown as Fetcher
}

/** A source whose record at offset 1 waits, until `come()`. */
function waitingSource(limit = Infinity) {
  let come!: () => void
  const coming = new Promise<void>((resolve) => (come = resolve))
  let isHere = false
  void coming.then(() => (isHere = true))
  const asked: bigint[] = []
  const decode = (records: Records): Promise<void> | null => {
    asked.push(records.offset())
    return records.offset() === 1n && !isHere ? coming : null
  }
  const source = new KafkaSource(fetcherOf(4), {
    ...{ limit, idleExit: Infinity, filter: null },
    observer: new Decoding({ decode }, null)
  })
  source.add([RANGE])
  return { source, come, asked }
}

function offsetsOf(records: unknown): bigint[] {
  const offsets: bigint[] = []
  while ((records as Records).next()) offsets.push((records as Records).offset())
  return offsets
}

const positionOf = (source: KafkaSource): bigint => source.positions()[0]!.offset
const { signal } = new AbortController()

test('a record that waits comes once, after those before it, and counts only then', async () => {
  const { source, come, asked } = waitingSource()
  expect(offsetsOf(await source.read(signal))).toEqual([0n])
  expect(positionOf(source)).toBe(1n)
  setImmediate(come)
  expect(offsetsOf(await source.read(signal))).toEqual([1n, 2n, 3n])
  expect(positionOf(source)).toBe(4n)
  expect(asked).toEqual([0n, 1n, 1n, 2n, 3n])
  expect(await source.read(signal)).toBeNull()
})

test('it is one of as many as are wanted', async () => {
  const { source, come } = waitingSource(2)
  expect(offsetsOf(await source.read(signal))).toEqual([0n])
  come()
  expect(offsetsOf(await source.read(signal))).toEqual([1n])
  expect(await source.read(signal)).toBeNull()
})

test('who ends meanwhile goes on with it later', async () => {
  const { source } = waitingSource()
  offsetsOf(await source.read(signal))
  const stop = new AbortController()
  const reading = source.read(stop.signal)
  stop.abort()
  expect(await reading).toBeNull()
  expect(positionOf(source)).toBe(1n)
})

test('what cannot be decoded is located, and the next one follows', async () => {
  const decode = (records: Records): null => {
    if (records.offset() === 1n) throw new BadRecordError('it is bad')
    return null
  }
  const options = { limit: Infinity, idleExit: Infinity, filter: null, observer: new Decoding({ decode }, null) }
  const source = new KafkaSource(fetcherOf(3), options)
  source.add([RANGE])
  const records = (await source.read(signal)) as Records
  expect(records.next()).toBe(true)
  expect(() => records.next()).toThrow('it is bad')
  expect(source.locate(new BadRecordError('it is bad'), true)).toMatchObject({
    message: 't [0] at offset 1: it is bad'
  })
  expect(offsetsOf(records)).toEqual([2n])
})
