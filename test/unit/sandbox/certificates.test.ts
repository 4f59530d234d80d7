import { X509Certificate, createPrivateKey } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { createCertificates } from '../../../src/sandbox/certificates.js'

test('an authority, and a certificate that it has signed for hosts and addresses', () => {
  const notBefore = new Date('2025-02-03T04:05:06Z')
  const notAfter = new Date('2055-02-03T04:05:06Z')
  const subject = { name: 'größe', hosts: ['localhost', 'a.example'], addresses: ['127.0.0.1'], notBefore, notAfter }
  const { authority, identity } = createCertificates(subject)
  const [ca, own] = [new X509Certificate(authority), new X509Certificate(identity)]
  expect(ca).toMatchObject({ ca: true, subject: 'CN=größe authority', issuer: 'CN=größe authority' })
  expect(own).toMatchObject({ ca: false, subject: 'CN=größe', issuer: 'CN=größe authority' })
  expect(own.subjectAltName).toBe('DNS:localhost, DNS:a.example, IP Address:127.0.0.1')
  expect([own.validFromDate, own.validToDate]).toEqual([notBefore, notAfter])
  expect(ca.verify(ca.publicKey)).toBe(true)
  expect(own.verify(ca.publicKey)).toBe(true)
  expect(own.checkIssued(ca)).toBe(true)
  expect(own.checkPrivateKey(createPrivateKey(identity))).toBe(true)
})
