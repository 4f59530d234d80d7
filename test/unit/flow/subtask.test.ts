import { describe, expect, test } from '@jest/globals'
import { javaHashCode, ownerOf } from '../../../src/flow/subtask.js'

const owners = (topic: string, count: number, partitions: number): number[] =>
  Array.from({ length: partitions }, (_, partition) => ownerOf(topic, partition, count))

test('hash codes are Java’s', () => {
  expect(javaHashCode('topic')).toBe(110546223)
  expect(javaHashCode('orders')).toBe(-1008770331)
})

describe('owners are Flink’s', () => {
  test.each([
    ['topic', 3, [1, 2, 0, 1]],
    ['pattern-topic', 3, [2, 0, 1, 2]],
    ['test-topic', 3, [0, 1, 2, 0]],
    ['orders', 3, [0, 1, 2, 0]],
    ['topic', 4, [1, 2, 3, 0]],
    ['test-topic2', 4, [2, 3, 0, 1]],
    ['orders', 4, [3, 0, 1, 2]],
    ['topic', 2, [1, 0]],
    ['orders', 2, [1, 0]]
  ])('%s among %i', (topic, count, expected) => {
    expect(owners(topic, count, expected.length)).toEqual(expected)
  })

  test('spreads 11 partitions over 3 readers as 3 or 4 each, and 4 over 11 as 0 or 1', () => {
    const share = (partitions: number, count: number): number[] => {
      const all = owners('test-topic', count, partitions)
      return Array.from({ length: count }, (_, reader) => all.filter((owner) => owner === reader).length)
    }
    expect(new Set(share(11, 3))).toEqual(new Set([3, 4]))
    expect(new Set(share(4, 11))).toEqual(new Set([0, 1]))
  })
})
