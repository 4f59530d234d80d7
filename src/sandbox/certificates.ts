/**
 * Certificates of a secured sandbox: an authority, whose key is thrown away, and one certificate that it has signed for
 * all brokers. Written as DER by hand (RFC 5280), so that neither openssl nor keytool needs to be there.
 */
import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Certificates {
  /** PEM; what clients trust. */
  authority: string
  /** PEM: key and certificate, signed by the authority; good for both ends of a connection. */
  identity: string
}

const oid = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  subjectAltName: '551d11',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302'
}

/** A broker's, and a client's towards it, are the same: brokers talk to each other with it. */
export interface Subject {
  name: string
  hosts: string[]
  addresses: string[]
  notBefore: Date
  notAfter: Date
}

/** For `subject`, by an authority of its own. */
export function createCertificates({ name, hosts, addresses, notBefore, notAfter }: Subject): Certificates {
  const [authority, own] = [newKeyPair(), newKeyPair()]
  const issuer = distinguishedName(`${name} authority`)
  const certificate = (subject: Buffer, key: KeyObject, extensions: Buffer[]): string => {
    const signatureAlgorithm = sequence(identifier(oid.ecdsaWithSha256))
    const signed = sequence(
      tagged(0, integer(Buffer.of(2))),
      // Positive, and not what another one has.
      integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
      ...[signatureAlgorithm, issuer, sequence(time(notBefore), time(notAfter)), subject],
      key.export({ type: 'spki', format: 'der' }),
      tagged(3, sequence(...extensions))
    )
    return pem(sequence(signed, signatureAlgorithm, bits(sign('sha256', signed, authority.privateKey))))
  }
  const key = own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const names = [...hosts.map((host) => der(0x82, Buffer.from(host))), ...addresses.map((ip) => der(0x87, ipv4(ip)))]
  return {
    authority: certificate(issuer, authority.publicKey, [
      extension(oid.basicConstraints, sequence(boolean(true)), true),
      // keyCertSign
      extension(oid.keyUsage, der(0x03, Buffer.of(2, 0x04)), true)
    ]),
    identity:
      key +
      certificate(distinguishedName(name), own.publicKey, [
        // digitalSignature
        extension(oid.keyUsage, der(0x03, Buffer.of(7, 0x80)), true),
        extension(oid.extendedKeyUsage, sequence(identifier(oid.serverAuth), identifier(oid.clientAuth))),
        ...(names.length > 0 ? [extension(oid.subjectAltName, sequence(...names))] : [])
      ])
  }
}

function newKeyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), body])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts)
const integer = (bytes: Buffer): Buffer => der(0x02, bytes)
const boolean = (value: boolean): Buffer => der(0x01, Buffer.of(value ? 0xff : 0))
const bits = (bytes: Buffer): Buffer => der(0x03, Buffer.of(0), bytes)
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const tagged = (number: number, content: Buffer): Buffer => der(0xa0 + number, content)
const ipv4 = (address: string): Buffer => Buffer.from(address.split('.').map(Number))

function extension(id: string, content: Buffer, critical = false): Buffer {
  return sequence(identifier(id), ...(critical ? [boolean(true)] : []), der(0x04, content))
}

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(identifier(oid.commonName), der(0x0c, Buffer.from(name)))))
}

/** UTCTime up to 2049, GeneralizedTime after it. */
function time(date: Date): Buffer {
  const text = `${date.toISOString().replace(/\.\d+|[-:T]/g, '')}`
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g)!
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
