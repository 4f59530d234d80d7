import { expect, test } from '@jest/globals'
import { parseNames } from '../../../src/cli/names.js'
import { UsageError } from '../../../src/errors.js'

test.each([
  ['key,value.user.id, timestamp', ['key', 'value.user.id', 'timestamp']],
  ['one', ['one']],
  ['"value.a,b",key', ['value.a,b', 'key']]
])('%s', (text, names) => expect(parseNames(text)).toEqual(names))

test.each(['', 'a,,b', 'a,', '"a', 'a\nb'])('%j is refused', (text) => {
  expect(() => parseNames(text)).toThrow(UsageError)
})
