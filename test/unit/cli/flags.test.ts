import { expect, test } from '@jest/globals'
import * as flags from '../../../src/cli/flags.js'
import { UsageError } from '../../../src/errors.js'

test('a pair is split at its first equals sign', () => {
  expect(flags.parsePair('a=b=c')).toEqual({ name: 'a', value: 'b=c' })
  expect(flags.parsePair('a=')).toEqual({ name: 'a', value: '' })
  for (const text of ['a', '=b', '']) expect(() => flags.parsePair(text)).toThrow(UsageError)
})

test('every shared flag says what it does', () => {
  const groups: Record<string, { description?: string | undefined }>[] = [
    flags.everyCluster,
    flags.delimiters,
    flags.parallelism
  ]
  for (const group of groups) for (const flag of Object.values(group)) expect(flag.description).toBeTruthy()
})
