import { expect, test } from '@jest/globals'
import { HeaderCursor, HeaderWriter, skipHeaders } from '../../../src/records/header-cursor.js'
import { NO_END } from '../../../src/records/varint.js'
import { GivenRecords } from '../formats/records.js'
import { rest } from './batches.js'

test('order, duplicates, empty and null values are kept, from record to record', () => {
  const first: [string, string | null][] = [
    ['b', '1'],
    ['a', null],
    ['', ''],
    ['b', 'x'.repeat(3000)],
    ['žluťoučký', 'kůň']
  ]
  const given = [{ headers: first }, {}, { headers: [['z', '2']] as [string, string][] }]
  expect(rest(new GivenRecords(given)).map(({ headers }) => headers)).toEqual([first, [], [['z', '2']]])
})

test('bytes that are not UTF-8 are bytes', () => {
  const records = new GivenRecords([{ headers: [[Buffer.from([0xff]), Buffer.from([0, 0xfe])]] }])
  records.next()
  const cursor = new HeaderCursor()
  cursor.reset(records)
  expect(cursor.next()).toBe(true)
  expect([...cursor.bytes.subarray(cursor.nameStart, cursor.nameEnd)]).toEqual([0xff])
  expect([...cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)]).toEqual([0, 0xfe])
  expect(cursor.next()).toBe(false)
  expect(cursor.next()).toBe(false)
})

test('the writer writes what a record batch has, and begins anew', () => {
  const writer = new HeaderWriter()
  writer.add('gone', 'gone')
  writer.clear()
  writer.add('ab', Buffer.from('c'))
  writer.add(Buffer.from('d'), null)
  writer.add('', '')
  expect(writer.count).toBe(3)
  expect(writer.view().toString('hex')).toBe('04616202630264010000')
})

test('headers are skipped only where they are whole', () => {
  const writer = new HeaderWriter()
  writer.add('name', 'value')
  writer.add('null', null)
  const { length } = writer
  const bytes = Buffer.from(writer.view())
  expect(skipHeaders(bytes, 0, length, 2)).toBe(length)
  expect(skipHeaders(bytes, 0, length, 1)).toBe(11)
  expect(skipHeaders(bytes, 0, length, 3)).toBe(NO_END)
  expect(skipHeaders(bytes, 0, length, 2 ** 31 - 1)).toBe(NO_END)
  expect(skipHeaders(Buffer.from([0x01, 0x00]), 0, 2, 1)).toBe(NO_END)
  expect(skipHeaders(Buffer.from([0x00, 0x03]), 0, 2, 1)).toBe(NO_END)
})
