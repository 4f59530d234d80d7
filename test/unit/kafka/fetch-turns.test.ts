import { expect, test } from '@jest/globals'
import { FetchTurns } from '../../../src/kafka/fetch-turns.js'

test('a broker is asked again once what it brought is taken, but only once while that is decoded', () => {
  const turns = new FetchTurns()
  turns.asked(1)
  expect(turns.isFree(1)).toBe(false)
  turns.broughtNothing(1)
  expect(turns.isFree(1)).toBe(true)
  turns.asked(1)
  turns.taken(1)
  expect(turns.isFree(1)).toBe(true)
  turns.asked(1)
  turns.broughtNothing(1)
  expect(turns.isFree(1)).toBe(false)
  expect(turns.decoded()).toBe(true)
  expect(turns.allFree).toBe(true)
  expect(turns.decoded()).toBe(false)
})

test('what one broker brings holds back no other', () => {
  const turns = new FetchTurns()
  for (const broker of [1, 2]) turns.asked(broker)
  turns.taken(1)
  turns.asked(1)
  turns.broughtNothing(1)
  turns.broughtNothing(2)
  expect([1, 2].map((broker) => turns.isFree(broker))).toEqual([false, true])
  turns.asked(2)
  expect(turns.decoded()).toBe(true)
  expect([1, 2].map((broker) => turns.isFree(broker))).toEqual([true, false])
})
