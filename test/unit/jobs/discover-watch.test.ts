import { describe, expect, test } from '@jest/globals'
import { sentence } from '../../../src/cli/change-view.js'
import { changesBetween } from '../../../src/jobs/discover-watch.js'

type Seen = Parameters<typeof changesBetween>[0][number]

const topic = (name: string, ends: (number | null)[], topicId = name): Seen[] =>
  ends.map((end, partition) => {
    const [start, records] = end === null ? [null, null] : [0n, BigInt(end)]
    return { topic: name, topicId, partition, start, end: end === null ? null : BigInt(end), records }
  })

const changes = (before: Seen[], now: Seen[]): string[] => changesBetween(before, now).map(sentence)

describe('between two looks', () => {
  test('nothing changed', () => {
    expect(changes(topic('a', [1, 2]), topic('a', [1, 2]))).toEqual([])
  })

  test('topics and partitions appear, grow and go', () => {
    const before = [...topic('a', [1, 2]), ...topic('c', [5, 0]), ...topic('d', [0])]
    const now = [...topic('a', [1, 4, 0]), ...topic('b', [1]), ...topic('d', [1])]
    expect(changes(before, now)).toEqual([
      'a [1] grew by 2 records, to offset 4',
      'a [2] appeared: 0 records',
      'b appeared: 1 partition, 1 record',
      'c is gone: 2 partitions, 5 records',
      'd [0] grew by 1 record, to offset 1'
    ])
  })

  test('a topic that was created anew has gone and appeared', () => {
    expect(changes(topic('a', [9], 'old'), topic('a', [12], 'new'))).toEqual([
      'a is gone: 1 partition, 9 records',
      'a appeared: 1 partition, 12 records'
    ])
  })

  test('what is not known is no change', () => {
    expect(changes(topic('a', [null, 3]), topic('a', [4, null]))).toEqual([])
    expect(changes([], topic('a', [null]))).toEqual(['a appeared: 1 partition, an unknown number of records'])
  })
})
