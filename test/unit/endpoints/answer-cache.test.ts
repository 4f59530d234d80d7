import { expect, test } from '@jest/globals'
import { AnswerCache } from '../../../src/endpoints/answer-cache.js'

test('what was not asked for longest goes first', () => {
  const cache = new AnswerCache({ size: 2, age: Infinity })
  cache.set('a', Buffer.from('1'))
  cache.set('b', Buffer.from('2'))
  expect(cache.get('a')).toEqual(Buffer.from('1'))
  cache.set('c', Buffer.from('3'))
  expect(cache.get('b')).toBeUndefined()
  expect(cache.get('a')).toEqual(Buffer.from('1'))
  expect(cache.get('c')).toEqual(Buffer.from('3'))
})

test('an answer is good for so long, from when it was given', () => {
  let now = 0
  const cache = new AnswerCache({ size: 2, age: 100 }, () => now)
  cache.set('a', Buffer.from('1'))
  now = 99
  expect(cache.get('a')).toEqual(Buffer.from('1'))
  now = 100
  expect(cache.get('a')).toBeUndefined()
})

test('holds no more than the answer itself', () => {
  const cache = new AnswerCache({ size: 1, age: Infinity })
  cache.set('a', Buffer.alloc(1 << 16).subarray(0, 3))
  expect(cache.get('a')!.buffer.byteLength).toBe(3)
})
