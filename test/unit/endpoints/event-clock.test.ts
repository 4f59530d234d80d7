import { expect, test } from '@jest/globals'
import { EventClock, type EventClockOptions } from '../../../src/endpoints/event-clock.js'
import { Records } from '../../../src/records/records.js'

class At extends Records {
  override next(): boolean {
    return false
  }
}

/** The clock, and what becomes of a record of a partition with this time. */
function clockOf(options: Partial<EventClockOptions>): [EventClock, (partition: number, time: number) => string] {
  const defaults = { outOfOrderness: 0, idleAfter: Infinity, until: Infinity, timeOf: (r: Records) => r.timestamp }
  const clock = new EventClock({ ...defaults, ...options })
  const records = new At()
  return [
    clock,
    (partition, time) => {
      Object.assign(records, { topic: 't', partition, timestamp: time })
      clock.enter('t', partition)
      return clock.observe(records)
    }
  ]
}

test('a partition ends before the first record that takes its watermark to the end', () => {
  const [clock, observe] = clockOf({ until: 1000, outOfOrderness: 10 })
  clock.add('t', 0)
  expect([1000, 1010, 5, 1011].map((time) => observe(0, time))).toEqual(['give', 'give', 'give', 'end'])
  clock.tick(0)
  expect(clock.value).toBe(Infinity)
  expect(clock.done).toBe(true)
})

test('it is done when every partition is', () => {
  const [clock, observe] = clockOf({ until: 1000 })
  clock.add('t', 0)
  clock.add('t', 1)
  expect(observe(0, 1001)).toBe('end')
  clock.tick(0)
  expect(clock.done).toBe(false)
  expect(observe(1, 500)).toBe('give')
  clock.tick(200)
  expect([clock.value, clock.done]).toEqual([499, false])
  expect(observe(1, 2000)).toBe('end')
  expect(clock.done).toBe(true)
})

test('partitions that are idle are not waited for, unless all are', () => {
  const [clock, observe] = clockOf({ until: 1000, idleAfter: 100 })
  clock.add('t', 0)
  clock.add('t', 1)
  for (const now of [0, 200, 400]) clock.tick(now)
  expect(clock.done).toBe(false)
  expect(observe(0, 1001)).toBe('end')
  clock.tick(600)
  expect(clock.done).toBe(true)
})

test('a record without event time is an error, and moves nothing', () => {
  const bad = (): never => {
    throw new Error('no time')
  }
  const [clock, observe] = clockOf({ timeOf: bad })
  clock.add('t', 0)
  expect(() => observe(0, 1)).toThrow('no time')
  clock.tick(0)
  expect(clock.value).toBe(-Infinity)
})

test('a partition that was given up holds nothing back', () => {
  const [clock, observe] = clockOf({})
  clock.add('t', 0)
  clock.add('t', 1)
  observe(0, 100)
  clock.tick(0)
  expect(clock.value).toBe(-Infinity)
  clock.remove('t', 1)
  clock.tick(200)
  expect(clock.value).toBe(99)
})
