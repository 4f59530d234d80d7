/**
 * A broker that demands it: each way of saying who one is, from each place where it can be said; what is said when it is
 * wrong; and that no secret gets out.
 */
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ConnectionFlags, readSettings } from '../../src/cli/settings.js'
import { Wire } from '../../src/kafka/wire.js'
import { allowOnlyDescribe } from '../support/acls.js'
import { bootstrap, createTopic, createTopicNamed } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { failure } from '../support/failure.js'
import { IdentityProvider } from '../support/identity-provider.js'
import {
  type Listener,
  type SecuredBroker,
  audience,
  password,
  session,
  startSecuredBroker
} from '../support/secured-broker.js'
import { type Result, bash, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const folder = new Workdir()
const modules = 'org.apache.kafka.common.security'
const env = { PW: password, SLUICE_CONFIG: folder.join('config.toml') }

let broker: SecuredBroker
let provider: IdentityProvider

beforeAll(async () => {
  broker = await startSecuredBroker(folder)
  const { privateKey: stranger } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const identity = readFileSync(folder.join('broker.pem'), 'utf8')
  provider = await new IdentityProvider({ secret: password, audience, key: broker.signer, stranger, identity }).start()
  await createTopicNamed('orders', { partitions: 2, server: broker.at('client') })
  await write('orders', [{ value: 'a' }, { value: 'b' }, { value: 'c' }], broker.at('client'))
  // Internal topics are made when they are first used, which on a busy machine lasts long enough to be told.
  const clear = { env: { KAFKA_BOOTSTRAP_SERVERS: broker.at('client') } }
  const first = ['produce', 'first', '--create-topic=1', '--delivery', 'exactly-once', '--elements', 'a']
  succeeded(await sluice(first, clear))
  succeeded(await sluice(['consume', 'first', '-g', 'first', '--reset', 'earliest', '-e'], clear))
}, 180_000)

afterAll(async () => {
  provider?.stop()
  await broker?.stop()
}, 60_000)

/** A file for -F that only its owner may read. */
function privately(name: string, ...lines: string[]): string {
  const file = folder.write(name, lines.join('\n'))
  chmodSync(file, 0o600)
  return file
}

const X = (...lines: string[]): ConnectionFlags => ({
  property: lines.map((line) => {
    const [name, value] = line.split(/=(.*)/s) as [string, string]
    return { name, value }
  })
})

/** Connects and is known; throws what is in the way. */
async function connect(listener: Listener, flags: ConnectionFlags): Promise<void> {
  const read = await readSettings({ 'bootstrap-server': broker.at(listener), 'connect-timeout': 30_000, ...flags }, env)
  const wire = await Wire.open(read.settings)
  expect(wire.nodes()).toEqual([1])
  wire.close()
}

const overTls = (mechanism: string): string[] => ['security.protocol=SASL_SSL', `sasl.mechanism=${mechanism}`]
const pemTrust = ['ssl.truststore.type=PEM', `ssl.truststore.location=${folder.join('ca.pem')}`]
const plain = (user: string, secret = password): string =>
  `sasl.jaas.config=${modules}.plain.PlainLoginModule required username="${user}" password="${secret}";`
const inline = (name: string): string => readFileSync(folder.join(name), 'utf8').replaceAll('\n', ' ')
const F = (name: string, ...lines: string[]): ConnectionFlags => ({ 'command-config': privately(name, ...lines) })

const oauth = (): ConnectionFlags =>
  F(
    'd',
    ...overTls('OAUTHBEARER'),
    `sasl.oauthbearer.token.endpoint.url=${provider.open('unsigned')}`,
    `sasl.jaas.config=${modules}.oauthbearer.OAuthBearerLoginModule required clientId="me" clientSecret="${password}";`,
    `ssl.truststore.certificates=${inline('broker-ca.pem')}`
  )
/** A Java client's. @param trust how it trusts the endpoint */
const signedTokens = (kind: string, trust: string): string[] => [
  `sasl.oauthbearer.token.endpoint.url=${provider.secured(kind)}`,
  `sasl.jaas.config=${modules}.oauthbearer.OAuthBearerLoginModule required clientId="me" clientSecret="${password}" ${trust};`
]
const javaStore = (): ConnectionFlags =>
  F(
    'e',
    ...['security.protocol=SSL', ...pemTrust],
    `ssl.keystore.location=${folder.join('client.p12')}`,
    `ssl.keystore.password=${password}`
  )

describe('is let in', () => {
  const ways: [string, Listener, () => ConnectionFlags][] = [
    ["Java's file: PLAIN, CA as PEM", 'sasltls', () => F('a', ...overTls('PLAIN'), ...pemTrust, plain('ann'))],
    [
      "Java's file: PLAIN without TLS",
      'sasl',
      () => F('b', 'security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', plain('ann'))
    ],
    [
      "Java's file: SCRAM-SHA-256, CA in a PKCS12 store",
      'sasltls',
      () =>
        F(
          'c',
          ...overTls('SCRAM-SHA-256'),
          `sasl.jaas.config=${modules}.scram.ScramLoginModule required \\`,
          `  username="ann" password="${password}";`,
          `ssl.truststore.location=${folder.join('trust.p12')}`,
          `ssl.truststore.password=${password}`
        )
    ],
    ["Java's file: OAUTHBEARER with client credentials, CA inline", 'sasltls', () => oauth()],
    [
      "Java's file: OAUTHBEARER, signed, from an endpoint with its own CA",
      'signed',
      () => F('i', ...overTls('OAUTHBEARER'), ...pemTrust, ...signedTokens('signed', `ssl.truststore.type="PEM" ssl.truststore.location="${folder.join('ca.pem')}"`)) // prettier-ignore
    ],
    ["Java's file: its own certificate in a PKCS12 store", 'mutual', () => javaStore()],
    [
      "Java's file: its own certificate inline, the key locked",
      'mutual',
      () =>
        F(
          'f',
          ...['security.protocol=SSL', ...pemTrust, 'ssl.keystore.type=PEM'],
          `ssl.keystore.key=${inline('client.key')}`,
          `ssl.keystore.certificate.chain=${inline('client.crt')}`,
          `ssl.key.password=${password}`
        )
    ],
    [
      "kcat's file: SCRAM-SHA-512",
      'sasltls',
      () =>
        F(
          'g',
          `metadata.broker.list=${broker.at('sasltls')}`,
          'security.protocol=sasl_ssl',
          ...['sasl.mechanisms=SCRAM-SHA-512', 'sasl.username=ann', `sasl.password=${password}`],
          `ssl.ca.location=${folder.join('ca.pem')}`
        )
    ],
    [
      "kcat's file: its own certificate",
      'mutual',
      () =>
        F(
          'h',
          ...['security.protocol=ssl', `ssl.ca.location=${folder.join('ca.pem')}`],
          ...[`ssl.certificate.location=${folder.join('client.crt')}`, `ssl.key.location=${folder.join('client.key')}`],
          `ssl.key.password=${password}`
        )
    ],
    [
      '-X as in Java, the password from the environment',
      'sasltls',
      () => X(...overTls('PLAIN'), ...pemTrust, plain('ann', '${env:PW}'))
    ],
    [
      '-X as in librdkafka: OIDC',
      'sasltls',
      () =>
        X(
          ...overTls('OAUTHBEARER'),
          `ssl.ca.location=${folder.join('ca.pem')}`,
          ...['sasl.oauthbearer.method=oidc', 'sasl.oauthbearer.client.id=me'],
          'sasl.oauthbearer.client.secret=${env:PW}',
          `sasl.oauthbearer.token.endpoint.url=${provider.open('unsigned')}`
        )
    ],
    [
      '-X as in librdkafka: OIDC, signed, from an endpoint with its own CA',
      'signed',
      () =>
        X(
          ...overTls('OAUTHBEARER'),
          ...[`ssl.ca.location=${folder.join('ca.pem')}`, `https.ca.location=${folder.join('ca.pem')}`],
          ...['sasl.oauthbearer.client.id=me', 'sasl.oauthbearer.client.secret=${env:PW}'],
          `sasl.oauthbearer.token.endpoint.url=${provider.secured('signed')}`
        )
    ],
    [
      '-X: its own certificate as PEM',
      'mutual',
      () => X('security.protocol=SSL', ...pemTrust, `ssl.keystore.location=${folder.join('client.pem')}`)
    ],
    [
      '-X: a certificate for another host, by leave',
      'elsewhere',
      () => X('security.protocol=SSL', ...pemTrust, 'ssl.endpoint.identification.algorithm=')
    ],
    [
      'a profile',
      'sasltls',
      () => {
        const lines = [...overTls('SCRAM-SHA-512'), ...pemTrust, 'sasl.username=ann', 'sasl.password=${env:PW}']
        privately('config.toml', '[profile.prod]', ...lines.map((line) => line.replace(/=(.*)/, ' = "$1"')))
        return { profile: 'prod' }
      }
    ],
    [
      'a profile that names a file',
      'sasltls',
      () => {
        privately('prod.properties', ...overTls('PLAIN'), ...pemTrust, plain('ann'))
        privately('config.toml', '[profile.prod]', 'command-config = "prod.properties"')
        return { profile: 'prod' }
      }
    ]
  ]
  test.each(ways)('%s', (_, listener, flags) => connect(listener, flags()))

  test('a token serves several connections until its time is up', async () => {
    const before = provider.given
    const { settings } = await readSettings(oauth(), {})
    const bootstrapServers = [{ host: 'localhost', port: Number(broker.at('sasltls').split(':')[1]) }]
    const wires = await Promise.all([1, 2, 3].map(() => Wire.open({ ...settings, bootstrapServers })))
    for (const wire of wires) wire.close()
    expect(provider.given).toBe(before + 1)
  })
})

describe('is kept out, and told why in one line', () => {
  const bearer = (...lines: string[]): ConnectionFlags => X(...overTls('OAUTHBEARER'), ...pemTrust, ...lines)
  const me = ['sasl.oauthbearer.client.id=me', 'sasl.oauthbearer.client.secret=${env:PW}']
  const ways: [string, Listener, () => ConnectionFlags, RegExp][] = [
    [
      'a wrong password',
      'sasltls',
      () => X(...overTls('PLAIN'), ...pemTrust, plain('ann', `not-${password}`)),
      /^localhost:\d+: SASL PLAIN authentication failed: Invalid username or password: check user name, password/
    ],
    [
      'an unknown user',
      'sasltls',
      () => X(...overTls('SCRAM-SHA-512'), ...pemTrust, 'sasl.username=eve', 'sasl.password=${env:PW}'),
      /invalid credentials with SASL mechanism SCRAM-SHA-512: check user name, password and sasl\.mechanism$/
    ],
    [
      'a mechanism that is not offered',
      'sasl',
      () => X('security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=SCRAM-SHA-256', 'sasl.username=a', 'sasl.password=b'),
      /the broker does not offer this SASL mechanism: check sasl\.mechanism$/
    ],
    [
      'no authority',
      'tls',
      () => X('security.protocol=SSL'),
      /the certificate is from an authority that is not trusted here: give the cluster's CA certificate to ssl\.truststore\.location/
    ],
    [
      'the wrong authority',
      'sasltls',
      () => X(...overTls('PLAIN'), `ssl.ca.location=${folder.join('clients-ca.pem')}`, plain('ann')),
      /the certificate is from an authority that is not trusted here/
    ],
    [
      'a certificate for another host',
      'elsewhere',
      () => X('security.protocol=SSL', ...pemTrust),
      /the certificate is for another host \(kafka\.example\): use a name of the certificate in the address, or set ssl\.endpoint/
    ],
    [
      'an expired certificate',
      'expired',
      () => X('security.protocol=SSL', ...pemTrust),
      /the broker's certificate.* has expired: have it renewed$/
    ],
    [
      'no certificate of its own',
      'mutual',
      () => X('security.protocol=SSL', ...pemTrust),
      /the broker wants a client certificate: give it by ssl\.keystore\.\*$/
    ],
    [
      'a certificate of its own that is not trusted',
      'mutual',
      () => X('security.protocol=SSL', ...pemTrust, `ssl.keystore.location=${folder.join('stranger.pem')}`),
      /the broker does not take the client certificate: check that it has not expired, and that the broker trusts its CA$/
    ],
    [
      'plaintext where TLS is',
      'sasltls',
      () => ({}),
      /the listener wants TLS: set security\.protocol=SSL or SASL_SSL$/
    ],
    [
      'TLS where none is',
      'sasl',
      () => X(...overTls('PLAIN'), ...pemTrust, plain('ann')),
      /no TLS there: check security\.protocol and the port$/
    ],
    [
      'SASL where none is',
      'client',
      () => X('security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', plain('ann')),
      /the listener does not use SASL: check security\.protocol and the port$/
    ],
    ['no SASL where it is', 'sasl', () => ({}), /the listener may want SASL: check security\.protocol$/],
    [
      'no SASL where it is, with TLS',
      'sasltls',
      () => X('security.protocol=SSL', ...pemTrust),
      /the listener may want SASL/
    ],
    [
      'a token endpoint that does not know it',
      'sasltls',
      () =>
        bearer(
          `sasl.oauthbearer.token.endpoint.url=${provider.open('unsigned')}`,
          'sasl.oauthbearer.client.id=you',
          me[1]!
        ),
      /no token from http:\/\/127\.0\.0\.1:\d+\/unsigned: status 401, invalid_client: check client id, secret and scope$/
    ],
    [
      'a token endpoint that is not there',
      'sasltls',
      () => bearer('sasl.oauthbearer.token.endpoint.url=http://127.0.0.1:2/token', ...me),
      /no token from http:\/\/127\.0\.0\.1:2\/token: .*ECONNREFUSED.*: check sasl\.oauthbearer\.token\.endpoint\.url$/
    ],
    [
      'a token endpoint of an authority that is not trusted',
      'signed',
      () => bearer(...signedTokens('signed', '')),
      /no token from https:\/\/localhost:\d+\/signed: .*certificate.*: give its CA to https\.ca\.location, or to ssl\.truststore\.location in sasl\.jaas\.config$/
    ],
    ...['forged', 'elsewhere'].map((kind): [string, Listener, () => ConnectionFlags, RegExp] => [
      `a token that is ${kind === 'forged' ? 'signed by somebody else' : 'for somebody else'}`,
      'signed',
      () => bearer(...signedTokens(kind, `ssl.truststore.location="${folder.join('ca.pem')}"`)),
      /^localhost:\d+: SASL OAUTHBEARER authentication failed: invalid_token: check who issued the token/
    ]),
    [
      'a token that the broker does not take',
      'sasltls',
      () => bearer(`sasl.oauthbearer.token.endpoint.url=file://${folder.write('token', 'a.b.c')}`),
      /^localhost:\d+: SASL OAUTHBEARER authentication failed: invalid_token: check who issued the token/
    ]
  ]
  test.each(ways)('%s', async (_, listener, flags, line) => {
    const start = performance.now()
    const error = await failure(connect(listener, flags()))
    expect(error.line).toMatch(line)
    expect(error.line).not.toContain('\n')
    expect(performance.now() - start).toBeLessThan(20_000)
    for (let at: unknown = error; at instanceof Error; at = at.cause) expect(String(at.stack)).not.toContain(password)
  })
})

describe('the program', () => {
  const annFile = (): string => privately('ann', ...overTls('PLAIN'), ...pemTrust, plain('ann'))
  const run = (args: string[], more: NodeJS.ProcessEnv = {}): Promise<Result> =>
    sluice(args, { env: { ...env, ...more } })

  test('keeps secrets to itself, however it ends', async () => {
    const file = privately('wrong', ...overTls('PLAIN'), ...pemTrust, plain('ann', `not-${password}`))
    const b = ['-b', broker.at('sasltls'), '-v']
    const ways = [
      ['consume', 'orders', '-e', '--json', '-F', annFile(), ...b],
      ['consume', 'orders', '-e', '--json', '-F', file, ...b],
      ['discover', '--json', '-F', oauth()['command-config']!, ...b],
      [
        'discover',
        '-F',
        javaStore()['command-config']!,
        '-b',
        broker.at('mutual'),
        '-v',
        '-X',
        'ssl.keystore.password=${env:HOME}'
      ],
      ['produce', 'orders', '-F', privately('torn', ...overTls('PLAIN'), ...pemTrust, plain('ann').slice(0, -2)), ...b],
      ['lag', '-F', privately('none', ...overTls('PLAIN'), `sasl.password=${password}`, 'sasl.jaas.config=x'), ...b]
    ]
    const results = await Promise.all(ways.map((args) => run(args)))
    expect(results.map(({ code }) => code)).toEqual([0, 1, 0, 2, 2, 2])
    for (const { text, stdout, stderr } of results) {
      expect(stderr).not.toBe('')
      if (`${stdout}${stderr}`.includes(password)) throw new Error(text)
    }
  })

  test('takes its properties from a pipe, for several threads as well', async () => {
    const script = `sluice pipe 'kafka:orders?exit' 'parts?format=value' --parallelism 2 -F <(cat ${annFile()}) && cat parts/* | sort`
    const options = { env: { KAFKA_BOOTSTRAP_SERVERS: broker.at('sasltls') }, cwd: folder.path }
    const { stdout, stderr } = succeeded(await bash(script, options))
    expect({ stdout, stderr }).toEqual({ stdout: 'a\nb\nc\n', stderr: '' })
  })

  test('tells of a file with a password that others can read, unless it is to be quiet', async () => {
    const file = annFile()
    chmodSync(file, 0o644)
    const args = ['consume', 'orders', '-e', '-F', file, '-b', broker.at('sasltls')]
    const { stderr } = succeeded(await run(args))
    expect(stderr).toBe(`sluice: others on this machine can read the password in ${file}: chmod 600 ${file}\n`)
    expect(succeeded(await run([...args, '-q'])).stderr).toBe('')
  })

  test('copies between clusters, each with its own properties, or with none', async () => {
    const copy = await createTopic({ name: 'from-secured' })
    const file = privately(
      'other.properties',
      `bootstrap.servers=${broker.at('sasltls')}`,
      ...overTls('PLAIN'),
      ...pemTrust,
      plain('ann')
    )
    privately('config.toml', '[profile.other]', 'command-config = "other.properties"')
    // The run's own cluster is the one in the clear; its brokers are not those of the profile.
    const own = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
    succeeded(await run(['pipe', 'kafka:orders?profile=other&exit', `kafka:${copy}`], own))
    expect((await readAll(copy)).map(({ value }) => value).sort()).toEqual(['a', 'b', 'c'])
    await createTopicNamed('back', { server: broker.at('client') })
    succeeded(await run(['pipe', `kafka:${copy}?exit`, `kafka:back?command-config=${file}`], own))
    const { stdout } = succeeded(await run(['consume', 'back', '-e', '-F', file]))
    expect(stdout.split('\n').sort().join('')).toBe('abc')
  })

  test('reads and writes through many sessions', async () => {
    await createTopicNamed('sessions', { partitions: 2, server: broker.at('client') })
    const file = privately('short', 'security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', plain('ann'))
    const here = ['-F', file, '-b', broker.at('sasl')]
    const seconds = (2 * session) / 1000
    const count = 5000 * seconds
    const [written, seen, asMember] = await Promise.all([
      run(['produce', 'sessions', '--sequence', `1:${count}`, '--rate', '5000/s', ...here]),
      run(['consume', 'sessions', '-n', `${count}`, ...here]),
      run(['consume', 'sessions', '-n', `${count}`, '-g', 'sessions', '--reset', 'earliest', ...here])
    ])
    const numbers = Array.from({ length: count }, (_, i) => i + 1)
    expect(succeeded(written).stderr).toBe('')
    for (const result of [seen, asMember]) {
      const { stdout, stderr } = succeeded(result)
      expect(stderr).toBe('')
      expect(stdout.trimEnd().split('\n').map(Number).sort((a, b) => a - b)).toEqual(numbers) // prettier-ignore
    }
  })
})

describe('who may not do a thing', () => {
  const topic = (operation: string): string =>
    `topic "orders": access to the topic is denied (TOPIC_AUTHORIZATION_FAILED): ask for an ACL that allows ${operation} on topic "orders"`
  const group = (operation: string): string =>
    `group "billing": access to the group is denied (GROUP_AUTHORIZATION_FAILED): ask for an ACL that allows ${operation} on group "billing"`
  const bob = async (words: string): Promise<Pick<Result, 'code' | 'stderr'>> => {
    const file = privately('bob', 'security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', plain('bob'))
    const { code, stderr } = await sluice([...words.split(' '), '-F', file, '-b', broker.at('sasl')])
    return { code, stderr }
  }
  const refused = (line: string): { code: number; stderr: string } => ({ code: 1, stderr: `sluice: ${line}\n` })

  test('is told which, on what', async () => {
    const cases: [string, string][] = [
      ['consume orders -e', topic('Read')],
      ['produce orders --elements a', topic('Write')],
      ['offsets show orders', topic('Describe')],
      [
        'produce new --elements a --create-topic',
        'topic "new": access to the topic is denied (TOPIC_AUTHORIZATION_FAILED): ask for an ACL that allows Create on topic "new"'
      ],
      ['offsets list billing', group('Describe')],
      ['offsets reset billing --topic orders --to latest', group('Describe')],
      ['offsets delete billing', group('Describe')],
      ['lag billing', group('Describe')]
    ]
    const results = await Promise.all(cases.map(([words]) => bob(words)))
    expect(results).toEqual(cases.map(([, line]) => refused(line)))
  })

  test('sees a list of what it may see', async () => {
    for (const words of ['discover', 'offsets list', 'lag']) expect(await bob(words)).toEqual({ code: 0, stderr: '' })
  })

  test('may see, and still neither read nor write', async () => {
    for (const [type, name] of [
      ['TRANSACTIONAL_ID', 'till-0-0'],
      ['GROUP', 'billing'],
      ['TOPIC', 'orders']
    ] as const)
      // prettier-ignore
      await allowOnlyDescribe(type, name, broker.at('client'), 'User:bob')
    // The broker hears of them one after the other.
    while ((await bob('offsets show orders')).stderr.includes('AUTHORIZATION'));
    const cases: [string, string][] = [
      ['consume orders -e', topic('Read').replace('"orders"', '"orders" partition 0')],
      ['consume orders -e -g billing', group('Read')],
      [
        'produce orders --elements a',
        'access to the cluster is denied (CLUSTER_AUTHORIZATION_FAILED): ask for an ACL that allows Write on the topic, or, before Kafka 2.8, IdempotentWrite on the cluster'
      ],
      [
        'produce orders -p 0 --elements a --acks 1',
        `${topic('Write').replace('"orders"', '"orders" partition 0')}; nothing was sent before it`
      ],
      [
        'produce orders --elements a --delivery exactly-once --transactional-id till',
        'transactional id "till-0-0": access to the transactional id is denied (TRANSACTIONAL_ID_AUTHORIZATION_FAILED): ask for an ACL that allows Write on transactional id "till-0-0"'
      ]
    ]
    const results = await Promise.all(cases.map(([words]) => bob(words)))
    expect(results).toEqual(cases.map(([, line]) => refused(line)))
  })
})
