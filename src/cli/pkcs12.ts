/**
 * The certificates of a PKCS12 trust store (RFC 7292). Node takes PKCS12 only for one's own key; the trust stores that
 * Java's keytool writes hold certificates alone, which Node refuses. Password-based encryption is PBES2 with AES
 * (RFC 8018), as keytool (Java 8u301 and later) and OpenSSL 3 write it.
 */
import { createDecipheriv, pbkdf2Sync } from 'node:crypto'

/** Object identifiers, as the bytes of their DER. */
const data = '2a864886f70d010701'
const encryptedData = '2a864886f70d010706'
const certificateBag = '2a864886f70d010c0a0103'
const pbes2 = '2a864886f70d01050d'
const digests: Record<string, string> = {
  '2a864886f70d0207': 'sha1',
  '2a864886f70d0209': 'sha256',
  '2a864886f70d020b': 'sha512'
}
const ciphers: Record<string, [name: string, keyBytes: number]> = {
  '608648016503040102': ['aes-128-cbc', 16],
  '60864801650304012a': ['aes-256-cbc', 32]
}

/** PEM, one text a certificate. @throws Error when it is no PKCS12, or the password is wrong */
export function readCertificates(bytes: Buffer, password: string): string[] {
  const [, authSafe] = childrenOf(element(bytes, 0))
  const safes = childrenOf(element(contentOf(authSafe!), 0))
  const found = safes.flatMap((safe) => childrenOf(element(decrypted(safe, password), 0)).flatMap(certificateOf))
  if (found.length === 0) throw new Error('there is no certificate in it')
  return found
}

interface Element {
  tag: number
  body: Buffer
  /** Bytes from the start of the element to its end. */
  size: number
}

const notPkcs12 = 'it is no PKCS12 store'

function element(bytes: Buffer, at: number): Element {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined) throw new Error(notPkcs12)
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + lengthBytes
  // 0x80 alone is the indefinite length of BER, which is not for files like these.
  if (first === 0x80 || lengthBytes > 4 || start > bytes.length) throw new Error(notPkcs12)
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  if (start + length > bytes.length) throw new Error(notPkcs12)
  return { tag, body: bytes.subarray(start, start + length), size: start + length - at }
}

function childrenOf({ tag, body }: Element): Element[] {
  // Bit 6: constructed.
  if (!(tag & 0x20)) throw new Error(notPkcs12)
  const children: Element[] = []
  for (let at = 0; at < body.length; at += children.at(-1)!.size) children.push(element(body, at))
  return children
}

/** ContentInfo of type data: an octet string within a context tag. */
function contentOf(info: Element): Buffer {
  const [type, content] = childrenOf(info)
  if (type?.body.toString('hex') !== data || !content) throw new Error(notPkcs12)
  return childrenOf(content)[0]!.body
}

/** SafeContents, from a ContentInfo that may be encrypted. */
function decrypted(info: Element, password: string): Buffer {
  const [type, content] = childrenOf(info)
  if (type?.body.toString('hex') !== encryptedData) return contentOf(info)
  const [, encrypted] = childrenOf(childrenOf(content!)[0]!)
  const [, algorithm, bytes] = childrenOf(encrypted!)
  const [scheme, parameters] = childrenOf(algorithm!)
  if (scheme!.body.toString('hex') !== pbes2) throw new Error('its encryption is too old')
  const [derivation, encryption] = childrenOf(parameters!)
  const [salt, iterations, ...optional] = childrenOf(childrenOf(derivation!)[1]!)
  const digest = optional.find(({ tag }) => tag === 0x30)
  const hash = digest ? digests[childrenOf(digest)[0]!.body.toString('hex')] : 'sha1'
  const [cipherName, iv] = childrenOf(encryption!)
  const [cipher, keyBytes] = ciphers[cipherName!.body.toString('hex')] ?? []
  if (!hash || !cipher || !keyBytes) throw new Error('its encryption is not known')
  const rounds = iterations!.body.readUIntBE(0, iterations!.body.length)
  const key = pbkdf2Sync(password, salt!.body, rounds, keyBytes, hash)
  try {
    const decipher = createDecipheriv(cipher, key, iv!.body)
    return Buffer.concat([decipher.update(bytes!.body), decipher.final()])
  } catch (error) {
    throw new Error('the password is wrong', { cause: error })
  }
}

function certificateOf(bag: Element): string[] {
  const [type, value] = childrenOf(bag)
  if (type?.body.toString('hex') !== certificateBag) return []
  const [, certificate] = childrenOf(childrenOf(value!)[0]!)
  const der = childrenOf(certificate!)[0]!.body.toString('base64')
  return [`-----BEGIN CERTIFICATE-----\n${der.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`]
}
