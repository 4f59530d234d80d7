import { expect, test } from '@jest/globals'
import { parseEndpointUri } from '../../../src/cli/endpoint-uri.js'
import { socketAddress } from '../../../src/cli/socket-address.js'

test.each([
  ['tcp://localhost:9000', { host: 'localhost', port: 9000 }],
  ['tcp://[::1]:65535/', { host: '::1', port: 65_535 }],
  ['tcp://[fe80::1%25eth0]:9000?retries=2', { host: 'fe80::1%eth0', port: 9000 }],
  ['tcp-listen://0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
  ['tcp-listen://[::]:9000', { host: '::', port: 9000 }],
  ['tcp-listen://:9000', { host: '127.0.0.1', port: 9000 }],
  ['unix:/run/a.sock?delay=1s', { path: '/run/a.sock' }],
  ['unix-listen:a%3F.sock', { path: 'a?.sock' }]
])('%s', (text, at) => {
  expect(socketAddress(parseEndpointUri(text)).at).toEqual(at)
})

test.each(['tcp:', 'tcp://', 'tcp://host', 'tcp://:9000', 'tcp://::1:9000', 'tcp://host:9000/x', 'tcp-listen://host:'])(
  '%s is no address',
  (text) => {
    expect(() => socketAddress(parseEndpointUri(text))).toThrow(`'${text}' is no address`)
  }
)
