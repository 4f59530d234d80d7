import { expect, test } from '@jest/globals'
import { RecordCopy } from '../../../src/records/record-copy.js'
import { GivenRecords } from '../formats/records.js'
import { plainOf } from '../endpoints/list-records.js'

test('a copy stays what the record was, and is given once', () => {
  const first = { key: 'k1', value: 'v1', headers: [['a', '1'] as [string, string]], timestamp: 5 }
  const records = new GivenRecords([first, { key: null, value: null }, { key: '', value: '' }])
  const copies: RecordCopy[] = []
  while (records.next()) copies.push(new RecordCopy(records))
  expect(copies.map((copy) => plainOf(copy))).toEqual([
    { key: 'k1', value: 'v1', headers: ['a=1'] },
    { key: null, value: null, headers: [] },
    { key: '', value: '', headers: [] }
  ])
  expect(copies.map((copy) => [copy.topic, copy.partition, copy.offset()])).toEqual([
    ['t', 0, 0n],
    ['t', 0, 1n],
    ['t', 0, 2n]
  ])
  expect(copies[0]!.exactTimestamp()).toBe(5n)
  expect([copies[0]!.next(), copies[0]!.next()]).toEqual([true, false])
})

test('a timestamp beyond 2^53 stays exact', () => {
  const records = new GivenRecords([{ value: 'v' }])
  records.next()
  records.timestamp = 2 ** 60
  records.exactTimestamp = () => 2n ** 60n + 1n
  expect(new RecordCopy(records).exactTimestamp()).toBe(2n ** 60n + 1n)
})
