import { describe, expect, test } from '@jest/globals'
import { parseBytes } from '../../../src/cli/escapes.js'
import { parsePartitions } from '../../../src/cli/partitions.js'
import { parseCount, parseDuration, parseRate, parseSize } from '../../../src/cli/quantity.js'
import { UsageError } from '../../../src/errors.js'

describe('durations', () => {
  test.each([
    ['0', 0],
    ['500ms', 500],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['24d', 24 * 86_400_000]
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms))

  test.each(['', '5', '-5s', '5 s', 's', '5S', '5w', '1e3ms', '5s,', '.5s'])('refuses %p', (text) =>
    expect(() => parseDuration(text)).toThrow(UsageError)
  )

  test('is no longer than a timer can wait, which fires at once beyond that', () => {
    expect(() => parseDuration('25d')).toThrow(/too long/)
    expect(parseDuration('25d', Infinity)).toBe(25 * 86_400_000)
  })

  test('asks for a unit', () => {
    expect(() => parseDuration('5')).toThrow(expect.objectContaining({ advice: 'say a unit, as in 5s or 5ms' }))
  })
})

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['1500', 1500],
    ['64k', 65_536],
    ['64K', 65_536],
    ['1MiB', 1_048_576],
    ['100MB', 100_000_000],
    ['1.5kB', 1500],
    ['2G', 2 ** 31],
    ['10B', 10]
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  test.each(['', 'k', '-1', '1X', '1 k', '1iB', '9999999T'])('refuses %p', (text) =>
    expect(() => parseSize(text)).toThrow(UsageError)
  )
})

test('rates', () => {
  expect(parseRate('500/s')).toBe(500)
  expect(parseRate('0.5/s')).toBe(0.5)
  expect(parseRate('20')).toBe(20)
  for (const text of ['', '0/s', '-1/s', '5/m', 'x']) expect(() => parseRate(text)).toThrow(UsageError)
})

test('counts have bounds', () => {
  expect(parseCount('0')).toBe(0)
  expect(parseCount('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
  expect(parseCount('7', 1, 7)).toBe(7)
  for (const text of ['-1', '', '1.5', '1e3', '9007199254740992', 'x'])
    expect(() => parseCount(text)).toThrow(UsageError)
  expect(() => parseCount('8', 1, 7)).toThrow(expect.objectContaining({ advice: 'give a whole number from 1 to 7' }))
})

describe('lists of partitions', () => {
  test('are ascending and name each once', () => {
    expect(parsePartitions('0')).toEqual([0])
    expect(parsePartitions('7,3-5,4')).toEqual([3, 4, 5, 7])
  })

  test('may name any number that Kafka could give a partition: whether it exists is for the cluster to say', () => {
    expect(parsePartitions('2147483647')).toEqual([2147483647])
    expect(parsePartitions('2147483646-2147483647')).toEqual([2147483646, 2147483647])
  })

  test.each(['', ',', '1,', '-1', '5-3', 'a', '1-', '2147483648', '0-200000', '0-2147483647', '1 2'])(
    'refuse %p',
    (text) => expect(() => parsePartitions(text)).toThrow(UsageError)
  )
})

describe('delimiters', () => {
  test.each([
    ['', ''],
    ['\\n', '0a'],
    ['\\r\\n', '0d0a'],
    ['\\t', '09'],
    ['\\x00', '00'],
    ['\\xff\\xA', 'ff0a'],
    ['\\0', '00'],
    ['\\033', '1b'],
    ['\\\\', '5c'],
    ['--\\n', '2d2d0a'],
    ['é', 'c3a9']
  ])('%p', (text, hex) => expect(parseBytes(text).toString('hex')).toBe(hex))

  test.each(['\\q', 'a\\', '\\xg', '\\8'])('refuse %p', (text) => expect(() => parseBytes(text)).toThrow(UsageError))
})
