import { expect, test } from '@jest/globals'
import { planLookup } from '../../../src/cli/lookup-flags.js'

const none = { ordered: false, unordered: false }

test('nothing is asked unless somebody is named', () => {
  expect(planLookup(none)).toBeNull()
})

test('the defaults', () => {
  const rest = { capacity: 100, timeout: 1000, ordered: true, onError: 'fail' }
  expect(planLookup({ ...none, lookup: 'http://h/{key}' }, {})).toEqual({
    by: { url: 'http://h/{key}', cache: null, environment: {} },
    ...rest
  })
  expect(planLookup({ ...none, 'lookup-command': 'cat' })).toEqual({ by: { command: 'cat' }, ...rest })
})

test('what is said', () => {
  const flags = {
    capacity: 1,
    'lookup-timeout': 0,
    ordered: false,
    unordered: true,
    'on-lookup-error': 'pass' as const
  }
  const rest = { capacity: 1, timeout: 0, ordered: false, onError: 'pass' }
  expect(planLookup({ lookup: 'u', ...flags }, {})).toEqual({ by: { url: 'u', cache: null, environment: {} }, ...rest })
})

test.each([
  ['10000,1m', { size: 10_000, age: 60_000 }],
  ['1', { size: 1, age: Infinity }]
])('a cache of %s', (text, cache) => {
  expect(planLookup({ ...none, lookup: 'u', 'lookup-cache': text })).toMatchObject({ by: { url: 'u', cache } })
})

test.each([
  [{ ...none, lookup: 'u', 'lookup-cache': '0' }, "--lookup-cache '0' is none"],
  [{ ...none, lookup: 'u', 'lookup-cache': '10,soon' }, "'soon' is not a duration"],
  [{ ...none, 'lookup-command': 'c', 'lookup-cache': '1' }, '--lookup-cache and --lookup-command exclude each other'],
  [{ ...none, 'lookup-cache': '1' }, '--lookup-cache needs a lookup'],
  [{ ...none, lookup: 'u', 'lookup-command': 'c' }, '--lookup and --lookup-command exclude each other'],
  [{ ...none, capacity: 1 }, '--capacity needs a lookup'],
  [{ ...none, 'lookup-timeout': 0 }, '--lookup-timeout needs a lookup'],
  [{ ...none, ordered: true }, '--ordered needs a lookup'],
  [{ ...none, unordered: true }, '--unordered needs a lookup'],
  [{ ...none, 'on-lookup-error': 'fail' as const }, '--on-lookup-error needs a lookup']
])('%j', (flags, said) => {
  expect(() => planLookup(flags)).toThrow(said)
})
