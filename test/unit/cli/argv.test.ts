import { describe, expect, test } from '@jest/globals'
import { type FlagShape, markValues, unmark } from '../../../src/cli/argv.js'

const flags: Record<string, FlagShape> = {
  from: { type: 'option', char: 'o', aliases: ['offset'] },
  max: { type: 'option', char: 'n' },
  key: { type: 'option', char: 'k' },
  exit: { type: 'boolean', char: 'e' },
  null: { type: 'boolean', char: '0' },
  help: { type: 'boolean' },
  shift: { type: 'option' },
  'create-topic': { type: 'option', optionalValue: true }
}

/** Marks are shown as `<…>`. */
const marked = (...argv: string[]): string[] =>
  markValues(argv, flags).map((word) => (word.startsWith('\0') ? `<${unmark(word)}>` : word))

describe('a value that begins with a dash', () => {
  test('is a value after a flag that takes one', () => {
    expect(marked('t', '--from', '-3')).toEqual(['t', '--from', '<-3>'])
    expect(marked('-o', '-3', '-e')).toEqual(['-o', '<-3>', '-e'])
    expect(marked('--shift', '-100')).toEqual(['--shift', '<-100>'])
    expect(marked('--offset', '-1h')).toEqual(['--offset', '<-1h>'])
    expect(marked('-k', '-hello')).toEqual(['-k', '<-hello>'])
    expect(marked('-en', '-5')).toEqual(['-en', '<-5>'])
  })

  test('is one when it is attached, whatever it looks like', () => {
    expect(marked('--key=-e')).toEqual(['--key', '<-e>'])
    expect(marked('--key=--exit')).toEqual(['--key', '<--exit>'])
    expect(marked('-k=-e', '-k-e')).toEqual(['-k', '<-e>', '-k', '<-e>'])
    expect(marked('-en-5')).toEqual(['-en', '<-5>'])
  })

  test('is a flag when it is exactly one: the value was forgotten', () => {
    expect(marked('--from', '--exit')).toEqual(['--from', '--exit'])
    expect(marked('-o', '-e')).toEqual(['-o', '-e'])
  })
})

test('the rest stays as it is', () => {
  expect(marked('t', '-e', '-0', '--from', 'end', '-o', '-', '--unknown=-3', '-x', '-3')).toEqual([
    ...['t', '-e', '-0', '--from', 'end', '-o', '-', '--unknown=-3', '-x', '-3']
  ])
  expect(marked('--key=')).toEqual(['--key', ''])
  expect(marked('-k', '', 'x')).toEqual(['-k', '', 'x'])
  expect(marked('-o5')).toEqual(['-o', '5'])
  expect(marked('-o')).toEqual(['-o'])
})

test('nothing is changed after --', () => {
  expect(marked('-o', '--', '--from', '-3')).toEqual(['-o', '--', '--from', '-3'])
})

test('a flag with an optional value may stand alone', () => {
  expect(marked('--create-topic', 't')).toEqual(['--create-topic', '', 't'])
  expect(marked('--create-topic=4', 't')).toEqual(['--create-topic', '4', 't'])
})
