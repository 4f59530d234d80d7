import { describe, expect, test } from '@jest/globals'
import { murmur2, partitionForKey } from '../../../src/kafka/partitioner.js'

const hash = (key: string): number => murmur2(Buffer.from(key), 0, Buffer.byteLength(key))
const partition = (key: string, count: number): number =>
  partitionForKey(Buffer.from(key), 0, Buffer.byteLength(key), count)

describe('murmur2', () => {
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['abc', 479470107],
    ['', 275646681],
    ['a-little-bit-long-string', -985981536]
  ])('of %j is the Java client’s', (key, expected) => {
    expect(hash(key)).toBe(expected)
  })

  test('reads only its range', () => {
    expect(murmur2(Buffer.from('xxfoobaryy'), 2, 8)).toBe(hash('foobar'))
  })
})

test('partitions are those of kafka-console-producer', () => {
  expect(['foobar', 'abc', '21', 'k1'].map((key) => partition(key, 10))).toEqual([6, 7, 0, 7])
  expect(['foobar', 'abc', '21', 'k1'].map((key) => partition(key, 3))).toEqual([0, 0, 0, 2])
})
