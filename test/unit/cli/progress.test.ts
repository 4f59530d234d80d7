import { expect, test } from '@jest/globals'
import { interval, whole } from '../../../src/cli/human.js'
import { progressText } from '../../../src/cli/progress.js'

test('numbers and intervals', () => {
  expect([0, 999, 1000, 1234567.6].map(whole)).toEqual(['0', '999', '1,000', '1,234,568'])
  expect([0, 59_999, 60_000, 185_000, 7_260_000].map(interval)).toEqual(['0s', '59s', '1m00s', '3m05s', '2h01m'])
})

test('the rate is that of the last second, so that a standstill shows', () => {
  const describe = progressText('produce', 0)
  expect(describe(0, undefined, 0)).toBe('produce: 0 records in 0s, 0/s')
  expect(describe(500, undefined, 500)).toBe('produce: 500 records in 0s, 1,000/s')
  expect(describe(2000, 3_000_000, 1000)).toBe('produce: 2,000 records, 3.0 MB in 1s, 2,000/s')
  expect(describe(2000, 3_000_000, 1500)).toContain(', 2,000/s')
  expect(describe(2000, 3_000_000, 2000)).toContain(', 0/s')
})
