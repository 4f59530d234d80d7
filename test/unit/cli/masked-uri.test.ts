import { expect, test } from '@jest/globals'
import { parseEndpointUri } from '../../../src/cli/endpoint-uri.js'
import { maskedUri, passwordsIn } from '../../../src/cli/masked-uri.js'

test.each([
  ['redis://user:secret@host/stream', 'redis://user:***@host/stream', ['secret']],
  ['redis://:secret@host:6379/0', 'redis://:***@host:6379/0', ['secret']],
  ['postgres://u:p%40ss@h/db?table=a@b', 'postgres://u:***@h/db?table=a@b', ['p%40ss', 'p@ss']],
  // What nobody encoded is no less secret.
  ['mysql://u:a/b@c@host/db', 'mysql://u:***@host/db', ['a/b@c']],
  ['http://host:8080/users/@me', 'http://host:8080/users/@me', []],
  ['http://user@host:80/', 'http://user@host:80/', []],
  ['kafka://h:9092/t', 'kafka://h:9092/t', []],
  ['a:b@c', 'a:b@c', []],
  ['http://h:80#header=From:a@b', 'http://h:80#header=From:a@b', []],
  ['https://u:p@h/a?x=1&api_key=b%20c&key=d#poll=1s', 'https://u:***@h/a?x=1&api_key=***&key=***#poll=1s', ['p', 'b%20c', 'b c', 'd']], // prettier-ignore
  ['https://h/?monkey=1&accessToken=t&page_token=', 'https://h/?monkey=1&accessToken=***&page_token=', ['t']],
  ['redis://h/0?api_key=a', 'redis://h/0?api_key=a', []]
])('%s', (typed, masked, passwords) => {
  expect([maskedUri(typed), passwordsIn(typed)]).toEqual([masked, passwords])
})

test('errors about an endpoint have no password', () => {
  for (const text of ['nosuch://u:geheim@h/x', 'kafka://u:geheim@h/%zz', 'kafka://u:geheim@h/t?max=%zz']) {
    expect(() => parseEndpointUri(text)).toThrow(
      expect.objectContaining({ line: expect.not.stringContaining('geheim') })
    )
  }
})

test('a path that ends in .mjs is a module, behind file: a file', () => {
  expect(parseEndpointUri('./a b.mjs?x=1')).toMatchObject({ scheme: 'module', connector: null, address: './a b.mjs' })
  expect(parseEndpointUri('file:./a.mjs')).toMatchObject({ scheme: 'file', address: './a.mjs' })
})
