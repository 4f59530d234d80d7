import { expect, test } from '@jest/globals'
import { parseCommit } from '../../../src/cli/commit.js'
import { UsageError } from '../../../src/errors.js'

test.each([
  ['auto', { kind: 'auto', interval: 5000 }],
  ['auto:1s', { kind: 'auto', interval: 1000 }],
  ['auto:200ms', { kind: 'auto', interval: 200 }],
  ['checkpoint', { kind: 'checkpoint' }],
  ['exit', { kind: 'exit' }],
  ['none', { kind: 'none' }]
])('%s', (text, expected) => expect(parseCommit(text)).toEqual(expected))

test.each([
  ['', /use auto, auto:TIME, checkpoint, exit or none/],
  ['5s', /use auto, auto:TIME, checkpoint, exit or none/],
  ['toString', /use auto, auto:TIME, checkpoint, exit or none/],
  ['checkpiont', /did you mean checkpoint\?/],
  ['Auto:5s', /did you mean auto\?/],
  ['auto:', /is not a duration/],
  ['auto:5', /say a unit/],
  ['auto:0', /write none/],
  ['exit:5s', /write exit, or auto:5s/]
])('%j is no way to commit', (text, said) => {
  expect(() => parseCommit(text)).toThrow(UsageError)
  expect(() => parseCommit(text)).toThrow(expect.objectContaining({ line: expect.stringMatching(said) }))
})
