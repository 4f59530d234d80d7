/**
 * `ssl.*` → options for node:tls: PEM from files or inline, PKCS12 stores, the Java clients' names and librdkafka's. What a
 * file holds is seen by its first bytes, since Java's PKCS12 stores are often called JKS. Everything is read and tried
 * here, so that a wrong password is wrong usage and no failed connection.
 */
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { UsageError } from '../errors.js'
import { readCertificates } from './pkcs12.js'
import { type Property, place } from './properties.js'
import type { Take } from './security.js'

/** @returns also the file with a private key that no password protects, or null */
export function tlsOptions(take: Take): { tls: ConnectionOptions; keyFile: string | null } {
  const trust = firstOf(take, 'ssl.truststore.certificates', 'ssl.ca.pem', 'ssl.truststore.location', 'ssl.ca.location')
  const trustPassword = take('ssl.truststore.password')
  const algorithm = take('ssl.endpoint.identification.algorithm')
  const verification = take('enable.ssl.certificate.verification')
  for (const name of ['ssl.truststore.type', 'ssl.keystore.type', 'ssl.protocol', 'ssl.enabled.protocols']) take(name)
  const { keyFile, ...identity } = ownIdentity(take)
  const tls: ConnectionOptions = {
    ...(trust ? { ca: certificates(trust, trustPassword) } : {}),
    ...identity,
    // The Java clients switch it off by an empty value, librdkafka by `none`.
    ...(algorithm && /^(none)?$/i.test(algorithm.value) ? { checkServerIdentity: () => undefined } : {}),
    ...(verification?.value.toLowerCase() === 'false' ? { rejectUnauthorized: false } : {})
  }
  return { tls, keyFile }
}

/** The key and certificate by which we are known, if there are any. */
function ownIdentity(take: Take): ConnectionOptions & { keyFile: string | null } {
  const store = take('ssl.keystore.location')
  const key = firstOf(take, 'ssl.keystore.key', 'ssl.key.pem', 'ssl.key.location')
  const chain = firstOf(take, 'ssl.keystore.certificate.chain', 'ssl.certificate.pem', 'ssl.certificate.location')
  const [storePassword, keyPassword] = [take('ssl.keystore.password'), take('ssl.key.password')]
  if (store && (key ?? chain)) {
    throw new UsageError(`${place(store)}: ${store.key} contradicts ${(key ?? chain)!.key}`, 'keep one of them')
  }
  if (!store) {
    if (!key && !chain) return { keyFile: null }
    if (!key || !chain) {
      const there = (key ?? chain)!
      throw new UsageError(`${place(there)}: ${there.key} is given, but no ${key ? 'certificate' : 'key'}`, 'give both')
    }
    const passphrase = keyPassword ? { passphrase: keyPassword.value } : {}
    const text = pem(read(key))
    return { ...tried(key, { key: text, cert: pem(read(chain)), ...passphrase }), keyFile: keyFile(key, text) }
  }
  const bytes = read(store)
  if (isPem(bytes)) {
    const password = keyPassword ?? storePassword
    const text = pem(bytes)
    const options = { key: text, cert: text, ...(password ? { passphrase: password.value } : {}) }
    return { ...tried(store, options), keyFile: keyFile(store, text) }
  }
  refuseJks(store, bytes)
  const passphrase = (storePassword ?? keyPassword)?.value ?? ''
  return { ...tried(store, { pfx: bytes, passphrase }), keyFile: null }
}

function keyFile({ key, value }: Property, text: string): string | null {
  return key.endsWith('.location') && /-----BEGIN (\w+ )?PRIVATE KEY-----/.test(text) && !/ENCRYPTED/.test(text)
    ? value
    : null
}

function certificates(trust: Property, password: Property | undefined): string | string[] {
  const bytes = read(trust)
  if (bytes.includes('-----BEGIN CERTIFICATE-----')) return tried(trust, { ca: pem(bytes) }).ca as string
  refuseJks(trust, bytes)
  try {
    return readCertificates(bytes, password?.value ?? '')
  } catch (error) {
    throw new UsageError(
      `${place(trust)}: ${trust.value} cannot be used: ${(error as Error).message}`,
      `check ssl.truststore.password, or convert it: openssl pkcs12 -in ${trust.value} -nokeys -out ca.pem`,
      { cause: error }
    )
  }
}

/** The first of these that is given; two of them contradict each other. */
function firstOf(take: Take, ...names: string[]): Property | undefined {
  const [first, second] = names.map(take).filter((property) => property !== undefined)
  if (second) throw new UsageError(`${place(second)}: ${second.key} contradicts ${first!.key}`, 'keep one of them')
  return first
}

/** The bytes that a property holds (PEM) or names (a file). */
function read(property: Property): Buffer {
  if (!property.key.endsWith('.location')) return Buffer.from(property.value)
  try {
    return readFileSync(property.value)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      `${place(property)}: cannot read ${property.value}: ${code === 'ENOENT' ? 'it does not exist' : code}`,
      `correct ${property.key}`
    )
  }
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN ')
}

/** Puts line breaks back, which get lost when PEM stands in one property; OpenSSL wants them. */
function pem(bytes: Buffer): string {
  const text = bytes.toString()
  return text.replace(
    /-----BEGIN ([A-Z0-9 ]+)-----([\sA-Za-z0-9+/=]+)-----END \1-----/g,
    (_, label: string, body: string) => {
      const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
      return [`\n-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----\n`].join('\n')
    }
  )
}

function refuseJks(property: Property, bytes: Buffer): void {
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== 0xfeedfeed) return
  throw new UsageError(
    `${place(property)}: ${property.value} is a JKS store, which only Java reads`,
    `convert it: keytool -importkeystore -srckeystore ${property.value} -destkeystore store.p12 -deststoretype PKCS12`
  )
}

/** The options, once OpenSSL has taken them. */
function tried(property: Property, options: ConnectionOptions): ConnectionOptions {
  try {
    createSecureContext(options)
    return options
  } catch (error) {
    const { message } = error as Error
    const what = property.key.endsWith('.location') ? property.value : property.key
    const wrong = /mac verify failure|bad decrypt|bad password/i.test(message)
    const advice = wrong
      ? 'the password is wrong: correct ssl.keystore.password or ssl.key.password'
      : /unsupported/i.test(message)
        ? 'its encryption is too old: write it anew with openssl pkcs12 -legacy'
        : 'it has to hold PEM or PKCS12'
    throw new UsageError(`${place(property)}: ${what} cannot be used (${message.replace(/^error:\w+:/, '')})`, advice, {
      cause: error
    })
  }
}
