import { expect, test } from '@jest/globals'
import { planLookup } from '../../../src/cli/lookup-flags.js'

const none = { ordered: false, unordered: false }

test('nothing is asked unless somebody is named', () => {
  expect(planLookup(none)).toBeNull()
})

test('the defaults', () => {
  const rest = { capacity: 100, timeout: 1000, ordered: true, onError: 'fail' }
  expect(planLookup({ ...none, lookup: 'http://h/{key}' })).toEqual({ by: { url: 'http://h/{key}' }, ...rest })
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
  expect(planLookup({ lookup: 'u', ...flags })).toEqual({ by: { url: 'u' }, ...rest })
})

test.each([
  [{ ...none, lookup: 'u', 'lookup-command': 'c' }, '--lookup and --lookup-command exclude each other'],
  [{ ...none, capacity: 1 }, '--capacity needs a lookup'],
  [{ ...none, 'lookup-timeout': 0 }, '--lookup-timeout needs a lookup'],
  [{ ...none, ordered: true }, '--ordered needs a lookup'],
  [{ ...none, unordered: true }, '--unordered needs a lookup'],
  [{ ...none, 'on-lookup-error': 'fail' as const }, '--on-lookup-error needs a lookup']
])('%j', (flags, said) => {
  expect(() => planLookup(flags)).toThrow(said)
})
