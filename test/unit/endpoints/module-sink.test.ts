import { expect, test } from '@jest/globals'
import { MessageRecords, messageAt } from '../../../src/endpoints/message-records.js'
import { ModuleName } from '../../../src/endpoints/module-name.js'
import { ModuleSink } from '../../../src/endpoints/module-sink.js'
import type { EndpointSink, Message, Rejected } from '../../../src/endpoint-module.js'
import type { BadRecords } from '../../../src/flow/run.js'
import { RecordCopy } from '../../../src/records/record-copy.js'

const name = new ModuleName('mod', [])
const failing: BadRecords = {
  goesOn: false,
  take: (error) => {
    throw error
  }
}

/** A sink whose writes end when the test says so. */
class Peer implements EndpointSink {
  readonly batches: (readonly Message[])[] = []
  readonly #ends: ((result: Rejected[] | Error) => void)[] = []
  readonly batch = { messages: 2 }
  concurrency = 1
  closed = 0

  write(messages: readonly Message[]): Promise<Rejected[]> {
    this.batches.push(messages)
    return new Promise((resolve, reject) => {
      this.#ends.push((result) => (result instanceof Error ? reject(result) : resolve(result)))
    })
  }

  end(result: Rejected[] | Error = []): void {
    this.#ends.shift()!(result)
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }

  get values(): string[][] {
    return this.batches.map((batch) => batch.map(({ value }) => String(value)))
  }
}

function sinkOf(peer: Peer, bad = failing): ModuleSink {
  return new ModuleSink(peer, name, bad, () => Promise.resolve())
}
function records(...values: string[]): MessageRecords {
  const cursor = new MessageRecords()
  const at = { topic: 't', partition: 1, timestamp: 5n }
  cursor.open(values.map((value, i) => ({ value: Buffer.from(value), offset: BigInt(i), ...at })), 0, 'in', 1) // prettier-ignore
  return cursor
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a message is a copy of its record, with all it has', () => {
  const exact = 2n ** 62n + 1n
  const message: Message = {
    ...{ key: Buffer.from('k'), value: Buffer.from([0xff]), timestamp: exact, topic: 't', partition: 2, offset: exact },
    headers: [['a', Buffer.from('1')], ['a', null]] // prettier-ignore
  }
  const cursor = new MessageRecords()
  cursor.open([message, {}], 0, 'mod', 1)
  cursor.next()
  expect(messageAt(cursor)).toEqual(message)
  expect(messageAt(new RecordCopy(cursor))).toEqual(message)
  cursor.next()
  const nothing = { key: null, value: null, headers: [], timestamp: null, topic: '', partition: -1, offset: null }
  expect(messageAt(cursor)).toEqual(nothing)
  expect(cursor.next()).toBe(false)
})

test('holds the batch that is written and the one that is filled, and no more', async () => {
  const peer = new Peer()
  const sink = sinkOf(peer)
  const given = records('a', 'b', 'c', 'd', 'e')
  expect(sink.write(given)).toBe(false)
  expect([given.given, peer.values]).toEqual([4, [['a', 'b']]])
  const drained = sink.drain()
  peer.end()
  await drained
  expect(sink.write(given)).toBe(true)
  expect(peer.values).toEqual([['a', 'b'], ['c', 'd']]) // prettier-ignore
  const flushed = sink.flush()
  peer.end()
  await turn()
  peer.end()
  await flushed
  expect([peer.values[2], sink.records, sink.bytes]).toEqual([['e'], 5, 5])
})

test('as many batches are under way as it takes', () => {
  const peer = Object.assign(new Peer(), { concurrency: 2 })
  expect(sinkOf(peer).write(records('a', 'b', 'c', 'd', 'e', 'f', 'g'))).toBe(false)
  expect(peer.values).toEqual([['a', 'b'], ['c', 'd']]) // prettier-ignore
})

test('a push sends what there is, once the batch before it is written', async () => {
  const peer = new Peer()
  const sink = sinkOf(peer)
  sink.write(records('a'))
  sink.push()
  sink.write(records('b'))
  sink.push()
  expect(peer.values).toEqual([['a']])
  peer.end()
  await turn()
  expect(peer.values).toEqual([['a'], ['b']])
})

test('an error ends it: nothing more is taken, and flush and drain say why', async () => {
  const peer = new Peer()
  const sink = sinkOf(peer)
  sink.write(records('a', 'b', 'c'))
  peer.end(new Error('gone'))
  await sink.failed
  const more = records('x')
  expect([sink.write(more), more.given, sink.records]).toEqual([false, 0, 0])
  await expect(sink.drain()).rejects.toMatchObject({ line: 'mod: gone', exitCode: 1 })
  await expect(sink.flush()).rejects.toThrow('mod: gone')
  await sink.close()
  await sink.close()
  expect([peer.batches.length, peer.closed]).toEqual([1, 1])
})

test('what is rejected is a bad record, with where it stood', async () => {
  const taken: [string, string][] = []
  const bad: BadRecords = {
    goesOn: true,
    take: (error, record) => void taken.push([error.message, record.valueBytes.toString()])
  }
  const peer = new Peer()
  const sink = sinkOf(peer, bad)
  sink.write(records('a', 'b'))
  const flushed = sink.flush()
  peer.end([{ index: 1, reason: 'no' }])
  await flushed
  expect(taken).toEqual([['t [1] at offset 1: mod refuses the record: no', 'b']])
  expect(sink.records).toBe(1)

  const other = sinkOf(peer)
  other.write(records('a', 'b'))
  const failed = other.flush()
  peer.end([{ index: 0, reason: 'no' }])
  await expect(failed).rejects.toMatchObject({ line: 't [1] at offset 0: mod refuses the record: no' })
})

test('what is rejected in another order counts in that of the records', async () => {
  const peer = Object.assign(new Peer(), { batch: { messages: 4 } })
  const sink = sinkOf(peer)
  sink.write(records('a', 'b', 'c', 'd'))
  const failed = sink.flush()
  peer.end([{ index: 3, reason: 'late' }, { index: 1, reason: 'early' }]) // prettier-ignore
  await expect(failed).rejects.toMatchObject({ line: 't [1] at offset 1: mod refuses the record: early' })
  expect(sink.records).toBe(1)
})
