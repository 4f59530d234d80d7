import { expect, test } from '@jest/globals'
import { oneLine, printable } from '../../../src/cli/output.js'

test('what a terminal would obey is shown, not sent', () => {
  expect(printable('a\u001b[2Jb\u0000\u009b\u202e\r')).toBe('a\\x1b[2Jb\\x00\\x9b\\u202e\\x0d')
  expect(printable('é 😀\tx\n')).toBe('é 😀\tx\n')
})

test('a message is one line', () => {
  expect(oneLine(' a\n  b\r\nc\td ')).toBe('a b c d')
})
