import { describe, expect, test } from '@jest/globals'
import { isInQuotes, quoted, unquoted } from '../../../src/completion/shell-words.js'

const env = { HOME: '/home/a', SERVER: 'k:9092' }

describe('a word without its quotes', () => {
  test.each([
    ['orders', 'orders'],
    ['team:bil\\ ling', 'team:bil ling'],
    ["'a b'c", 'a bc'],
    ['"a \\"b\\" \\n"', 'a "b" \\n'],
    // Still being typed.
    ["'a b", 'a b'],
    ['"a b', 'a b'],
    ['a\\', 'a'],
    ['"a\\', 'a'],
    ["--group='x", '--group=x'],
    // What the shell would put in.
    ['$SERVER', 'k:9092'],
    ['"${SERVER}",x', 'k:9092,x'],
    ["'$SERVER'", '$SERVER'],
    ['$NOT_THERE', ''],
    ['~/client.properties', '/home/a/client.properties'],
    ['a~/b', 'a~/b'],
    // Never run.
    ['$(touch x)', '$(touch x)'],
    ['`touch x`', '`touch x`']
  ])('%s', (word, value) => expect(unquoted(word, env)).toBe(value))
})

test.each([
  ["'a", true],
  ['"a', true],
  ['x="a', true],
  ["'a'", false],
  ['a\\"', false],
  ['"a\'b"', false],
  ['', false]
])('%s ends within quotes: %p', (word, expected) => expect(isInQuotes(word)).toBe(expected))

test.each([
  ['orders_v2.x-y', 'orders_v2.x-y'],
  ['kafka:orders', 'kafka:orders'],
  ['bil ling', 'bil\\ ling'],
  ['$(x)', '\\$\\(x\\)'],
  ["it's", "it\\'s"],
  ['', "''"]
])('%s is written %s', (value, expected) => expect(quoted(value)).toBe(expected))
