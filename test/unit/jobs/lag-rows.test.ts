import { describe, expect, test } from '@jest/globals'
import { ConditionError, FailedError } from '../../../src/errors.js'
import {
  type LagReport,
  type PartitionLag,
  lagOf,
  objection,
  remarksOn,
  rowsBy,
  sumByTopic
} from '../../../src/jobs/lag-rows.js'

const row = (
  group: string | null,
  topic: string,
  partition: number,
  lag: bigint | null,
  seconds: number | null = null
): PartitionLag => ({
  ...{ group, topic, partition, lag, seconds },
  ...{ committed: null, checkpoint: null, start: null, end: null, member: null, gone: false }
})

const report = (partitions: PartitionLag[], more: Partial<LagReport> = {}): LagReport => ({
  ...{ time: 0, partitions, gone: [], unknown: [] },
  ...more
})

describe('lag', () => {
  test.each([
    ['between start and end', 10n, 5n, 30n, 20n],
    ['at the end', 30n, 5n, 30n, 0n],
    ['below the start: what is not there any more is no lag', 10n, 49n, 60n, 11n],
    ['beyond the end: never negative', 99_999n, 0n, 50n, 0n],
    ['never committed: the whole backlog', null, 5n, 30n, 25n],
    ['an empty log that was emptied', 3n, 7n, 7n, 0n],
    ['exact beyond 2^53', 1n, 0n, 9_223_372_036_854_775_807n, 9_223_372_036_854_775_806n]
  ])('%s', (_, position, start, end, lag) => {
    expect(lagOf(position, start, end)).toBe(lag)
  })
})

describe('a row a group and topic', () => {
  test('has the sum of the lags and the largest age', () => {
    const rows = [row('a', 't', 0, 2n, 1.5), row('a', 't', 1, 3n, 7), row('a', 'u', 0, 1n), row('b', 'u', 0, 4n, 0)]
    const sums = sumByTopic(rows).map(({ group, topic, partition, lag, seconds }) => [
      group,
      topic,
      partition,
      lag,
      seconds
    ])
    expect(sums).toEqual([
      ['a', 't', null, 5n, 7],
      ['a', 'u', null, 1n, null],
      ['b', 'u', null, 4n, 0]
    ])
  })

  test('is not known where a partition is not: that may be the one that is behind', () => {
    const sums = sumByTopic([row('a', 't', 0, null), row('a', 't', 1, 3n, 5)])
    expect(sums).toMatchObject([{ lag: null, seconds: null }])
  })

  test('leaves out partitions that are gone, unless the topic is', () => {
    const gone = { ...row('a', 't', 1, null), gone: true }
    expect(sumByTopic([row('a', 't', 0, 3n, 5), gone])).toMatchObject([{ lag: 3n, seconds: 5 }])
    expect(sumByTopic([gone])).toMatchObject([{ lag: null, seconds: null }])
  })

  test('or a row a partition', () => {
    const partitions = [row('a', 't', 0, 2n), row('a', 't', 1, 3n)]
    expect(rowsBy('partition')(report(partitions))).toBe(partitions)
    expect(rowsBy('topic')(report(partitions))).toHaveLength(1)
  })
})

describe('what speaks against "no lag is over N"', () => {
  test('nothing, up to N', () => {
    expect(objection([row('a', 't', 0, 5n), row('a', 't', 1, 0n)], [], 5n)).toBeNull()
    expect(objection([row('a', 'gone', 0, null)], [], 0n)).toBeNull()
  })

  test('the worst row, and how many others', () => {
    const error = objection([row('a', 't', 0, 6n), row('a', 't', 1, 9n), row(null, 't', 2, 7n)], ['no leader'], 5n)
    expect(error).toBeInstanceOf(ConditionError)
    expect(error?.message).toBe('the lag of group "a" on topic "t" partition 1 is 9, over 5 (2 other rows too)')
    expect(objection(sumByTopic([row(null, 't', 0, 6n)]), [], 5n)?.message).toBe('the lag of topic "t" is 6, over 5')
  })

  test('what is not known is not small', () => {
    const error = objection([row('a', 't', 0, null)], ['no leader', 'no coordinator'], 5n)
    expect(error).toBeInstanceOf(FailedError)
    expect(error?.message).toBe('not every lag is known: no leader (and 1 more)')
  })
})

test('remarks are few, whatever is wrong', () => {
  const sentences = (count: number, what: string): string[] => Array.from({ length: count }, (_, i) => `${what} ${i}`)
  expect(remarksOn(report([], { gone: ['a'], unknown: ['b'] }))).toEqual(['a', 'b'])
  const many = remarksOn(report([], { gone: ['a'], unknown: sentences(50, 'b') }))
  expect([many.length, many.at(-1)]).toEqual([6, '… and 46 more'])
})
