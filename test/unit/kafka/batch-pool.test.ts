import { expect, test } from '@jest/globals'
import { BatchPool } from '../../../src/kafka/batch-pool.js'
import type { Batch } from '../../../src/kafka/partition-queue.js'

const MEGABYTE = 1 << 20
const limits = { batchBytes: MEGABYTE, maxMessageBytes: MEGABYTE }

function takeAll(pool: BatchPool): Batch[] {
  const taken: Batch[] = []
  while (!pool.empty) taken.push(pool.take()!)
  expect(pool.take()).toBeNull()
  return taken
}

test.each([
  { partitions: 1, batches: 48 },
  { partitions: 24, batches: 48 },
  // Smaller, so that there are two for each.
  { partitions: 96, batches: 192 },
  // Not smaller any more; one for each, and one to go on with.
  { partitions: 10_000, batches: 10_001 }
])('$partitions partitions have $batches batches between them', ({ partitions, batches }) => {
  expect(takeAll(new BatchPool(partitions, limits))).toHaveLength(batches)
})

test('a batch that was released is given again, empty', () => {
  const pool = new BatchPool(1, limits)
  const [first] = takeAll(pool)
  Object.assign(first!, { bytes: Buffer.alloc(1), sequence: 7, stale: true })
  first!.writer.count = 3
  pool.release(first!)
  expect(pool.empty).toBe(false)
  expect(pool.take()).toBe(first)
  expect(first).toMatchObject({ bytes: null, sequence: -1, stale: false, writer: { count: 0 } })
})

test('a whole batch is no larger than the topic allows, nor much larger than a buffer', () => {
  expect(new BatchPool(1, limits).wholeBatchBytes).toBe(MEGABYTE)
  expect(new BatchPool(96, limits).wholeBatchBytes).toBe(MEGABYTE / 4 + 1024)
})
