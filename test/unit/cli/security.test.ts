import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { parseProperties } from '../../../src/cli/properties.js'
import { type Security, readSecurity } from '../../../src/cli/security.js'
import { UsageError } from '../../../src/errors.js'
import type { Sasl, Settings } from '../../../src/kafka/wire.js'

// A certificate for CN=localhost and its key, made for these tests and trusted nowhere; the stores of keytool (Java 17) and OpenSSL 3 have the password changeit.
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const certificate = readFileSync(fixture('cert.pem'), 'utf8')

const all = (...lines: string[]): Security => readSecurity(parseProperties(lines.join('\n'), 'c.properties'), new Set())
const read = (...lines: string[]): Pick<Settings, 'tls' | 'sasl'> => {
  const { tls, sasl } = all(...lines)
  return { tls, sasl }
}

function refusal(...lines: string[]): string {
  try {
    read(...lines)
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).line).not.toContain('\n')
    expect(String((error as Error).stack)).not.toContain('hunter2')
    return (error as UsageError).line
  }
  throw new Error('nothing was refused')
}

const plain =
  'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="hunter2";'
const scram = plain.replace('plain.PlainLoginModule', 'scram.ScramLoginModule')

describe('SASL', () => {
  test('PLAIN and SCRAM by JAAS or by name and password', () => {
    const user = { username: 'a', password: 'hunter2' }
    expect(read('security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', plain)).toEqual({
      tls: null,
      sasl: { mechanism: 'PLAIN', ...user }
    })
    expect(read('security.protocol=SASL_SSL', 'sasl.mechanism=SCRAM-SHA-512', scram)).toEqual({
      tls: {},
      sasl: { mechanism: 'SCRAM-SHA-512', ...user }
    })
    expect(
      read('security.protocol=sasl_ssl', 'sasl.mechanisms=scram-sha-256', 'sasl.username=a', 'sasl.password=hunter2')
        .sasl
    ).toEqual({ mechanism: 'SCRAM-SHA-256', ...user })
  })

  test.each([
    [['security.protocol=SASL_SSL'], /line 1: there is no sasl.mechanism/],
    [['security.protocol=SASL_SSL', 'sasl.mechanism=GSSAPI'], /line 2: sasl.mechanism GSSAPI is not supported/],
    [['security.protocol=SASL_SSL', 'sasl.mechanism=PLAIN'], /line 2: there is no username/],
    [['security.protocol=SASL_SSL', 'sasl.mechanism=PLAIN', 'sasl.username=a'], /there is no password/],
    [
      ['security.protocol=SASL_SSL', 'sasl.mechanism=PLAIN', scram],
      /line 3: ScramLoginModule contradicts .*PLAIN.*line 2/
    ],
    [['security.protocol=SECURE'], /line 1: there is no security.protocol 'SECURE'/],
    [['sasl.mechanism=PLAIN', plain], /line 2: sasl.jaas.config is given, but no security.protocol: add/],
    [
      ['security.protocol=PLAINTEXT', plain],
      /line 2: sasl.jaas.config contradicts security.protocol=PLAINTEXT .*line 1/
    ],
    [['security.protocol=SSL', 'sasl.username=a'], /use SASL_SSL/],
    [['ssl.ca.location=/x'], /line 1: ssl.ca.location is given, but no security.protocol/]
  ])('%p is refused', (lines, message) => expect(refusal(...lines)).toMatch(message))

  test('another source may choose another protocol than a file was written for', () => {
    const properties = parseProperties(`sasl.mechanism=PLAIN\n${plain}`, 'c.properties')
    properties.set('security.protocol', { key: 'security.protocol', value: 'PLAINTEXT', source: '-X', line: undefined })
    expect(readSecurity(properties, new Set())).toEqual({ tls: null, sasl: null, keyFile: null })
  })
})

describe('OAUTHBEARER', () => {
  const bearer = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=OAUTHBEARER']
  const token = (...lines: string[]): Promise<{ value: string }> =>
    (read(...bearer, ...lines).sasl as Extract<Sasl, { mechanism: 'OAUTHBEARER' }>).token()

  test('from a token endpoint, with client id and secret', async () => {
    const requests: string[] = []
    const server = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        requests.push(`${request.headers.authorization} ${Buffer.concat(chunks as Buffer[]).toString()}`)
        const good = JSON.stringify({ access_token: 'T' })
        const [status, body] = [[200, good], [401, '{"error":"invalid_client"}'], [200, '<html>']][requests.length - 1]! // prettier-ignore
        response.writeHead(status as number).end(body)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?x=hunter2`
      const lines = [
        `sasl.oauthbearer.token.endpoint.url=${url}`,
        'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="me" clientSecret="hunter2" scope="s";'
      ]
      await expect(token(...lines)).resolves.toMatchObject({ value: 'T' })
      expect(requests).toEqual([
        `Basic ${Buffer.from('me:hunter2').toString('base64')} grant_type=client_credentials&scope=s`
      ])
      await expect(token(...lines)).rejects.toThrow(
        /^no token from http:\/\/127\.0\.0\.1:\d+\/token: status 401, invalid_client$/
      )
      await expect(token(...lines)).rejects.toMatchObject({
        line: expect.stringMatching(/token: status 200: check sasl\.oauthbearer\.token\.endpoint\.url$/)
      })
    } finally {
      server.close()
    }
    await expect(
      token(
        `sasl.oauthbearer.token.endpoint.url=http://127.0.0.1:1/`,
        'sasl.oauthbearer.client.id=a',
        'sasl.oauthbearer.client.secret=b'
      )
    ).rejects.toThrow(/^no token from/)
  })

  test('from a file', async () => {
    const url = new URL('fixtures/cert.pem', import.meta.url)
    await expect(token(`sasl.oauthbearer.token.endpoint.url=${url.href}`)).resolves.toEqual({
      value: certificate.trim()
    })
  })

  test('unsecured, for trials', async () => {
    const { value } = await token('sasl.oauthbearer.config=principal=alice scope=x')
    const [head, claims, signature] = value.split('.')
    expect(JSON.parse(Buffer.from(head!, 'base64url').toString())).toEqual({ alg: 'none' })
    expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({ sub: 'alice' })
    expect(signature).toBe('')
  })

  test.each([
    [[], /it is not said where tokens come from/],
    [['sasl.oauthbearer.token.endpoint.url=nonsense'], /is no URL/],
    [['sasl.oauthbearer.token.endpoint.url=https://x/'], /no client id and secret/]
  ])('%p is refused', (lines, message) => expect(refusal(...bearer, ...lines)).toMatch(message))
})

describe('TLS', () => {
  const ssl = 'security.protocol=SSL'
  const inline = certificate.replaceAll('\n', ' ')
  const thumbprint = new X509Certificate(certificate).fingerprint256
  const trusted = (...lines: string[]): string[] =>
    [read(ssl, ...lines).tls?.ca].flat().map((pem) => new X509Certificate(pem as string).fingerprint256)

  test.each([
    [['ssl.truststore.type=PEM', `ssl.truststore.location=${fixture('cert.pem')}`]],
    [[`ssl.truststore.certificates=${inline}`]],
    [[`ssl.ca.location=${fixture('cert.pem')}`]],
    [
      [
        `ssl.truststore.location=${fixture('trust.p12')}`,
        'ssl.truststore.password=changeit',
        'ssl.truststore.type=PKCS12'
      ]
    ],
    [[`ssl.truststore.location=${fixture('trust-openssl.p12')}`, 'ssl.truststore.password=changeit']]
  ])('trusts the certificates of %p', (lines) => expect(trusted(...lines)).toEqual([thumbprint]))

  test.each([
    [
      [`ssl.keystore.location=${fixture('key.p12')}`, 'ssl.keystore.password=changeit'],
      ['pfx', 'passphrase']
    ],
    [
      [`ssl.certificate.location=${fixture('cert.pem')}`, `ssl.key.location=${fixture('key.pem')}`],
      ['key', 'cert']
    ],
    [
      [
        `ssl.certificate.location=${fixture('cert.pem')}`,
        `ssl.key.location=${fixture('key-encrypted.pem')}`,
        'ssl.key.password=changeit'
      ],
      ['key', 'cert', 'passphrase']
    ],
    [
      [
        `ssl.keystore.certificate.chain=${inline}`,
        `ssl.keystore.key=${readFileSync(fixture('key.pem'), 'utf8').replaceAll('\n', ' ')}`
      ],
      ['key', 'cert']
    ]
  ])('has the identity of %p', (lines, options) => expect(Object.keys(read(ssl, ...lines).tls!)).toEqual(options))

  test('tells of a key that no password protects', () => {
    const certificate = `ssl.certificate.location=${fixture('cert.pem')}`
    const key = (name: string): string => `ssl.key.location=${fixture(name)}`
    expect(all(ssl, certificate, key('key.pem')).keyFile).toBe(fixture('key.pem'))
    expect(all(ssl, certificate, key('key-encrypted.pem'), 'ssl.key.password=changeit').keyFile).toBeNull()
    expect(all(ssl, `ssl.keystore.location=${fixture('key.p12')}`, 'ssl.keystore.password=changeit').keyFile).toBeNull()
    expect(all(ssl).keyFile).toBeNull()
  })

  test('may do without names or verification, when it is told to', () => {
    expect(read(ssl).tls).toEqual({})
    expect(read(ssl, 'ssl.endpoint.identification.algorithm=https').tls).toEqual({})
    expect(Object.keys(read(ssl, 'ssl.endpoint.identification.algorithm=').tls!)).toEqual(['checkServerIdentity'])
    expect(Object.keys(read(ssl, 'ssl.endpoint.identification.algorithm=none').tls!)).toEqual(['checkServerIdentity'])
    expect(read(ssl, 'enable.ssl.certificate.verification=false').tls).toEqual({ rejectUnauthorized: false })
  })

  const trust = (name: string): string => `ssl.truststore.location=${fixture(name)}`
  test.each([
    [[trust('trust.jks')], /line 2: .*trust.jks is a JKS store.*: convert it: keytool/],
    [[trust('trust.p12'), 'ssl.truststore.password=hunter2'], /the password is wrong/],
    [[trust('trust.p12')], /the password is wrong/],
    [[trust('trust-legacy.p12'), 'ssl.truststore.password=changeit'], /encryption is too old.*openssl pkcs12/],
    [[trust('key-encrypted.pem')], /key-encrypted.pem cannot be used: it is no PKCS12 store/],
    [[trust('nowhere.pem')], /line 2: cannot read .*nowhere.pem: it does not exist/],
    [[`ssl.ca.location=${fixture('.')}`], /cannot read .*EISDIR/],
    [
      [trust('cert.pem'), `ssl.ca.location=${fixture('cert.pem')}`],
      /line 3: ssl.ca.location contradicts ssl.truststore/
    ],
    [[`ssl.keystore.location=${fixture('key.p12')}`, 'ssl.keystore.password=hunter2'], /the password is wrong/],
    [[`ssl.keystore.location=${fixture('key-legacy.p12')}`, 'ssl.keystore.password=changeit'], /too old/],
    [[`ssl.keystore.location=${fixture('trust.jks')}`], /JKS/],
    [[`ssl.keystore.location=${fixture('cert.pem')}`], /cannot be used/],
    [[`ssl.key.location=${fixture('key.pem')}`], /ssl.key.location is given, but no certificate/],
    [['ssl.truststore.certificates=nonsense'], /line 2/]
  ])('%p is refused', (lines, message) => expect(refusal(ssl, ...lines)).toMatch(message))
})
