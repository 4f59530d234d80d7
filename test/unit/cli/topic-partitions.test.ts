import { expect, test } from '@jest/globals'
import { distinctTopics, parseTopicPartitions } from '../../../src/cli/topic-partitions.js'

test.each([
  ['orders', { topic: 'orders', partitions: null }],
  ['orders:3', { topic: 'orders', partitions: [3] }],
  ['orders:0,3-5', { topic: 'orders', partitions: [0, 3, 4, 5] }]
])('%s', (text, expected) => {
  expect(parseTopicPartitions(text)).toEqual(expected)
})

test.each([
  ['', /^'' names no topic$/],
  [':1', /^':1' names no topic$/],
  ['orders:', /^'' is no list of partitions$/],
  ['orders:1:2', /^'1:2' is no list of partitions$/]
])('%j is no topic with partitions', (text, message) => {
  expect(() => parseTopicPartitions(text)).toThrow(message)
})

test('a topic is named once', () => {
  const [a, b] = [parseTopicPartitions('a:1'), parseTopicPartitions('b')]
  expect(distinctTopics([a, b])).toEqual([a, b])
  expect(() => distinctTopics([a, b, parseTopicPartitions('a:2')])).toThrow('topic "a" is named twice')
})
