import { expect, test } from '@jest/globals'
import { LagHistory } from '../../../src/jobs/lag-history.js'
import type { LagReport } from '../../../src/jobs/lag-rows.js'

const at = (time: number, lags: Record<string, number | null>): LagReport => ({
  time,
  partitions: Object.entries(lags).map(([topic, lag]) => ({
    ...{ group: 'g', topic, partition: 0, committed: null, checkpoint: null, start: null, end: null },
    ...{ lag: lag === null ? null : BigInt(lag), seconds: 2, member: null, gone: false }
  })),
  gone: [],
  unknown: []
})

test('a series a group and topic, with gaps where it was not there', () => {
  const history = new LagHistory(2000)
  history.add(at(1, { a: 5 }))
  history.add(at(2, { a: null, b: 7 }))
  history.add(at(3, { b: 8 }))
  expect(history.data).toEqual({
    interval: 2000,
    times: [1, 2, 3],
    series: [
      { group: 'g', topic: 'a', lag: [5, null, null], seconds: null },
      { group: 'g', topic: 'b', lag: [null, 7, 8], seconds: 2 }
    ]
  })
})

test('it stays small, and keeps the peaks and the latest', () => {
  const history = new LagHistory(1000, 8)
  for (let time = 1; time <= 1000; time++) history.add(at(time, { a: time === 300 ? 99 : 1, b: null }))
  const { times, series } = history.data
  expect(times.length).toBeLessThanOrEqual(8)
  expect(times.at(-1)).toBe(1000)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(series.map(({ lag }) => lag.length)).toEqual([times.length, times.length])
  expect(Math.max(...series[0]!.lag.map(Number))).toBe(99)
  expect(new Set(series[1]!.lag)).toEqual(new Set([null]))
})

test('an odd number of samples is merged too', () => {
  const history = new LagHistory(1000, 3)
  for (const time of [1, 2, 3, 4]) history.add(at(time, { a: time }))
  expect(history.data.times).toEqual([2, 3, 4])
  expect(history.data.series[0]!.lag).toEqual([2, 3, 4])
})
