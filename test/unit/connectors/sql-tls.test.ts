// How much of a database's certificate is believed, by the words of its own clients.
import { expect, test } from '@jest/globals'
import type { PeerCertificate } from 'node:tls'
import { type TlsNames, tlsOf } from '../../../src/connectors/sql/tls.js'
import { writeTlsFiles } from '../../support/tls-files.js'
import { Workdir } from '../../support/workdir.js'

const names: TlsNames = {
  ...{ mode: 'sslmode', ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' },
  words: ['disable', 'require', 'verify-ca', 'verify-full']
}
const { authority, identity } = writeTlsFiles(new Workdir().path)
const own = { sslcert: identity, sslkey: identity }
const other = { subjectaltname: 'DNS:other', subject: {} } as PeerCertificate

test.each([
  [{}, null],
  [{ sslmode: 'disable' }, null],
  [{ sslmode: 'require' }, { signed: false, named: false }],
  [
    { sslmode: 'require', sslrootcert: authority },
    { signed: true, named: false }
  ],
  [{ sslmode: 'verify-ca' }, { signed: true, named: false }],
  [{ sslmode: 'verify-full' }, { signed: true, named: true }],
  [{ sslrootcert: authority }, { signed: true, named: true }],
  [own, { signed: true, named: true }]
])('%j', (options, wanted) => {
  const tls = tlsOf('host', options, names)
  const named = tls?.checkServerIdentity('localhost', other) !== undefined
  expect(tls && { signed: tls.rejectUnauthorized, named }).toEqual(wanted)
  expect(tls?.checkServerIdentity('localhost', { ...other, subjectaltname: 'DNS:host' })).toBeUndefined()
})

test.each([
  [{ sslmode: 'disable', sslrootcert: authority }, 'certificates are of no use with sslmode=disable'],
  [{ sslkey: identity }, 'sslcert and sslkey belong together'],
  [{ sslrootcert: '/nowhere.pem' }, /ENOENT.*nowhere.pem/]
])('%j is wrong', (options, error) => expect(() => tlsOf('host', options, names)).toThrow(error))
