import { describe, expect, test } from '@jest/globals'
import { BadRecordError, UsageError } from '../../../src/errors.js'
import { UrlTemplate } from '../../../src/formats/url-template.js'
import { type Given, GivenRecords } from './records.js'

function at(given: Given): GivenRecords {
  const records = new GivenRecords([given])
  records.next()
  return records
}

const path = (template: string, given: Given): string | null => new UrlTemplate(template).pathFor(at(given))

test.each<[string, Given, string]>([
  ['http://h/u/{value.user.id}', { value: '{"user":{"id":7}}' }, '/u/7'],
  ['http://h/{key}/{partition}/{offset}', { key: 'k' }, '/k/0/0'],
  ['http://h/{topic}?at={timestamp}&x', { timestamp: 5 }, '/t?at=5&x'],
  ['http://h?q={headers.id}', { headers: [['id', 'ü']] }, '/?q=%C3%BC'],
  ['http://h/a%20b/ä c/{key}', { key: 'k' }, '/a%20b/%C3%A4%20c/k'],
  ['http://h/{value}', { value: 'a/b?c=d&e#f%~-._ ' }, '/a%2Fb%3Fc%3Dd%26e%23f%25~-._%20'],
  ['http://h/{value.n}', { value: '{"n":12345678901234567890}' }, '/12345678901234567890'],
  ['http://h/{value.s}', { value: '{"s":"\\u00e9\\n"}' }, '/%C3%A9%0A'],
  ['http://h/{key}', { key: Buffer.of(0xff, 0x41) }, '/%FFA'],
  ['http://h/{key}', { key: '' }, '/']
])('%s of %j', (template, given, expected) => {
  expect(path(template, given)).toBe(expected)
})

test.each<[string, Given]>([
  ['key', { key: null }],
  ['value.id', { value: '{}' }],
  ['value.id', { value: '{"id":null}' }],
  ['headers.id', {}]
])('a record without %s: %j', (field, given) => {
  const template = new UrlTemplate(`http://h/{topic}/{${field}}`)
  expect(template.pathFor(at(given))).toBeNull()
  expect(template.missing).toBe(field)
})

test('a value that is no JSON is a bad record', () => {
  expect(() => path('http://h/{value.id}', { value: '{' })).toThrow(BadRecordError)
})

test('where it leads is apart, and a password is not shown', () => {
  const { origin, shown } = new UrlTemplate('https://bob:p%40ss@host:8443/{key}')
  expect([origin.origin, origin.username, origin.password]).toEqual(['https://host:8443', 'bob', 'p%40ss'])
  expect(shown).toBe('https://host:8443/{key}')
})

describe('wrong usage', () => {
  test.each([
    'host/{key}',
    'ftp://host/{key}',
    'http:///{key}',
    'http://{key}/',
    'http://host{key}',
    'http://host/{key}#x',
    'http://host:x/{key}',
    'http://host/',
    'http://host/{key',
    'http://host/{key}}',
    'http://host/{kye}',
    'http://host/{}',
    'http://host/{headers}',
    'http://bob:secret@host/',
    'http://bob:secret@host{key}'
  ])('%s', (template) => {
    let error: unknown
    try {
      new UrlTemplate(template)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).line).not.toContain('secret')
  })
})
