import { describe, expect, test } from '@jest/globals'
import { GrepFilter } from '../../../src/formats/grep.js'
import type { BatchRecords } from '../../../src/records/batch-reader.js'
import { CODECS } from '../../../src/records/compression.js'
import { BothFilter, KeyFilter, type RecordFilter } from '../../../src/records/record-filter.js'
import type { Given } from '../formats/records.js'
import { batchOf, opened, rest } from './batches.js'

function filtered(bytes: Buffer, filter: RecordFilter, range = {}): BatchRecords {
  const records = opened(bytes, range)
  records.filter = filter
  return records
}

const offsetsOf = (records: BatchRecords): number[] => rest(records).map(({ offset }) => Number(offset))
const bytesOf = (...batches: Given[][]): Buffer => {
  let base = 0n
  return Buffer.concat(
    batches.map((given, index) => {
      const batch = batchOf(given, base, { codec: CODECS[index % CODECS.length]! })
      base += BigInt(given.length)
      return batch
    })
  )
}

describe('records of a key', () => {
  const given: Given[] = [
    { key: 'ab', value: 'v' },
    { key: 'abc', value: 'v' },
    { key: null, value: 'ab' },
    // The key as it stands in a record, but elsewhere.
    { key: 'x', value: '\x04ab', headers: [['h', '\x04ab']] },
    { key: 'ab', value: null },
    { key: '', value: 'v' },
    { key: '\x04ab', value: 'v' },
    { key: 'aB', value: 'v' },
    { key: 'ab', value: '\x04ab' }
  ]

  test.each([
    ['ab', [0, 4, 8]],
    ['', [5]],
    ['abcd', []],
    ['\x04ab', [6]]
  ])('%j', (key, expected) => {
    for (const codec of CODECS) {
      expect(offsetsOf(filtered(batchOf(given, 0n, { codec }), new KeyFilter(Buffer.from(key))))).toEqual(expected)
    }
  })

  test('longer than what one byte tells the length of', () => {
    const key = 'k'.repeat(300)
    const bytes = batchOf([{ key: `${key}k` }, { key }, { key: key.slice(1) }])
    expect(offsetsOf(filtered(bytes, new KeyFilter(Buffer.from(key))))).toEqual([1])
  })

  test('whose value matches, too, whichever is looked for', () => {
    const both = (pattern: string): RecordFilter =>
      new BothFilter(new KeyFilter(Buffer.from('ab')), new GrepFilter(pattern))
    const bytes = bytesOf(given, [{ key: 'ab', value: 'long enough' }], [{ key: 'x', value: 'long enough' }])
    expect(offsetsOf(filtered(bytes, both('^v$')))).toEqual([0])
    expect(offsetsOf(filtered(bytes, both('long enough')))).toEqual([9])
    expect(offsetsOf(filtered(bytes, both('')))).toEqual([0, 8, 9])
  })
})

describe('where reading goes on', () => {
  const batch = (...values: string[]): Given[] => values.map((value) => ({ value }))
  const bytes = bytesOf(batch('a', 'hit', 'b'), batch('c', 'd'), batch('hit', 'e', 'hit'), batch('f', 'g'))
  const hit = new GrepFilter('hit')

  test('behind all that is passed over', () => {
    const records = filtered(bytes, hit)
    const positions: [number, bigint][] = []
    while (records.next()) positions.push([Number(records.offset()), records.position])
    expect(positions).toEqual([
      [1, 2n],
      [5, 6n],
      [7, 8n]
    ])
    expect(records.position).toBe(10n)
  })

  test('within the bounds', () => {
    const records = filtered(bytes, hit, { from: 2n, until: 7n })
    expect(offsetsOf(records)).toEqual([5])
    expect(records.position).toBe(7n)
    const none = filtered(bytes, new GrepFilter('none'), { from: 1n, until: 4n })
    expect(none.next()).toBe(false)
    expect(none.position).toBe(4n)
  })

  test('only those that pass count for the limit, and nothing behind the last is passed over', () => {
    const records = filtered(bytes, hit)
    records.limit = 2
    expect(offsetsOf(records)).toEqual([1, 5])
    expect(records.position).toBe(6n)
  })

  test('no batch is given whole', () => {
    expect(filtered(bytes, hit).nextBatch(1 << 20)).toBeNull()
  })
})

test('records between two finds are passed over', () => {
  const values = Array.from({ length: 50 }, (_, i) => ({ value: i % 20 === 19 ? 'needle' : `value ${i}` }))
  const bytes = batchOf(values)
  expect(offsetsOf(filtered(bytes, new GrepFilter('needle')))).toEqual([19, 39])
})

describe('a value matches however it is looked for', () => {
  // Small numbers of words and of patterns, so that there are matches, and near misses.
  let seed = 20_260_509
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((seed / 0x80000000) * below)
  }
  const some = <T>(of: readonly T[]): T => of[random(of.length)]!
  const words = ['error', 'Error', 'err', 'timeout', 'é', 'È', '😀', '17', '-', '{"a":', '\n', ' ', 'k', 'ſ', 'x']
  const items = [
    'error',
    'err',
    'timeout',
    'é',
    '😀',
    '\\d',
    '\\d+',
    '.',
    '{"a":',
    '^',
    '$',
    '\\b',
    '[a-f]',
    'k',
    'x{2}',
    ' '
  ]
  const pattern = (depth = 2): string => {
    let text = ''
    for (let count = 1 + random(3); count > 0; count--) {
      const item = depth > 0 && random(4) === 0 ? `(?:${pattern(depth - 1)}|${pattern(depth - 1)})` : some(items)
      const isWhole = /^(?:[^^$]|\\d|\[.*\]|\(.*\))$/su.test(item)
      text += isWhole ? item + some(['', '', '', '?', '*', '+']) : item
    }
    return text
  }
  const value = (): string | null =>
    random(10) === 0 ? null : Array.from({ length: random(5) }, () => some(words)).join('')

  test.each(['', '(?i)', '(?s)', '(?im)'])('flags %j', (flags) => {
    let matched = 0
    for (let round = 0; round < 150; round++) {
      const given = Array.from({ length: 1 + random(20) }, () => ({ key: value(), value: value() }))
      const text = pattern()
      const regex = new RegExp(text.replace(/\{"a":/g, '\\{"a":'), `u${flags.slice(2, -1)}`)
      const expected = given.flatMap((one, at) => (one.value !== null && regex.test(one.value) ? [at] : []))
      const bytes = batchOf(given, 0n, { codec: some(CODECS) })
      expect({ text, offsets: offsetsOf(filtered(bytes, new GrepFilter(flags + text))) }).toEqual({
        text,
        offsets: expected
      })
      matched += expected.length
    }
    expect(matched).toBeGreaterThan(250)
  })
})
