import { describe, expect, test } from '@jest/globals'
import { type AbortedTransaction, AbortedTransactions } from '../../../src/records/aborted-transactions.js'
import { BatchHeader, FIELD, seal } from '../../../src/records/batch-header.js'
import { batchOf, fixture, opened, readAll, rest } from './batches.js'

const bytes = fixture('transactions.bin')

/** The broker's own index: version (16 bits), producer id, first, last and last stable offset (64 bits each). */
const aborted: AbortedTransaction[] = []
for (let index = fixture('transactions.txnindex'), at = 0; at < index.length; at += 34) {
  aborted.push({ producerId: index.readBigInt64BE(at + 2), firstOffset: index.readBigInt64BE(at + 10) })
}

const committed = ['b1 committed', 'plain 1', 'a2 committed', 'plain 2', 'b3 committed']
const values = (records: { value: string | null }[]): (string | null)[] => records.map(({ value }) => value)

test('read-committed shows what was committed or has no transaction', () => {
  expect(aborted.length).toBe(2)
  const records = opened(bytes, { aborted })
  expect(values(rest(records))).toEqual(committed)
  expect(records.position).toBe(13n)
})

test('the order of the list does not matter', () => {
  expect(values(readAll(bytes, { aborted: [...aborted].reverse() }))).toEqual(committed)
})

test('read-uncommitted shows everything but the markers', () => {
  expect(values(readAll(bytes))).toHaveLength(8)
  expect(values(readAll(bytes, { aborted: [] }))).toHaveLength(8)
})

test('a marker before the first offset asked for ends its transaction too', () => {
  expect(values(readAll(bytes, { from: 5n, aborted }))).toEqual(['a2 committed', 'plain 2', 'b3 committed'])
})

test('an aborted transaction that is not over hides what follows of its producer, and nothing else', () => {
  const records = opened(bytes.subarray(0, bytes.length), { until: 10n, aborted: aborted.slice(0, 1) })
  expect(values(rest(records))).toEqual(['b1 committed', 'plain 1', 'a2 committed', 'b2 aborted', 'plain 2'])
})

test('a marker without a type is an error, not a guess', () => {
  const marker = batchOf([{ key: 'abc', value: 'x' }], 5n, { producerId: 7n, transactional: true, baseSequence: 0 })
  marker.writeInt16BE(0x30, FIELD.attributes)
  seal(marker, 0)
  expect(() => readAll(marker, { aborted })).toThrow(
    'offset 5: the record batch is damaged (its control record has no type)'
  )
})

describe('with an aborted transaction of producer 7', () => {
  const options = { producerId: 7n, producerEpoch: 0, baseSequence: 0 }
  const covered = (batch: Buffer): boolean => {
    const header = new BatchHeader()
    header.read('t', 3, batch, 0, batch.length)
    return new AbortedTransactions([{ producerId: 7n, firstOffset: 4n }]).covers(header, batch)
  }

  test('its batches from there on are covered', () => {
    expect(covered(batchOf([{}], 4n, { ...options, transactional: true }))).toBe(true)
    expect(covered(batchOf([{}, {}], 3n, { ...options, transactional: true }))).toBe(true)
    expect(covered(batchOf([{}], 3n, { ...options, transactional: true }))).toBe(false)
    expect(covered(batchOf([{}], 4n, { ...options, transactional: true, producerId: 8n }))).toBe(false)
  })

  test('what it writes outside of transactions is not', () => {
    expect(covered(batchOf([{}], 5n, options))).toBe(false)
  })

  test('a marker that compaction has emptied ends nothing', () => {
    const marker = batchOf([{ key: '\0\0\0\0' }], 5n, { ...options, transactional: true }).subarray(0, FIELD.records)
    marker.writeInt16BE(0x30, FIELD.attributes)
    marker.writeInt32BE(FIELD.records - FIELD.leaderEpoch, FIELD.length)
    marker.writeInt32BE(0, FIELD.count)
    seal(marker, 0)
    const later = batchOf([{ value: 'hidden' }], 6n, { ...options, transactional: true })
    expect(readAll(Buffer.concat([marker, later]), { aborted: [{ producerId: 7n, firstOffset: 0n }] })).toEqual([])
  })
})
