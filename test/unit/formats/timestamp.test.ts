import { expect, test } from '@jest/globals'
import { parseInteger, parseTimestamp } from '../../../src/formats/timestamp.js'

test.each<[string, bigint]>([
  ['0', 0n],
  ['-1', -1n],
  ['1700000000123', 1700000000123n],
  ['9223372036854775807', 9223372036854775807n],
  ['2023-11-14', 1699920000000n],
  ['2023-11-14T22:13', 1699999980000n],
  ['2023-11-14T22:13:20', 1700000000000n],
  ['2023-11-14 22:13:20Z', 1700000000000n],
  ['2023-11-14t22:13:20.5z', 1700000000500n],
  ['2023-11-14T22:13:20.123456789Z', 1700000000123n],
  ['2023-11-14T22:13:20,007Z', 1700000000007n],
  ['2023-11-15T00:13:20+02:00', 1700000000000n],
  ['2023-11-14T16:43:20-0530', 1700000000000n],
  ['2023-11-14T23:13:20+01', 1700000000000n],
  ['2024-02-29', 1709164800000n],
  ['1970-01-01', 0n]
])('%s is %d', (text, expected) => {
  expect(parseTimestamp(text)).toBe(expected)
})

test.each([
  '',
  'now',
  '-2',
  '1.5',
  '1e12',
  '9223372036854775808',
  '2023-02-29',
  '2023-02-31',
  '2023-13-01',
  '2023-00-10',
  '2023-11-14T24:00:00',
  '2023-11-14T22:60:00',
  '2023-11-14T22:13:60',
  '2023-11-14T22',
  '2023-11-14T22:13:20+24:00',
  '2023-11-14T22:13:20+01:60',
  '1969-12-31T23:59:59Z',
  'Tue, 14 Nov 2023 22:13:20 GMT'
])('%j is none', (text) => {
  expect(parseTimestamp(text)).toBeUndefined()
})

test('a time is UTC in any time zone of the machine', () => {
  const zone = process.env.TZ
  process.env.TZ = 'Asia/Kolkata'
  expect(parseTimestamp('2023-11-14T22:13:20')).toBe(1700000000000n)
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

test.each<[string, number]>([
  ['0', 0],
  ['-1', -1],
  ['007', 7],
  ['999999999999999', 999999999999999],
  ['1000000000000000', NaN],
  ['', NaN],
  ['-', NaN],
  ['1x', NaN],
  ['+1', NaN],
  ['1.0', NaN]
])('the integer %j is %d', (text, expected) => {
  const bytes = Buffer.from(`9${text}9`)
  expect(parseInteger(bytes, 1, bytes.length - 1)).toBe(expected)
})
