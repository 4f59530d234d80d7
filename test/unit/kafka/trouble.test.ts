import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Code } from '../../../src/kafka/error-codes.js'
import { kafkaError } from '../../../src/kafka/errors.js'
import { Trouble } from '../../../src/kafka/trouble.js'

const noLeader = kafkaError(Code.LEADER_NOT_AVAILABLE, { topic: 't', partition: 3 })
const unknownTopic = kafkaError(Code.UNKNOWN_TOPIC_OR_PARTITION, { topic: 't', partition: 3 })

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** Meets the error again after each wait: the milliseconds until that is too much. */
function patience(trouble: Trouble, error: typeof noLeader): { passed: number; thrown: Error } {
  const start = performance.now()
  for (;;) {
    try {
      jest.advanceTimersByTime(trouble.met(error))
    } catch (thrown) {
      return { passed: performance.now() - start, thrown: thrown as Error }
    }
  }
}

test('the waits grow from a tenth of a second to two seconds', () => {
  const trouble = new Trouble()
  const waits = Array.from({ length: 8 }, () => trouble.met(noLeader))
  ;[100, 200, 400, 800, 1600, 2000, 2000, 2000].forEach((wait, index) => {
    expect(waits[index]).toBeGreaterThanOrEqual(wait * 0.8)
    expect(waits[index]).toBeLessThanOrEqual(wait * 1.2)
  })
})

test('is news once, after a second in a row', () => {
  const trouble = new Trouble()
  const newsAfter = (wait: number): boolean => {
    jest.advanceTimersByTime(wait)
    trouble.met(noLeader)
    return trouble.isNews
  }
  expect([0, 900, 200, 2000].map(newsAfter)).toEqual([false, false, true, false])
  trouble.over()
  expect([0, 1100, 1000].map(newsAfter)).toEqual([false, true, false])
})

describe('patience', () => {
  test('outlasts the restart of all brokers, then says where and for how long it was tried', () => {
    const { passed, thrown } = patience(new Trouble(), noLeader)
    expect(passed).toBeGreaterThan(120_000)
    expect(passed).toBeLessThan(123_000)
    expect(thrown).toMatchObject({ place: { topic: 't', partition: 3 }, cause: noLeader })
    expect(thrown.message).toMatch(/^topic "t" partition 3: .*\(tried for 12[0-2] s\)$/)
  })

  test('is shorter with a topic that is unknown: it was deleted', () => {
    expect(patience(new Trouble(), unknownTopic).passed).toBeLessThan(8_000)
    expect(patience(new Trouble(), kafkaError(Code.UNKNOWN_TOPIC_ID)).passed).toBeLessThan(8_000)
  })

  test('begins anew after a success', () => {
    const trouble = new Trouble()
    trouble.met(noLeader)
    jest.advanceTimersByTime(50_000)
    trouble.met(noLeader)
    trouble.over()
    expect(patience(trouble, noLeader).passed).toBeGreaterThan(120_000)
  })

  test('is none with an error that is final', () => {
    const denied = kafkaError(Code.TOPIC_AUTHORIZATION_FAILED, { topic: 't' })
    expect(() => new Trouble().met(denied)).toThrow(denied)
  })
})
