import { expect, test } from '@jest/globals'
import { parseListenAddress } from '../../../src/cli/listen-address.js'
import { UsageError } from '../../../src/errors.js'

test.each([
  ['127.0.0.1:9308', '127.0.0.1', 9308],
  ['0.0.0.0:80', '0.0.0.0', 80],
  ['localhost:0', 'localhost', 0],
  ['[::1]:9308', '::1', 9308],
  [':9308', '127.0.0.1', 9308],
  ['9308', '127.0.0.1', 9308]
])('%s', (text, host, port) => {
  expect(parseListenAddress(text)).toEqual({ host, port })
})

test.each(['', 'localhost', 'a b:1', '127.0.0.1:', '127.0.0.1:70000', '::1:9308', 'http://x:1', '-1'])(
  '%j is none',
  (text) => {
    expect(() => parseListenAddress(text)).toThrow(UsageError)
  }
)
