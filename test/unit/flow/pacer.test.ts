import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { Pacer } from '../../../src/flow/pacer.js'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** Takes what it may, waits as long as it is told, for `duration` milliseconds: the records taken. */
function spendFor(pacer: Pacer, duration: number): number {
  let spent = 0
  for (const end = performance.now() + duration; performance.now() < end;) {
    const records = pacer.available()
    pacer.spend(records)
    spent += records
    jest.advanceTimersByTime(pacer.wait)
  }
  return spent
}

test.each([1, 7, 100, 5000, 1_000_000])('%i records a second are that many, from the first second on', (rate) => {
  const pacer = new Pacer(rate)
  const first = spendFor(pacer, 1000)
  expect(first).toBeGreaterThanOrEqual(rate * 0.9 - 1)
  expect(first).toBeLessThanOrEqual(rate * 1.1 + 1)
  const ten = spendFor(pacer, 10_000)
  expect(ten).toBeGreaterThanOrEqual(rate * 9.9)
  expect(ten).toBeLessThanOrEqual(rate * 10.1 + 1)
})

test('nothing may go before its time', () => {
  const pacer = new Pacer(10)
  expect(pacer.available()).toBe(0)
  expect(pacer.wait).toBe(100)
  jest.advanceTimersByTime(99)
  expect(pacer.available()).toBe(0)
  jest.advanceTimersByTime(1)
  expect(pacer.available()).toBe(1)
})

test('a long pause of the source is no licence for a burst', () => {
  const pacer = new Pacer(1000)
  jest.advanceTimersByTime(60_000)
  expect(pacer.available()).toBe(50)
})

test('a slow rate lets a whole record through, though a twentieth of a second holds less than one', () => {
  const pacer = new Pacer(1)
  jest.advanceTimersByTime(5000)
  expect(pacer.available()).toBe(1)
})
