import { describe, expect, test } from '@jest/globals'
import { doubtfulTime } from '../../../src/cli/offset-spec.js'
import { parseUntil } from '../../../src/cli/until.js'
import { UsageError } from '../../../src/errors.js'

const now = Date.UTC(2024, 4, 10, 12)
const parse = (text: string): unknown => parseUntil(text, now)

test('an expression of the OFFSETS language', () => {
  expect(parse('end')).toEqual({ kind: 'latest' })
  expect(parse('@5')).toEqual({ kind: 'timestamp', timestamp: 5n })
  expect(parse('0:2')).toEqual({ kind: 'specific', offsets: [{ topic: null, partition: 0, offset: 2n }] })
  // A topic may have any name.
  expect(parse('watermark:0:2')).toMatchObject({ kind: 'specific' })
})

describe('a watermark', () => {
  test.each([
    ['watermark:0', 0],
    ['watermark:1715342400123', 1715342400123],
    ['watermark:2024-05-10T12:00:00Z', now],
    ['watermark:2024-05-10T14:00+02:00', now],
    ['watermark:2024-05-10', now - 12 * 3_600_000],
    ['watermark:-90m', now - 90 * 60_000]
  ])('%s', (text, timestamp) => expect(parse(text)).toEqual({ kind: 'watermark', timestamp }))

  test.each(['watermark:', 'watermark:@5', 'watermark:soon', 'watermark:9007199254740992', 'watermark:1960-01-01'])(
    '%j is none',
    (text) => expect(() => parse(text)).toThrow(UsageError)
  )

  test('one that looks like seconds deserves a word, one in the future none', () => {
    expect(doubtfulTime(parse('watermark:1714557600'), now)).toMatch(/write watermark:1714557600000/)
    expect(doubtfulTime(parse('watermark:2025-01-01'), now)).toBeUndefined()
  })
})

test.each([
  ['ende', /did you mean end\?/],
  ['lates', /did you mean latest\?/],
  ['watermark', /write watermark:TIME/],
  ['watermak:2024-05-10T12:00:00Z', /write watermark:TIME/],
  ['tomorrow', /use group, earliest, latest/],
  ['', /use group, earliest, latest/]
])('%j is no end', (text, said) => {
  expect(() => parse(text)).toThrow(UsageError)
  expect(() => parse(text)).toThrow(expect.objectContaining({ line: expect.stringMatching(said) }))
})
