import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Batch, PartitionQueue } from '../../../src/kafka/partition-queue.js'
import { BatchWriter } from '../../../src/records/batch-writer.js'
import { Records } from '../../../src/records/records.js'

class NullRecords extends Records {
  next(): boolean {
    return true
  }
}

function batchOf(count: number): Batch {
  const writer = new BatchWriter({ capacity: 1 << 12 })
  const records = new NullRecords()
  while (writer.count < count) writer.append(records, 0)
  return { writer, codec: 'none', bytes: Buffer.alloc(0), sequence: -1, inFlight: false, stale: false }
}

/** The partition's leader. */
const NODE = 1

let queue: PartitionQueue

/** Queues batches of so many records each. */
function enqueue(...counts: number[]): Batch[] {
  const batches = counts.map(batchOf)
  queue.pending.push(...batches)
  return batches
}

/** Sends whatever may be sent now: the batches sent. */
function sendAll(): Batch[] {
  const sent: Batch[] = []
  for (let batch = queue.sendable(0); batch; batch = queue.sendable(0)) {
    queue.sent(batch, NODE)
    sent.push(batch)
  }
  return sent
}

/** A queue whose first batch, of no records, was taken. */
beforeEach(() => {
  queue = new PartitionQueue(3, 5)
  const [first] = enqueue(0) as [Batch]
  sendAll()
  queue.acknowledged(first)
})

describe('in good order', () => {
  test.each([
    ['the first batch goes alone', () => (queue = new PartitionQueue(3, 5))],
    ['and the first with another producer', () => queue.restart()]
  ])('%s: a broker that has none of a producer would take a second one without it', (_, begin) => {
    begin()
    const [first, second, third] = enqueue(3, 4, 5) as [Batch, Batch, Batch]
    expect(sendAll()).toEqual([first])
    queue.toRetry(first)
    expect(sendAll()).toEqual([first])
    queue.acknowledged(first)
    expect(sendAll()).toEqual([second, third])
    expect([first, second, third].map(({ sequence }) => sequence)).toEqual([0, 3, 7])
  })

  test('batches go in turn, up to five at a time, each with the sequence number after the one before', () => {
    const batches = enqueue(10, 1, 5, 2, 3, 4)
    expect(sendAll()).toEqual(batches.slice(0, 5))
    expect(batches.map(({ sequence }) => sequence)).toEqual([0, 10, 11, 16, 18, -1])
    queue.acknowledged(batches[0]!)
    expect(sendAll()).toEqual([batches[5]])
    expect(batches[5]!.sequence).toBe(21)
    expect(queue.pending).toEqual(batches.slice(1))
  })

  test('none goes to a new leader while one is on its way to the old one', () => {
    const [first] = enqueue(1, 1) as [Batch]
    expect([1, 2].map((node) => queue.mayGoTo(node))).toEqual([true, true])
    queue.sent(first, 1)
    expect([1, 2].map((node) => queue.mayGoTo(node))).toEqual([true, false])
    queue.toRetry(first)
    expect([1, 2].map((node) => queue.mayGoTo(node))).toEqual([true, true])
  })

  test('sequence numbers go on from 0 after the greatest int32', () => {
    const [first, second] = enqueue(4, 1) as [Batch, Batch]
    first.sequence = 2 ** 31 - 3
    queue.sent(first, NODE)
    // A batch that is acknowledged though earlier ones were given up sets the number for those behind it.
    first.stale = true
    queue.acknowledged(first)
    queue.sent(second, NODE)
    expect(second.sequence).toBe(1)
  })

  test('without sequence numbers, one at a time keeps the order', () => {
    queue = new PartitionQueue(3, 1)
    const [first, second] = enqueue(1, 1)
    expect(sendAll()).toEqual([first])
    queue.acknowledged(first!)
    expect(sendAll()).toEqual([second])
  })
})

describe('after a failure that may pass', () => {
  test('a batch keeps its number, so that the broker can tell that it has it already', () => {
    const [batch] = enqueue(7)
    sendAll()
    queue.toRetry(batch!)
    expect(queue.sendable(0)).toBe(batch)
    expect(queue.sent(batch!, NODE)).toBe(false)
    expect(batch!.sequence).toBe(0)
  })

  test('it is sent alone, once no other of its partition is in flight, then the rest in order', () => {
    const [a, b, c, d] = enqueue(1, 1, 1, 1) as [Batch, Batch, Batch, Batch]
    queue.sent(a, NODE)
    queue.sent(b, NODE)
    queue.sent(c, NODE)
    queue.toRetry(a)
    expect(queue.sendable(0)).toBeNull()
    queue.toRetry(b)
    expect(queue.sendable(0)).toBeNull()
    queue.toRetry(c)
    expect(sendAll()).toEqual([a])
    queue.acknowledged(a)
    expect(sendAll()).toEqual([b, c, d])
    expect([a, b, c, d].map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3])
  })

  test('it waits for its time', () => {
    const [batch] = enqueue(1)
    queue.notBefore = 1000
    expect(queue.sendable(999)).toBeNull()
    expect(queue.sendable(1000)).toBe(batch)
  })

  test('a gap in the sequence is explained by an earlier batch that is still to be written', () => {
    const [a, b] = enqueue(1, 1) as [Batch, Batch]
    sendAll()
    expect(queue.followsGap(b)).toBe(true)
    queue.acknowledged(a)
    expect(queue.followsGap(b)).toBe(false)
  })
})

describe('after a batch was given up', () => {
  test('its numbers go to those behind it, once these come back', () => {
    const [a, b, c] = enqueue(10, 5, 2) as [Batch, Batch, Batch]
    sendAll()
    queue.dropped(a)
    expect(queue.pending).toEqual([b, c])
    expect(queue.sendable(0)).toBeNull()
    // Which is a gap to the broker.
    expect(queue.followsGap(b)).toBe(true)
    queue.toRetry(b)
    queue.toRetry(c)
    expect(sendAll()).toEqual([b])
    expect(b.sequence).toBe(0)
    queue.acknowledged(b)
    expect(sendAll()).toEqual([c])
    expect(c.sequence).toBe(5)
  })

  test('those behind it that were not sent take its numbers at once', () => {
    const [a, b] = enqueue(10, 5) as [Batch, Batch]
    queue.sent(a, NODE)
    queue.dropped(a)
    expect(sendAll()).toEqual([b])
    expect(b.sequence).toBe(0)
  })

  test('a broker that took one behind it after all goes on from there', () => {
    const [a, b, c] = enqueue(10, 5, 2) as [Batch, Batch, Batch]
    queue.sent(a, NODE)
    queue.sent(b, NODE)
    queue.dropped(a)
    queue.acknowledged(b)
    expect(sendAll()).toEqual([c])
    expect(c.sequence).toBe(15)
  })
})
