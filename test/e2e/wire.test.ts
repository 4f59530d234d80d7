/** The wire against a real broker with every kind of listener, and against peers with faults. */
import { createHook } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { FailedError } from '../../src/errors.js'
import { Connection } from '../../src/kafka/connection.js'
import { ConnectionError } from '../../src/kafka/connection-error.js'
import { Code } from '../../src/kafka/error-codes.js'
import { Fetcher } from '../../src/kafka/fetcher.js'
import { Metadata } from '../../src/kafka/metadata.js'
import type { Api } from '../../src/kafka/request.js'
import { type FetchArgs, type FetchResult, fetchApi } from '../../src/kafka/requests/fetch.js'
import { listOffsetsApi } from '../../src/kafka/requests/list-offsets.js'
import { metadataApi } from '../../src/kafka/requests/metadata.js'
import { produceApi } from '../../src/kafka/requests/produce.js'
import { createTopic } from '../../src/kafka/topics.js'
import { type Sasl, type Settings, Wire } from '../../src/kafka/wire.js'
import { freePorts } from '../support/ports.js'
import { append, batches, ensureTopic } from '../support/batches.js'
import { type Peer, startPeer, startProxy } from '../support/faulty-peer.js'
import { until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { letIn, mechanisms } from '../support/scram.js'
import { sluice, succeeded } from '../support/sluice.js'
import { isSince } from '../support/kafka-version.js'

const tlsFiles = new URL('../fixtures/tls/', import.meta.url)
const pem = (name: string): string => readFileSync(new URL(name, tlsFiles), 'utf8')
const ca = pem('ca.pem')

/** Session of SASL connections, ms. */
const SESSION = 5000

function keystore(): string[] {
  const [key, chain] = pem('broker-keystore.pem').split(/(?<=-----END PRIVATE KEY-----\n)/)
  return [`ssl.keystore.key=${key}`, `ssl.keystore.certificate.chain=${chain}`]
}

let brokers: OwnBrokers
let [plain, controller, tls, sasl, saslTls, mutual]: number[] = []

beforeAll(async () => {
  ;[plain, controller, tls, sasl, saslTls, mutual] = await freePorts(6)
  const listeners = { CLIENT: plain, CONTROLLER: controller, TLS: tls, SASL: sasl, SASLTLS: saslTls, MUTUAL: mutual }
  const addresses = Object.entries(listeners).map(([name, port]) => `${name}://127.0.0.1:${port}`)
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const users = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="secret";'
  const tokens =
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="ann";'
  brokers = await startOwnBrokers(plain!, 1, [
    `listeners=${addresses.join(',')}`,
    `advertised.listeners=${addresses.filter((address) => !address.startsWith('CONTROLLER')).join(',')}`,
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL,MUTUAL:SSL',
    'ssl.keystore.type=PEM',
    // Not by the file's name: that takes a password before 3.0.
    ...keystore(),
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${new URL('ca.pem', tlsFiles).pathname}`,
    'listener.name.mutual.ssl.client.auth=required',
    'listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    `listener.name.sasltls.oauthbearer.sasl.jaas.config=${tokens}`,
    ...['sasl', 'sasltls'].flatMap((name) => [
      `listener.name.${name}.plain.sasl.jaas.config=${users}`,
      `listener.name.${name}.scram-sha-256.sasl.jaas.config=${scram}`,
      `listener.name.${name}.scram-sha-512.sasl.jaas.config=${scram}`
    ]),
    `listener.name.sasl.plain.connections.max.reauth.ms=${SESSION}`
  ])
}, 120_000)

const warnings: Error[] = []
const warned = (warning: Error): void => void warnings.push(warning)

beforeAll(() => void process.on('warning', warned))

afterAll(async () => {
  process.off('warning', warned)
  await brokers.stop()
  // Node warns of negative timeouts, of leaks of listeners, and of promises that nobody looks after.
  expect(warnings).toEqual([])
}, 60_000)

const closing: { close(): unknown }[] = []

afterEach(async () => {
  for (const it of closing.splice(0)) await it.close()
})

function atClose<T extends { close(): unknown }>(it: T): T {
  closing.push(it)
  return it
}

const at = (port: number | undefined): { host: string; port: number } => ({ host: '127.0.0.1', port: port! })

function settings(ports: (number | undefined)[], over: Partial<Settings> = {}): Settings {
  return {
    bootstrapServers: ports.map(at),
    clientId: 'sluice',
    connectTimeout: 30_000,
    requestTimeout: 30_000,
    tls: null,
    sasl: null,
    ...over
  }
}

const open = async (over?: Partial<Settings>): Promise<Wire> => atClose(await Wire.open(settings([plain], over)))
const connect = (port: number, over?: Partial<Settings>): Connection =>
  new Connection('127.0.0.1', port, settings([], over))

async function failure(promise: Promise<unknown>): Promise<FailedError & ConnectionError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown
  )
  expect(error).toBeInstanceOf(FailedError)
  return error as FailedError & ConnectionError
}

const passwords = (
  mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
  username = 'ann',
  password = 'secret'
): Sasl => {
  return { mechanism, username, password }
}

describe('a cluster that can be reached', () => {
  test('tells its brokers, and its metadata names the topics', async () => {
    const wire = await open()
    const metadata = new Metadata(wire)
    await metadata.refresh([])
    await createTopic(wire, metadata, 'orders', 3)
    await metadata.refresh('all')
    expect(wire.nodes()).toEqual([1])
    expect(metadata.brokers).toEqual([{ nodeId: 1, ...at(plain), rack: null }])
    expect(metadata.clusterId).toMatch(/./)
    expect(metadata.topics().map(({ name, internal }) => [name, internal])).toContainEqual(['orders', false])
    expect(metadata.partitions('orders').map(({ partition, leader }) => [partition, leader])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1]
    ])
    expect(metadata.leader('orders', 2)).toEqual({ nodeId: 1, epoch: 0 })
    expect(metadata.leader('orders', 3)).toBeUndefined()
  })

  test('over TLS, by address and by name', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const over = { bootstrapServers: [{ host, port: tls! }], tls: { ca } }
      expect((await open(over)).nodes()).toEqual([1])
    }
  })

  test('over TLS with a certificate of our own', async () => {
    const over = { bootstrapServers: [at(mutual)], tls: { ca, cert: pem('client.pem'), key: pem('client.key') } }
    expect((await open(over)).nodes()).toEqual([1])
  })

  test('with SASL, each mechanism, with and without TLS', async () => {
    const wire = await open()
    await letIn(wire, 'ann', 'secret', settings([sasl]))
    for (const mechanism of ['PLAIN', ...mechanisms] as const) {
      const over = { sasl: passwords(mechanism), bootstrapServers: [at(sasl)] }
      expect((await open(over)).nodes()).toEqual([1])
      expect((await open({ ...over, bootstrapServers: [at(saslTls)], tls: { ca } })).nodes()).toEqual([1])
    }
  })

  test('with a token', async () => {
    // Unsecured, as Kafka takes it where nothing else is set up (KIP-255).
    const now = Math.floor(Date.now() / 1000)
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const value = `${part({ alg: 'none' })}.${part({ sub: 'ann', iat: now, exp: now + 3600 })}.`
    const sasl: Sasl = { mechanism: 'OAUTHBEARER', token: () => Promise.resolve({ value }) }
    expect((await open({ sasl, bootstrapServers: [at(saslTls)], tls: { ca } })).nodes()).toEqual([1])
    const none = (): Promise<never> =>
      Promise.reject(new FailedError('no token from there', 'check client id and secret'))
    const without: Sasl = { mechanism: 'OAUTHBEARER', token: none }
    const error = await failure(open({ sasl: without, bootstrapServers: [at(saslTls)], tls: { ca } }))
    expect(error.line).toMatch(/^cannot reach the cluster: \S+ no token from there: check client id and secret$/)
  })

  test('is found behind dead and silent servers without their timeouts', async () => {
    const silent = atClose(await startPeer())
    const start = performance.now()
    const servers = [1, silent.port, 2, plain].map(at)
    const wire = await open({ bootstrapServers: servers, connectTimeout: 60_000, requestTimeout: 60_000 })
    expect(wire.nodes()).toEqual([1])
    expect(performance.now() - start).toBeLessThan(30_000)
    // The one that was not needed is left alone.
    await until(() => silent.open.size === 0)
  })

  test('is bothered by one connection only', async () => {
    await until(async () => {
      const [first, second] = [atClose(await startProxy(plain!)), atClose(await startProxy(plain!))]
      const start = performance.now()
      await open({ bootstrapServers: [at(first.port), at(second.port)] })
      // One that takes a quarter of a second, as on a busy machine, is not waited for.
      if (performance.now() - start >= 250) return false
      expect([first.accepted, second.accepted]).toEqual([1, 0])
      return true
    })
  })
})

describe('a cluster that cannot be reached', () => {
  const SASL = passwords('PLAIN')
  const cases: [string, () => number | undefined, Partial<Settings>, RegExp][] = [
    ['nobody listens', () => 1, {}, /:1 connection refused: check --bootstrap-server$/],
    ['TLS is wanted', () => tls, {}, /the listener wants TLS: set security\.protocol=SSL or SASL_SSL$/],
    ['TLS is wanted, with SASL', () => saslTls, { sasl: SASL }, /the listener wants TLS: set security\.protocol/],
    [
      'SASL is wanted',
      () => sasl,
      {},
      /closed at the first request: the listener may want SASL: check security\.protocol$/
    ],
    ['TLS is not wanted', () => plain, { tls: { ca } }, /no TLS there: check security\.protocol and the port$/],
    [
      'SASL is not wanted',
      () => plain,
      { sasl: SASL },
      /the listener does not use SASL: check security\.protocol and the port$/
    ],
    ['SASL is not wanted over TLS', () => tls, { sasl: SASL, tls: { ca } }, /the listener does not use SASL/],
    [
      'the certificate is unknown',
      () => tls,
      { tls: {} },
      /from an authority that is not trusted here: give the cluster's CA/
    ],
    [
      'the certificate is for another',
      () => tls,
      { tls: { ca, servername: 'example.com' } },
      /certificate is for another host/
    ],
    ['a certificate is wanted', () => mutual, { tls: { ca } }, /the broker wants a client certificate/],
    [
      'it is a controller',
      () => controller,
      {},
      /does not answer as a broker does \(UNSUPPORTED_VERSION\): check the port/
    ],
    [
      'the mechanism is not offered',
      () => sasl,
      { sasl: { mechanism: 'OAUTHBEARER', token: () => Promise.resolve({ value: 'x' }) } },
      /does not offer this SASL mechanism: check sasl\.mechanism$/
    ]
  ]
  // With ZooKeeper there is none; Kafka 2.8 ends the handshake before it has said what it wants.
  const later = ['it is a controller', 'a certificate is wanted']
  const those = cases.filter(([name]) => isSince('3.3') || !later.includes(name))
  test.each(those)('%s', async (_, port, over, line) => {
    const start = performance.now()
    const error = await failure(Wire.open(settings([port()], { connectTimeout: 60_000, ...over })))
    expect(error.line).toMatch(line)
    expect(error.line).toMatch(/^cannot reach the cluster: 127\.0\.0\.1:\d+ /)
    expect(error.line).not.toContain('\n')
    expect(performance.now() - start).toBeLessThan(50_000)
  })

  test.each(['PLAIN', 'SCRAM-SHA-512'] as const)(
    'a wrong password ends it at the first server (%s)',
    async (mechanism) => {
      const other = atClose(await startProxy(sasl!))
      const error = await failure(
        Wire.open(settings([sasl, other.port], { sasl: passwords(mechanism, 'ann', 'wrong') }))
      )
      expect(error.line).toMatch(/authentication failed: invalid .*: check user name, password and sasl\.mechanism$/i)
      expect(error).toMatchObject({ code: Code.SASL_AUTHENTICATION_FAILED, retriable: false })
      expect(error.line).not.toContain('wrong')
    }
  )

  test('names every server and what is wrong with it, within the connect timeout', async () => {
    const peers = await Promise.all([
      startPeer(),
      startPeer((socket) => socket.end()),
      startPeer((socket) => socket.resetAndDestroy()),
      startPeer((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    ])
    peers.forEach(atClose)
    const others = [
      { host: '127.0.0.1', port: 1 },
      { host: '::1', port: 2 },
      { host: 'no-such-host.invalid', port: 9092 }
    ]
    const bootstrapServers = [...peers.map(({ port }) => at(port)), ...others]
    const start = performance.now()
    const error = await failure(
      Wire.open(settings([], { bootstrapServers, connectTimeout: 8000, requestTimeout: 60_000 }))
    )
    expect(performance.now() - start).toBeLessThan(30_000)
    const reasons = error.line.replace('cannot reach the cluster: ', '').split(', ')
    expect(reasons).toEqual([
      `127.0.0.1:${peers[0].port} no answer in 8 s`,
      `127.0.0.1:${peers[1].port} connection closed`,
      `127.0.0.1:${peers[2].port} connection closed`,
      `127.0.0.1:${peers[3].port} it is an HTTP server`,
      '127.0.0.1:1 connection refused',
      expect.stringMatching(/^\[::1\]:2 (connection refused|network unreachable|EADDRNOTAVAIL)/),
      expect.stringMatching(/^no-such-host\.invalid:9092 (unknown host|name lookup failed): check --bootstrap-server$/)
    ])
  })

  test.each([
    ['plain', {}],
    ['TLS', { tls: { ca } }],
    ['SASL', { sasl: SASL }]
  ])('a silent server is given up in time: %s', async (_, over) => {
    const silent = atClose(await startPeer())
    const start = performance.now()
    const error = await failure(
      Wire.open(settings([silent.port], { ...over, connectTimeout: 500, requestTimeout: 60_000 }))
    )
    expect(error.line).toMatch(/no answer in 0\.5 s: check --bootstrap-server$/)
    expect(performance.now() - start).toBeLessThan(30_000)
    await until(() => silent.open.size === 0)
  })

  test('a broker that stops answering after the first response is given up in time', async () => {
    const proxy = atClose(await startProxy(plain!))
    proxy.freeze(1)
    const error = await failure(Wire.open(settings([proxy.port], { connectTimeout: 5000, requestTimeout: 60_000 })))
    expect(error.line).toMatch(/no answer in 5 s/)
    expect(requestKeys(proxy)).toEqual([18, 3])
  })

  test('the wait can be aborted', async () => {
    const silent = atClose(await startPeer())
    const controller = new AbortController()
    const reason = new Error('interrupted')
    const opening = Wire.open(
      settings([silent.port], { connectTimeout: 60_000, requestTimeout: 60_000 }),
      controller.signal
    )
    await until(() => silent.accepted === 1)
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
    await until(() => silent.open.size === 0)
  })
})

describe('calls', () => {
  test('a request that the broker does not speak is named', async () => {
    const wire = await open()
    const unknown = { ...metadataApi, key: 4711, name: 'Frobnicate' }
    const error = await failure(wire.any(unknown, { topics: [] }))
    expect(error.line).toMatch(/UNSUPPORTED_VERSION: 127\.0\.0\.1:\d+ cannot answer Frobnicate: it does not know it/)
    const old = { ...metadataApi, versions: [100, 101] as const }
    await expect(wire.any(old, { topics: [] })).rejects.toThrow(/cannot answer Metadata: it speaks versions 0 to \d+/)
    // And the connection is as good as before.
    expect((await wire.any(metadataApi, { topics: [] })).brokers).toHaveLength(1)
  })

  test('to a broker that is not known fail as calls that can be tried again', async () => {
    const wire = await open()
    const error = await failure(wire.call(42, metadataApi, { topics: [] }))
    expect(error).toMatchObject({ retriable: true, staleMetadata: true })
    expect(error.line).toBe('broker 42: not in the cluster at the moment')
  })

  test('that come at once share one connection, and go out in their order', async () => {
    const proxy = atClose(await startProxy(plain!))
    const connection = atClose(adopt(connect(proxy.port)))
    const names = Array.from({ length: 20 }, (_, index) => `topic-${String(index).padStart(2, '0')}`)
    await Promise.all(names.map((name) => connection.call(metadataApi, { topics: [name] })))
    expect(proxy.accepted).toBe(1)
    expect(
      Buffer.concat(proxy.received)
        .toString('latin1')
        .match(/topic-\d\d/g)
    ).toEqual(names)
  })

  test('in one lane do not wait for those held in another', async () => {
    const wire = await open()
    const proxy = atClose(await startProxy(plain!))
    await topicWith(wire, 'held', 0)
    wire.setBrokers([{ nodeId: 1, ...at(proxy.port), rack: null }])
    const args = fetchArgs('held', 0n, { maxWait: 5000 })
    const start = performance.now()
    let isHeld = true
    const held = wire.call(1, fetchApi, args, { lane: 'fetch', timeout: 5000 }).finally(() => (isHeld = false))
    await wire.call(1, listOffsetsApi, { isolation: 0, topics: [] })
    expect(isHeld).toBe(true)
    expect(proxy.accepted).toBe(2)
    expect((await held).partitions[0]!.errorCode).toBe(0)
    expect(performance.now() - start).toBeGreaterThan(4800)
  })

  test('that a broker holds longer than the request timeout end well when they say so', async () => {
    await topicWith(await open(), 'held', 0)
    const wire = await open({ requestTimeout: 1500 })
    const args = fetchArgs('held', 0n, { maxWait: 3000 })
    const result = await wire.call(1, fetchApi, args, { lane: 'fetch', timeout: 3000 })
    expect(result.partitions[0]!.errorCode).toBe(0)
  })

  test('can be aborted, and those after them go on', async () => {
    const wire = await open()
    await topicWith(wire, 'held', 0)
    const proxy = atClose(await startProxy(plain!))
    wire.setBrokers([{ nodeId: 1, ...at(proxy.port), rack: null }])
    const controller = new AbortController()
    const options = { lane: 'fetch', timeout: 10_000, signal: controller.signal } as const
    const held = wire.call(1, fetchApi, fetchArgs('held', 0n, { maxWait: 3000 }), options)
    const sent = until(() => requestKeys(proxy).includes(fetchApi.key)).then(() => controller.abort(new Error('stop')))
    await expect(held).rejects.toThrow('stop')
    await sent
    await expect(
      wire.call(1, fetchApi, fetchArgs('held', 0n), { lane: 'fetch', timeout: 10_000 })
    ).resolves.toMatchObject({
      errorCode: 0
    })
    expect(proxy.accepted).toBe(1)
  })
})

describe('a connection that fails', () => {
  test('half open: every call on it ends with the first that gets no answer, and the socket with them', async () => {
    const proxy = atClose(await startProxy(plain!))
    const connection = connect(proxy.port, { requestTimeout: 2000 })
    await connection.opened()
    proxy.freeze()
    const start = performance.now()
    const calls = [0, 0, 0].map((timeout, index) =>
      failure(connection.call(metadataApi, { topics: [] }, { timeout: timeout + index * 20_000 }))
    )
    const errors = await Promise.all(calls)
    expect(performance.now() - start).toBeLessThan(15_000)
    expect(errors[0]!.line).toMatch(/no answer to Metadata in 2 s: check that the broker is up/)
    for (const error of errors) expect(error).toMatchObject({ retriable: true, staleMetadata: true })
    expect(connection.closed).toBe(true)
    await until(() => proxy.open.size === 0)
  })

  test('half open: a request without an answer ends too, when the system takes no more of it', async () => {
    const proxy = atClose(await startProxy(plain!))
    const connection = connect(proxy.port, { requestTimeout: 2000 })
    await connection.opened()
    for (const socket of proxy.open) socket.pause()
    const batch = Buffer.alloc(64 << 20)
    const topics = [{ topic: 't', partitions: [{ partition: 0, batch }] }]
    const error = await failure(connection.call(produceApi, { transactionalId: null, acks: 0, timeout: 0, topics }))
    expect(error.line).toMatch(/no answer to Produce in 2 s/)
    expect(connection.closed).toBe(true)
  })

  test.each(['end', 'reset'] as const)(
    '%s: calls in progress fail at once, and the next opens another one',
    async (how) => {
      const wire = await open()
      const proxy = atClose(await startProxy(plain!))
      await topicWith(wire, 'held', 0)
      wire.setBrokers([{ nodeId: 1, ...at(proxy.port), rack: null }])
      const before = proxy.accepted
      const held = failure(
        wire.call(1, fetchApi, fetchArgs('held', 0n, { maxWait: 20_000 }), { lane: 'fetch', timeout: 20_000 })
      )
      await until(() => proxy.accepted === before + 1)
      await wire.call(1, metadataApi, { topics: [] })
      const start = performance.now()
      proxy[how]()
      const error = await held
      expect(performance.now() - start).toBeLessThan(5000)
      expect(error).toMatchObject({ retriable: true, reason: 'connection closed' })
      // Before anything else happens a call fails behind those that were in progress, not in front of them.
      expect(await failure(wire.call(1, metadataApi, { topics: [] }))).toMatchObject({ reason: 'connection closed' })
      await turn()
      await expect(wire.call(1, metadataApi, { topics: [] })).resolves.toMatchObject({ throttle: 0 })
    }
  )

  test('any() asks the next broker', async () => {
    const wire = await open()
    const closing = atClose(await startPeer((socket) => socket.end()))
    wire.setBrokers([1, 2].map((nodeId) => ({ nodeId, ...at(nodeId === 1 ? closing.port : plain), rack: null })))
    expect((await wire.any(metadataApi, { topics: [] })).brokers).toHaveLength(1)
  })

  test('any() comes back to the bootstrap servers when all brokers are gone', async () => {
    const wire = await open()
    wire.setBrokers([{ nodeId: 1, ...at(1), rack: null }])
    expect((await wire.any(metadataApi, { topics: [] })).brokers).toHaveLength(1)
  })

  test('an answer that cannot be read ends it, and says so', async () => {
    const wire = await open()
    const garbled: typeof metadataApi = {
      ...metadataApi,
      decode: (from) => {
        from.bytes.readInt32BE(from.bytes.length)
        return undefined as never
      }
    }
    const error = await failure(wire.any(garbled, { topics: [] }))
    expect(error.line).toMatch(/its answer to Metadata v\d+ cannot be read/)
    expect(error.retriable).toBe(false)
  })

  test('close() does not wait for answers: calls in progress fail, later ones too', async () => {
    const wire = await open()
    await topicWith(wire, 'held', 0)
    const held = failure(
      wire.call(1, fetchApi, fetchArgs('held', 0n, { maxWait: 20_000 }), { lane: 'fetch', timeout: 20_000 })
    )
    const start = performance.now()
    wire.close()
    expect((await held).retriable).toBe(false)
    expect((await failure(wire.any(metadataApi, { topics: [] }))).retriable).toBe(false)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

describe('a connection at work', () => {
  test('no timers run while nothing is to be done', async () => {
    const wire = await open()
    await wire.any(metadataApi, { topics: [] })
    let timers = 0
    const hook = createHook({ init: (_, type) => void (type === 'Timeout' && timers++) }).enable()
    await sleep(300)
    hook.disable()
    // Ours for the wait, and jest's own; kafkajs would have made hundreds.
    expect(timers).toBeLessThan(10)
  })

  test('nothing is printed, whatever kafkajs is told by the environment', async () => {
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => jest.spyOn(console, name))
    const stdout = jest.spyOn(process.stdout, 'write')
    process.env['KAFKAJS_LOG_LEVEL'] = 'debug'
    try {
      await (await open()).any(metadataApi, { topics: [] })
      await failure(Wire.open(settings([1])))
      for (const spy of [...spies, stdout]) expect(spy).not.toHaveBeenCalled()
    } finally {
      delete process.env['KAFKAJS_LOG_LEVEL']
      jest.restoreAllMocks()
    }
  })

  test('trace tells of connections and calls, and of no secrets', async () => {
    const lines: string[] = []
    const where = { bootstrapServers: [at(saslTls)], tls: { ca } }
    const over = { ...where, sasl: passwords('PLAIN'), trace: (line: string) => lines.push(line) }
    await open(over)
    expect(lines).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+ connected \d+\.\d ms$/),
      expect.stringMatching(/^127\.0\.0\.1:\d+ Metadata v\d+ \d+\.\d ms$/)
    ])
  })

  test('a session that ends is renewed between the calls', async () => {
    const proxy = atClose(await startProxy(sasl!))
    const connection = atClose(adopt(connect(proxy.port, { sasl: passwords('PLAIN') })))
    const start = performance.now()
    let calls = 0
    while (performance.now() - start < 1.5 * SESSION) {
      await Promise.all([1, 2, 3, 4, 5].map(() => connection.call(metadataApi, { topics: [] })))
      calls += 5
    }
    expect(calls).toBeGreaterThan(50)
    expect(proxy.accepted).toBe(1)
    // Handshake (17) and token (36): at the start, and once again.
    const handshakes = requestKeys(proxy).filter((key) => key === 17)
    expect(handshakes.length).toBeGreaterThanOrEqual(2)
    expect(handshakes.length).toBeLessThanOrEqual(3)
  })

  test('a session that ended while nothing was sent is renewed too', async () => {
    const connection = atClose(adopt(connect(sasl!, { sasl: passwords('PLAIN') })))
    await connection.opened()
    await sleep(SESSION + 200)
    await expect(connection.call(metadataApi, { topics: [] })).resolves.toMatchObject({ throttle: 0 })
  })

  test('a broker that throttles is left in peace: it would not read the request before it times out', async () => {
    const setUp = await open()
    await topicWith(setUp, 'throttled', 220, 1000)
    expect(await setUp.any(limitConsumers, { clientId: 'throttled', bytesPerSecond: 15_000 })).toBe(0)
    const wire = await open({ clientId: 'throttled', requestTimeout: 3000 })
    const fetch = (): Promise<FetchResult> => wire.call(1, fetchApi, fetchArgs('throttled', 0n), { lane: 'fetch' })
    // The quota takes a moment to arrive.
    let throttle = 0
    while (throttle === 0) ({ throttle } = await fetch())
    expect(throttle).toBeGreaterThan(3500)
    const start = performance.now()
    await fetch()
    expect(performance.now() - start).toBeGreaterThan(throttle * 0.9)
  }, 60_000)
})

describe('data', () => {
  test('a fetch response stays while it is decoded, however long, when there is nothing behind it', async () => {
    const wire = await open()
    await topicWith(wire, 'slow', 200, 1000)
    const metadata = new Metadata(wire)
    await metadata.refresh(['slow'])
    const notice = (text: string): void => expect(text).toBe('')
    const never = (): Promise<bigint> => Promise.reject(new Error())
    const options = { isolation: 'uncommitted', onOutOfRange: never, onCreatedAnew: never, notice } as const
    const fetcher = atClose(new Fetcher(wire, metadata, options))
    const calls = jest.spyOn(wire, 'call')
    const { signal } = new AbortController()
    fetcher.add([{ topic: 'slow', partition: 0, from: 0n, until: null }])
    const [first] = (await fetcher.next(signal))!
    const before = Buffer.from(first!.bytes)
    // What the broker answers after half a second: nothing new.
    await calls.mock.results[1]!.value
    await sleep(0)
    expect(calls).toHaveBeenCalledTimes(2)
    expect(before.equals(first!.bytes)).toBe(true)
    for (const batch of batches(100, 1000)) await append(wire, 'slow', 0, batch)
    const [second] = (await fetcher.next(signal))!
    expect(second).toMatchObject({ from: 200n, highWatermark: 300n })
  })

  test('a fetch response stays until the second fetch after it', async () => {
    const wire = await open()
    await topicWith(wire, 'data', 200, 1000)
    const get = (offset: bigint): Promise<FetchResult> =>
      wire.call(1, fetchApi, fetchArgs('data', offset), { lane: 'fetch' })
    const first = await get(0n)
    const copy = Buffer.from(first.bytes)
    const second = await get(0n)
    expect(first.bytes.equals(copy)).toBe(true)
    const third = await get(0n)
    expect(third.bytes.buffer).toBe(first.bytes.buffer)
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer)
    expect(second.bytes.equals(copy)).toBe(true)
  })

  test('large responses arrive whole, also over TLS', async () => {
    const wire = await open()
    await topicWith(wire, 'large', 10, 500_000)
    const overTls = await open({ bootstrapServers: [at(tls)], tls: { ca } })
    const [ours, theirs] = await Promise.all(
      [wire, overTls].map((it) => it.call(1, fetchApi, fetchArgs('large', 0n), { lane: 'fetch' }))
    )
    expect(ours!.bytes.length).toBeGreaterThan(5_000_000)
    const records = ({ bytes, partitions: [part] }: typeof ours & object): Buffer =>
      bytes.subarray(part!.recordsStart, part!.recordsEnd)
    expect(records(ours!).equals(records(theirs!))).toBe(true)
  })

  test.each([0, 1, -1] as const)('batches are produced with acks=%i, and arrive as they were', async (acks) => {
    const wire = await open()
    const topic = `acks${acks}`
    await topicWith(wire, topic, 0)
    await topicWith(wire, 'source', 3)
    const { bytes, partitions } = await wire.call(1, fetchApi, fetchArgs('source', 0n), { lane: 'fetch' })
    const batch = Buffer.from(bytes.subarray(partitions[0]!.recordsStart, partitions[0]!.recordsEnd))
    const topics = [{ topic, partitions: [{ partition: 0, batch }] }]
    const args = { transactionalId: null, acks, timeout: 3000, topics }
    const result = await wire.call(1, produceApi, args, { lane: 'produce', timeout: 3000 })
    if (acks === 0) expect(result.partitions).toEqual([])
    else expect(result.partitions[0]).toMatchObject({ topic, partition: 0, errorCode: 0, baseOffset: 0n })
    // With acks=0 it may take a moment until the records are there; minBytes waits for them.
    const back = await wire.call(1, fetchApi, fetchArgs(topic, 0n, { maxWait: 30_000 }), {
      lane: 'fetch',
      timeout: 30_000
    })
    const part = back.partitions[0]!
    expect(part.highWatermark).toBe(3n)
    expect(back.bytes.subarray(part.recordsStart + 61, part.recordsEnd).equals(batch.subarray(61))).toBe(true)
  })
})

describe('the program', () => {
  test.each(['PLAIN', 'SCRAM-SHA-256'])('reads with SASL %s over TLS', async (mechanism) => {
    const wire = await open()
    await topicWith(wire, 'source', 3)
    await letIn(wire, 'ann', 'secret', settings([sasl]))
    const properties = {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': mechanism,
      'sasl.username': 'ann',
      'sasl.password': 'secret',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': fileURLToPath(new URL('ca.pem', tlsFiles))
    }
    const flags = Object.entries(properties).flatMap(([key, value]) => ['-X', `${key}=${value}`])
    const { stdout } = succeeded(await sluice(['consume', 'source', '-e', '-b', `localhost:${saslTls}`, ...flags]))
    expect(stdout).toBe('xxxxxxxxxx\n'.repeat(3))
  })
})

/** A connection as something that `atClose` can close. */
function adopt(connection: Connection): Connection & { close(): void } {
  const close = connection.close.bind(
    connection,
    new ConnectionError(
      { code: 13, name: '', retriable: false, staleMetadata: false, meaning: '' },
      '',
      'closed',
      undefined,
      {}
    )
  )
  return Object.assign(connection, { close })
}

function fetchArgs(topic: string, offset: bigint, { maxWait = 100 } = {}): FetchArgs {
  const partitions = [{ partition: 0, leaderEpoch: -1, offset, maxBytes: 32 << 20 }]
  return { maxWait, minBytes: 1, maxBytes: 32 << 20, isolation: 0, topics: [{ topic, partitions }] }
}

/** Makes sure of a topic of one partition with so many records. */
async function topicWith(wire: Wire, topic: string, records: number, size = 10): Promise<void> {
  if (!(await ensureTopic(wire, topic, 1))) return
  // Metadata may name a leader that has yet to hear of it.
  const once = fetchArgs(topic, 0n, { maxWait: 0 })
  await until(async () => (await wire.call(1, fetchApi, once)).partitions[0]!.errorCode === 0)
  for (const batch of batches(records, size)) await append(wire, topic, 0, batch)
}

/** AlterClientQuotas v0: what consumers with a client id may read. */
const limitConsumers: Api<{ clientId: string; bytesPerSecond: number }, number> = {
  key: 49,
  name: 'AlterClientQuotas',
  versions: [0, 0],
  encode({ clientId, bytesPerSecond }, to) {
    const double = Buffer.alloc(8)
    double.writeDoubleBE(bytesPerSecond)
    to.array([clientId], () => {
      to.array([clientId], () => to.string('client-id').string(clientId))
      to.array([bytesPerSecond], () => to.string('consumer_byte_rate').raw(double).boolean(false))
    })
    to.boolean(false)
  },
  decode(from) {
    from.int32()
    return from.array(() => from.int16())[0]!
  }
}

/** The API keys of the requests that passed. */
function requestKeys({ received }: Peer): number[] {
  const bytes = Buffer.concat(received)
  const keys: number[] = []
  for (let at = 0; at + 6 <= bytes.length; at += 4 + bytes.readInt32BE(at)) keys.push(bytes.readInt16BE(at + 4))
  return keys
}
