import { expect, test } from '@jest/globals'
import { escapedInJson, inCell, oneLine, printable } from '../../../src/cli/output.js'

test('what a terminal would obey is shown, not sent', () => {
  expect(printable('a\u001b[2Jb\u0000\u009b\u202e\r')).toBe('a\\x1b[2Jb\\x00\\x9b\\u202e\\x0d')
  expect(printable('é 😀\tx\n')).toBe('é 😀\tx\n')
})

test('a message is one line', () => {
  expect(oneLine(' a\n  b\r\nc\td ')).toBe('a b c d')
})

test('a message has an end', () => {
  expect(oneLine('x'.repeat(1e6))).toBe(`${'x'.repeat(8000)}…`)
})

test('nothing in a cell looks like the end of it', () => {
  expect(inCell('a\tb\nc\u001b[1A')).toBe('a\\x09b\\x0ac\\x1b[1A')
})

test('JSON reads the same, and has nothing in it that a terminal would obey', () => {
  const text = 'a\u001b[2J\u007f\u009b\u202e\u2028é'
  const json = escapedInJson(JSON.stringify(text))
  expect(json).toBe(printable(json))
  expect(JSON.parse(json)).toBe(text)
})
