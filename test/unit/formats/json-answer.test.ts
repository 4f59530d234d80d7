import { describe, expect, test } from '@jest/globals'
import { BadRecordError } from '../../../src/errors.js'
import { Member, withAnswer } from '../../../src/formats/json-answer.js'
import { GivenRecords } from './records.js'

const member = new Member('lookup')

function at(value: string): GivenRecords {
  const records = new GivenRecords([{ key: 'k', value }])
  records.next()
  return records
}

function answered(value: string, answer: string): string {
  const records = at(value)
  return withAnswer(records, member.slotIn(records), Buffer.from(answer)).toString()
}

test.each([
  [
    '{"n":9007199254740993}',
    '{"id":12345678901234567890}',
    '{"n":9007199254740993,"lookup":{"id":12345678901234567890}}'
  ],
  ['{}', '1', '{"lookup":1}'],
  [' { } ', '1', ' { "lookup":1} '],
  ['{ "a" : 1.0 }\n', '[1]', '{ "a" : 1.0 ,"lookup":[1]}\n'],
  ['{"a":"}"}', '"x"', '{"a":"}","lookup":"x"}'],
  ['{"a":1}', ' \r\n', '{"a":1,"lookup":null}'],
  ['{"a":1}', '', '{"a":1,"lookup":null}'],
  ['{"a":1}', '{\n  "b": [1, "a b"]\n}\n', '{"a":1,"lookup":{"b":[1,"a b"]}}']
])('%j with %j', (value, answer, expected) => {
  expect(answered(value, answer)).toBe(expected)
})

describe('a member of that name is replaced', () => {
  test.each([
    ['{"lookup":1,"a":2}', '{"lookup":9,"a":2}'],
    ['{"a":2, "lookup" : {"b":[1]} }', '{"a":2, "lookup" : 9 }'],
    ['{"look\\u0075p":1}', '{"look\\u0075p":9}'],
    ['{"a":{"lookup":1}}', '{"a":{"lookup":1},"lookup":9}']
  ])('%j', (value, expected) => {
    expect(answered(value, '9')).toBe(expected)
  })
})

test.each(['x', '{"a":1} 2', '{', '{"a":"\x01"}'])('an answer that is no JSON: %j', (answer) => {
  expect(answered('{}', answer)).toMatch(/^answered what is not JSON \(/)
})

test.each(['', 'x', '[1]', '"{}"', '1', 'null', '{"a":1', '{} {}'])('a value that is no JSON object: %j', (value) => {
  expect(() => member.slotIn(at(value))).toThrow(BadRecordError)
})
