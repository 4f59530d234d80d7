import { expect, test } from '@jest/globals'
import { type Fixed, createStamp } from '../../../src/endpoints/stamp.js'
import { createParser } from '../../../src/formats/index.js'
import { ListRecords, type Plain, plainOf } from './list-records.js'

function stamped(fixed: Fixed, list: Plain[]): ReturnType<typeof plainOf>[] {
  const stamp = createStamp(fixed)!
  const records = new ListRecords(list)
  const result = []
  while (records.next()) {
    stamp(records)
    result.push(plainOf(records))
  }
  return result
}

test('nothing fixed is nothing to do', () => {
  expect(createStamp({ key: null, headers: [] })).toBeNull()
})

test('a fixed key is for records that have none; an empty key is one', () => {
  const keys = stamped({ key: 'fixed', headers: [] }, [{ key: 'own' }, { key: null }, { key: '' }]).map(
    ({ key }) => key
  )
  expect(keys).toEqual(['own', 'fixed', ''])
})

test('fixed headers follow those of the record, in order, duplicates included', () => {
  const fixed = {
    key: null,
    headers: [
      { name: 'a', value: '1' },
      { name: 'a', value: 'ä' }
    ]
  }
  const list: Plain[] = [
    {
      headers: [
        ['a', '0'],
        ['n', null]
      ]
    },
    {},
    { headers: [['b', 'x'.repeat(5000)]] },
    { headers: [['c', '']] }
  ]
  expect(stamped(fixed, list).map(({ headers }) => headers)).toEqual([
    ['a=0', 'n=null', 'a=1', 'a=ä'],
    ['a=1', 'a=ä'],
    [`b=${'x'.repeat(5000)}`, 'a=1', 'a=ä'],
    ['c=', 'a=1', 'a=ä']
  ])
})

test('with a parser that knows no headers they do not add up from record to record', async () => {
  const stamp = createStamp({ key: 'k', headers: [{ name: 'source', value: 'lines' }] })!
  const parser = await createParser({
    ...{ format: 'lines', delimiter: Buffer.from('\n'), keyDelimiter: null, emptyIsNull: false, keyField: null },
    ...{ valueField: null, timestampField: null, columns: null, header: true, keyAs: 'string', valueAs: 'string' }
  })
  const input = Buffer.from('a\nb\nc\n')
  parser.feed(input, 0, input.length, true)
  const result = []
  while (parser.next()) {
    stamp(parser)
    result.push(plainOf(parser))
  }
  expect(result).toEqual(['a', 'b', 'c'].map((value) => ({ key: 'k', value, headers: ['source=lines'] })))
})
