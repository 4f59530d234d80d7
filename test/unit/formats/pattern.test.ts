import { describe, expect, test } from '@jest/globals'
import { UsageError } from '../../../src/errors.js'
import { parsePattern } from '../../../src/formats/pattern.js'

/** What stands in every match, `=` in front where that is all. */
function literals(pattern: string): string {
  const { literals } = parsePattern(pattern)
  return literals ? `${literals.exact ? '=' : ''}${literals.texts.join(' ')}` : ''
}

describe('what a match contains', () => {
  test.each([
    ['error', '=error'],
    ['error|fatal', '=error fatal'],
    ['user-(a|b|)c', '=user-ac user-bc user-c'],
    ['user-((a|))c', '=user-ac user-c'],
    ['^error', 'error'],
    ['error$', 'error'],
    ['\\berror: \\d+', 'error: '],
    ['errors?', 'error'],
    ['errors*?x', 'error'],
    ['(error)+', 'error'],
    ['ab{0}cdef', 'cdef'],
    ['abc{0,3}', ''],
    ['abc{2}', ''],
    ['abcd{2}', 'abc'],
    ['(error){05}', 'error'],
    ['(error){00,5}abc', 'abc'],
    ['[abc]error[^x]', 'error'],
    ['err.r', 'err'],
    ['(?:timeout|error) of (?<who>node)', '=timeout of node error of node'],
    ['timeout.*(error|fail)', 'timeout'],
    ['x.*(error|fail)', 'error fail'],
    ['error|.', ''],
    ['error|', ''],
    ['(?=error)timeout', 'timeout'],
    ['(?!error)timeout', 'timeout'],
    ['(?<=error)timeout(?<!error)', 'timeout'],
    ['(error)?timeout', 'timeout'],
    ['(err)\\1\\k<a>(?<a>abcd)', 'abcd'],
    ['\\x41\\u0042\\u{43}\\t\\.\\/', '=ABC\t./'],
    ['{"a":{"b"}}', '={"a":{"b"}}'],
    ['\\"a\\-b\\"', '="a-b"'],
    ['é😀', `=${Buffer.from('é😀').toString('latin1')}`],
    ['abc\\ud83d\\ude00', 'abc'],
    ['abc\\ufffd', 'abc'],
    ['\\xff\\x00ab', '=\xff\0ab'],
    ['(?i)Error 17', '=Error 17'],
    ['(?i)timeouts', 'timeout'],
    ['(?i)wörter', 'rter'],
    ['(?:[a-h]|i|j)', ''],
    ['(a|b|c|d)(a|b|c|d)(a|b|c|d)xyz', 'xyz'],
    ['a', '=a'],
    ['a+', ''],
    ['', ''],
    ['\\p{Lu}abc\\P{L}', 'abc']
  ])('%j', (pattern, expected) => {
    expect(literals(pattern)).toBe(expected)
  })
})

describe('what matches', () => {
  const matches = (pattern: string, value: string | Buffer): boolean => {
    const { regex, encoding } = parsePattern(pattern)
    return regex.test(Buffer.from(value).toString(encoding))
  }

  test.each<[string, string | Buffer]>([
    ['^.$', 'é'],
    ['^.$', '😀'],
    ['^[é-ü]$', 'ö'],
    ['(?i)^É$', 'é'],
    ['(?s)a.b', 'a\nb'],
    ['(?m)^b$', 'a\nb'],
    ['(?im)^B$', 'a\nb'],
    ['^\\p{L}+$', 'éa'],
    ['"a":\\{"b":1}', '{"a":{"b":1}}'],
    ['[\\-"]', '-'],
    ['[\\-"]', '"'],
    ['error', Buffer.from('\xff\xfe error', 'latin1')],
    ['^\\x00\\x05', Buffer.from([0, 5])],
    ['^\\xff\\xfe', Buffer.from([255, 254, 0])],
    ['^[\\x80-\\x8f]', Buffer.from([0x85])]
  ])('%j matches %j', (pattern, value) => {
    expect(matches(pattern, value)).toBe(true)
  })

  test.each<[string, string | Buffer]>([
    ['a.b', 'a\nb'],
    ['^b$', 'a\nb'],
    ['É', 'é'],
    ['^..$', 'é'],
    ['\\\\x80', '\x80'],
    ['^\\xff', 'ÿ']
  ])('%j does not match %j', (pattern, value) => {
    expect(matches(pattern, value)).toBe(false)
  })
})

test.each([
  ['(', "--grep '(' is no regular expression: Unterminated group"],
  ['a\\', "--grep 'a\\' is no regular expression: \\ at end of pattern"],
  ['[b-a]', "--grep '[b-a]' is no regular expression: Range out of order in character class"],
  ['*a', "--grep '*a' is no regular expression: Nothing to repeat"],
  ['[[:digit:]]', "--grep '[[:digit:]]' is no regular expression: Lone quantifier brackets"],
  ['(?x)a', "--grep '(?x)a' is no regular expression: Invalid group"],
  [
    'é\\xff',
    "--grep 'é\\xff' has single bytes (\\x80 to \\xff) and characters beyond ASCII: write the bytes of these, too"
  ]
])('%j is refused', (pattern, line) => {
  expect(() => parsePattern(pattern)).toThrow(UsageError)
  expect(() => parsePattern(pattern)).toThrow(expect.objectContaining({ line }))
})
