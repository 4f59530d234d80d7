import { describe, expect, test } from '@jest/globals'
import { FailedError, UsageError } from '../../../src/errors.js'
import { createEventTime } from '../../../src/formats/event-time.js'
import { type Given, GivenRecords } from './records.js'

/** The event time of one record, or what is said instead. */
function eventTime(path: string, given: Given): unknown {
  const records = new GivenRecords([given])
  records.next()
  const read = createEventTime(path)
  try {
    return read(records)
  } catch (error) {
    expect(error).toBeInstanceOf(FailedError)
    expect((error as FailedError).place).toMatchObject({ topic: 't', partition: 0, offset: 0n })
    return (error as FailedError).message
  }
}

const time = 1699999999123
const iso = '2023-11-14T22:13:19.123Z'

describe('where it is', () => {
  test.each<[string, Given]>([
    ['timestamp', { timestamp: time }],
    ['key', { key: `${time}` }],
    ['value', { value: iso }],
    ['headers.when', { headers: [['when', iso]] }],
    [
      'header.when',
      {
        headers: [
          ['other', '5'],
          ['when', '7'],
          ['when', `${time}`]
        ]
      }
    ],
    ['key.ts', { key: `{"ts":${time}}`, value: '{"ts":5}' }],
    ['value.ts', { value: `{"a":{"ts":1},"ts":${time}}`, key: '{"ts":5}' }],
    ['value.a.0.ts', { value: `{"a":[ { "ts" : ${time} } ]}` }],
    ['value.ts', { value: `{"ts":"${iso}"}` }],
    ['value.ts', { value: `{"ts":"${time}"}` }],
    ['value.ts', { value: '{"ts":"2023-11-14\\u005422:13:19.123Z"}' }]
  ])('%s of %j', (path, given) => {
    expect(eventTime(path, given)).toBe(time)
  })

  test('one reader reads record after record', () => {
    const records = new GivenRecords([{ value: '{"ts":1}' }, { value: null }, { value: '{"ts":2}' }, { value: '{}' }])
    const read = createEventTime('value.ts')
    const results: unknown[] = []
    while (records.next()) {
      try {
        results.push(read(records))
      } catch (error) {
        results.push((error as Error).message)
      }
    }
    const missing = (offset: number): string => `the event time value.ts of t [0] at offset ${offset} is missing`
    expect(results).toEqual([1, missing(1), 2, missing(3)])
  })
})

describe('what is a time', () => {
  test.each<[string, number]>([
    ['0', 0],
    ['-1', -1],
    ['-62135596800000', -62135596800000],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['1699999999123.999', time],
    ['1.699999999123e12', time],
    ['"2023-11-14"', 1699920000000],
    ['"2023-11-15T00:13:19.123+02:00"', time],
    ['"2023-11-14 22:13:19,123456789"', time]
  ])('%s', (json, expected) => {
    expect(eventTime('value.ts', { value: `{"ts":${json}}` })).toBe(expected)
  })

  test.each([
    '"yesterday"',
    '"2023-02-31"',
    '""',
    '" 5"',
    'true',
    '[1]',
    '{}',
    '9007199254740992',
    // Nanoseconds.
    '1699999999123456789',
    '"1699999999123456789"',
    '1e400',
    '"0x10"',
    `"${'1'.repeat(400)}"`
  ])('%s is none', (json) => {
    expect(eventTime('value.ts', { value: `{"ts":${json}}` })).toMatch(/^the event time value.ts .* is no time: "/)
  })

  test.each<[string, Given]>([
    ['value.ts', { value: null }],
    ['value.ts', { value: '{"ts":null}' }],
    ['value.ts', { value: '{"TS":1}' }],
    ['value.ts', { value: '[]' }],
    ['value', { value: null }],
    ['key', { key: null }],
    ['key.ts', { key: null, value: '{"ts":1}' }],
    ['headers.ts', { headers: [['TS', '1']] }],
    ['headers.ts', { headers: [['ts', null]] }]
  ])('%s of %j is missing', (path, given) => {
    expect(eventTime(path, given)).toBe(`the event time ${path} of t [0] at offset 0 is missing`)
  })

  test('JSON that is none is said', () => {
    expect(eventTime('value.ts', { value: 'ts=1' })).toMatch(/^the value of t \[0\] at offset 0 is not JSON/)
  })
})

test.each(['ts', 'valu.ts', '', 'topic', 'partition', 'offset', 'headers'])('%j is no field with a time', (path) => {
  expect(() => createEventTime(path)).toThrow(UsageError)
})

test('a bare name is a field of the record, as in --fields', () => {
  expect(() => createEventTime('timestam')).toThrow(
    expect.objectContaining({ line: expect.stringContaining('did you mean timestamp') })
  )
})
