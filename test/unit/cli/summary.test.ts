import { describe, expect, test } from '@jest/globals'
import { interval, whole } from '../../../src/cli/human.js'
import { progressText, summaryJson, summaryText } from '../../../src/cli/summary.js'
import { type Totals, noTotals } from '../../../src/jobs/totals.js'

const totals = (overrides: Partial<Totals> = {}): Totals => ({ ...noTotals(), ...overrides })

test('numbers and intervals', () => {
  expect([0, 999, 1000, 1234567.6].map(whole)).toEqual(['0', '999', '1,000', '1,234,568'])
  expect([0, 59_999, 60_000, 185_000, 7_260_000].map(interval)).toEqual(['0s', '59s', '1m00s', '3m05s', '2h01m'])
})

describe('the line of progress', () => {
  test('has the rates of the last second, so that a standstill shows', () => {
    const describe = progressText('produce', 0)
    const moved = totals({ records: 2000, bytes: 3_000_000 })
    expect(describe(totals(), 0)).toBe('produce: 0 records, 0.0 MB in 0s, 0/s, 0.0 MB/s')
    expect(describe(totals({ records: 500, bytes: 1e6 }), 500)).toBe(
      'produce: 500 records, 1.0 MB in 0s, 1,000/s, 2.0 MB/s'
    )
    expect(describe(moved, 1000)).toBe('produce: 2,000 records, 3.0 MB in 1s, 2,000/s, 3.0 MB/s')
    expect(describe(moved, 1500)).toContain(', 2,000/s, 3.0 MB/s')
    expect(describe(moved, 2000)).toContain(', 0/s, 0.0 MB/s')
  })

  test('has what there is beside it', () => {
    const state = totals({ lag: 12_345, checkpointAge: 61_000, skipped: 1, deadLetters: 2, lost: 4 })
    expect(progressText('pipe', 0)(state, 0)).toBe(
      'pipe: 0 records, 0.0 MB in 0s, 0/s, 0.0 MB/s, lag 12,345, checkpoint 1m01s ago, 7 bad'
    )
    expect(progressText('pipe', 0)(totals({ lag: 0 }), 0)).toContain(', lag 0')
  })
})

describe('the summary', () => {
  const done = totals({
    records: 5_000_000,
    bytes: 500e6,
    checkpoints: 3,
    commits: { succeeded: 4, failed: 0 },
    lag: 0
  })

  test('on a line', () => {
    expect(summaryText(done, 5.2)).toBe(
      '5000000 records, 500.0 MB in 5.2 s (962 k records/s, 96.2 MB/s), 3 checkpoints, 0 skipped'
    )
    const bad = totals({ records: 3, bytes: 10, skipped: 1, deadLetters: 2, lost: 3, checkpoints: 1 })
    expect(summaryText(bad, 0)).toBe(
      '3 records, 0.0 MB in 0.0 s (0 records/s, 0.0 MB/s), 1 checkpoint, 1 skipped, 2 dead letters, 3 lost'
    )
    expect(summaryText(totals({ records: 12_345_678 }), 2)).toContain('(6.2 M records/s, ')
  })

  test('as JSON', () => {
    expect(JSON.parse(summaryJson(done, 5.23456))).toEqual({
      ...{ records: 5_000_000, bytes: 500_000_000, seconds: 5.235, skipped: 0, unanswered: 0, deadLetters: 0, lost: 0 },
      ...{ checkpoints: 3, commitsSucceeded: 4, commitsFailed: 0, lag: 0 }
    })
    expect(summaryJson(totals(), 0)).toContain('"lag":null')
  })
})
