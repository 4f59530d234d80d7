import { describe, expect, test } from '@jest/globals'
import { doubtfulTime, parseOffsetSpec } from '../../../src/cli/offset-spec.js'
import { UsageError } from '../../../src/errors.js'

const now = Date.UTC(2024, 4, 10, 12)
const parse = (text: string): unknown => parseOffsetSpec(text, now)
const timeOf = (text: string): bigint => (parse(text) as { timestamp: bigint }).timestamp

describe('names', () => {
  test.each([
    ['group', 'group'],
    ['stored', 'group'],
    ['earliest', 'earliest'],
    ['beginning', 'earliest'],
    ['start', 'earliest'],
    ['latest', 'latest'],
    ['end', 'latest']
  ])('%s', (text, kind) => expect(parse(text)).toEqual({ kind }))
})

describe('numbers', () => {
  test('an offset is exact up to 2^63 - 1', () => {
    expect(parse('0')).toEqual({ kind: 'offset', offset: 0n })
    expect(parse('9007199254740993')).toEqual({ kind: 'offset', offset: 9007199254740993n })
    expect(parse('9223372036854775807')).toEqual({ kind: 'offset', offset: 9223372036854775807n })
    expect(() => parse('9223372036854775808')).toThrow(/too large/)
  })

  test('-N is the last N', () => {
    expect(parse('-3')).toEqual({ kind: 'last', count: 3n })
    expect(parse('-9223372036854775807')).toEqual({ kind: 'last', count: 9223372036854775807n })
    expect(() => parse('-9223372036854775808')).toThrow(UsageError)
  })
})

describe('lists', () => {
  test('of partitions', () => {
    expect(parse('0:42,3:9223372036854775807')).toEqual({
      kind: 'specific',
      offsets: [
        { topic: null, partition: 0, offset: 42n },
        { topic: null, partition: 3, offset: 9223372036854775807n }
      ]
    })
  })

  test('of topics, whose names may hold dots, dashes and digits', () => {
    expect(parse('a.b-c_d:0:1,7:1:2')).toEqual({
      kind: 'specific',
      offsets: [
        { topic: 'a.b-c_d', partition: 0, offset: 1n },
        { topic: '7', partition: 1, offset: 2n }
      ]
    })
  })

  test.each([
    '0:',
    ':5',
    '0:1,',
    '0:-1',
    'a:b:0:1',
    '0:1,0:2',
    't:0:1,t:0:1',
    '2147483648:0',
    '0:1.5',
    '0: 1',
    't é:0:1'
  ])('refuses %s', (text) => expect(() => parse(text)).toThrow(UsageError))
})

describe('times', () => {
  test.each([
    ['@1714557600000', Date.UTC(2024, 4, 1, 10)],
    ['@0', 0],
    ['@2024-05-01', Date.UTC(2024, 4, 1)],
    ['@2024-05-01T10:00', Date.UTC(2024, 4, 1, 10)],
    ['@2024-05-01T10:00:30', Date.UTC(2024, 4, 1, 10, 0, 30)],
    ['@2024-05-01 10:00:30Z', Date.UTC(2024, 4, 1, 10, 0, 30)],
    ['@2024-05-01T10:00:30.5Z', Date.UTC(2024, 4, 1, 10, 0, 30, 500)],
    ['@2024-05-01T10:00:30.123456789Z', Date.UTC(2024, 4, 1, 10, 0, 30, 123)],
    ['@2024-05-01T10:00:00+02:00', Date.UTC(2024, 4, 1, 8)],
    ['@2024-05-01T10:00:00-0530', Date.UTC(2024, 4, 1, 15, 30)],
    ['@2024-05-01T10:00+02', Date.UTC(2024, 4, 1, 8)],
    ['@2024-02-29', Date.UTC(2024, 1, 29)],
    ['@-90m', now - 90 * 60_000],
    ['@-2d', now - 2 * 86_400_000],
    ['@-1h30m', now - 90 * 60_000],
    ['@-400d', now - 400 * 86_400_000]
  ])('%s', (text, time) => expect(timeOf(text)).toBe(BigInt(time)))

  test.each([
    '@',
    '@now',
    '@2024-02-30',
    '@2023-02-29',
    '@2024-13-01',
    '@2024-05-01T24:00',
    '@2024-05-01T10:60',
    '@2024-05-01T10:00:60',
    '@2024-05-01T10',
    '@2024-05-01T10:00+25:00',
    '@20240501',
    '@-90',
    '@90m',
    '@-',
    '@1969-12-31',
    '@-60000d',
    '@9223372036854775808'
  ])('refuses %s, or takes it for milliseconds', (text) => {
    if (text === '@20240501') expect(timeOf(text)).toBe(20240501n)
    else expect(() => parse(text)).toThrow(UsageError)
  })

  test('one in the future, or one in seconds, deserves a word', () => {
    expect(doubtfulTime(parseOffsetSpec('@2024-05-11', now), now)).toMatch(/2024-05-11T00:00:00.000Z.*future/)
    expect(doubtfulTime(parseOffsetSpec('@9223372036854775807', now), now)).toMatch(/future/)
    expect(doubtfulTime(parseOffsetSpec('@1714557600', now), now)).toMatch(/write @1714557600000/)
    expect(doubtfulTime(parseOffsetSpec('@-90m', now), now)).toBeUndefined()
    expect(doubtfulTime(parseOffsetSpec('@0', now), now)).toBeUndefined()
    expect(doubtfulTime(parseOffsetSpec('99999999999999', now), now)).toBeUndefined()
  })
})

test.each(['', ' ', 'foo', 'Earliest', '+5', '1e3', '0x10', 'constructor', '1 2', '-', '--3'])(
  'what is none of these is refused with the syntax, in one line: %p',
  (text) => {
    expect(() => parse(text)).toThrow(UsageError)
    try {
      parse(text)
    } catch (error) {
      expect((error as UsageError).line).toMatch(/^'.*' is no offset: use group, earliest.*$/)
    }
  }
)

test("kcat's s@ is pointed to @", () => {
  expect(() => parse('s@1714557600000')).toThrow(/is no offset/)
  try {
    parse('s@1714557600000')
  } catch (error) {
    expect((error as UsageError).advice).toContain('@1714557600000')
  }
})
