// Indices of OpenSearch and Elasticsearch as endpoints of pipe, against real servers; what they would not do when asked to,
// a gate before them does.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { conformance } from '../../src/conformance/conformance.js'
import { opensearch } from '../../src/connectors/search/search.js'
import { bootstrap, createTopic } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { Guide } from '../support/guide.js'
import { describeGuide } from '../support/guide-run.js'
import { startSearch } from '../support/java-servers.js'
import { killNth } from '../support/kills.js'
import { LongRun, until } from '../support/long-runs.js'
import { SearchGate } from '../support/search-gate.js'
import { SearchServer } from '../support/search-index.js'
import type { Server } from '../support/server.js'
import { describeWith } from '../support/servers.js'
import { type Result, root, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const silence = { code: 0, stdout: '', stderr: '' }
const COUNT = 6000
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `{"n":${from + i}}`)
const byNumber = (values: string[]): string[] =>
  values.sort((a, b) => (JSON.parse(a) as { n: number }).n - (JSON.parse(b) as { n: number }).n)

const pipe = (args: string[], more: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Result> =>
  sluice(['pipe', ...args], { env: { ...env, ...more }, ...(cwd !== undefined && { cwd }) })

const gates: SearchGate[] = []
afterAll(async () => {
  for (const gate of gates) await gate.stop().catch(() => undefined)
})

async function gateTo(port: number, tls?: { key: Buffer; cert: Buffer }): Promise<SearchGate> {
  const gate = new SearchGate(port, tls)
  await gate.start()
  gates.push(gate)
  return gate
}

describe('OpenSearch', () => {
  let started: Server
  let server: SearchServer
  let gate: SearchGate
  const at = (index: string, { port } = gate): string => `opensearch://127.0.0.1:${port}/${index}`
  const documentsIn = async (index: string): Promise<string[]> =>
    (await server.found(index)).map(({ _source }) => JSON.stringify(_source))

  beforeAll(async () => {
    started = await startSearch('opensearch')
    server = new SearchServer(started.port)
    gate = await gateTo(started.port)
  }, 120_000)
  afterAll(() => started?.stop())

  describe('as what holds of every endpoint', () => {
    const tests = conformance<{ index: string; address: string; source: Record<string, string> }>({
      endpoint: opensearch,
      delivery: { source: 'resumable', sink: 'idempotent' },
      prepare: async () => {
        const index = await server.create()
        return { index, address: `//127.0.0.1:${gate.port}/${index}`, source: { watch: '50ms' } }
      },
      fill: ({ index }, messages) => server.fill(index, messages.map(({ value }) => String(value))), // prettier-ignore
      written: async ({ index }) =>
        (await server.found(index)).map(({ _source }) => ({ value: Buffer.from(JSON.stringify(_source)) })),
      peer: { stop: () => gate.stop(), start: () => gate.start() },
      bad: { value: Buffer.from('no JSON'), topic: 't', partition: 0, offset: 0n },
      volume: 7e6,
      wrong: {
        source: [
          { address: '//127.0.0.1:1' },
          { address: '//127.0.0.1:1/a/b' },
          { address: '//127.0.0.1:1/{topic}' },
          { address: '//127.0.0.1:1/a', source: { query: '{' } },
          { address: '//127.0.0.1:1/a', source: { ca: 'x' } }
        ],
        sink: [{ address: '//127.0.0.1:1/{nothing}' }, { address: '//127.0.0.1:1/a', sink: { id: 'value' } }]
      },
      release: async ({ index }) => void (await server.ask('DELETE', `/${index}`))
    })
    test.each(tests)('$name', ({ run }) => run())
  })

  test('takes a topic exactly once, through kill -9', async () => {
    const [topic, index, folder] = [await createTopic({ partitions: 2 }), await server.create(), new Workdir()]
    await write(topic, numbers(COUNT).map((value) => ({ value }))) // prettier-ignore
    const checkpoint = folder.join('checkpoint')
    const once = ['--delivery', 'exactly-once', '--checkpoint', checkpoint, '--checkpoint-interval', '20ms']
    for (let kill = 0; kill < 2; kill++) {
      const killed = new LongRun(['pipe', `kafka:${topic}`, at(index), ...once])
      await killNth(kill, killed, checkpoint)
      expect(killed.stderr).toBe('')
    }
    expect(await pipe([`kafka:${topic}?exit`, at(index), ...once])).toEqual(silence)
    expect(byNumber(await documentsIn(index))).toEqual(numbers(COUNT))
    expect((await server.found(index))[0]!._id).toMatch(new RegExp(`^${topic}-[01]-\\d+$`))
  })

  test('is read into a topic exactly once, through kill -9, from shards that change', async () => {
    const [topic, index, folder] = [await createTopic(), await server.create(3), new Workdir()]
    await server.fill(index, numbers(COUNT))
    const checkpoint = folder.join('checkpoint')
    const once = ['--delivery', 'exactly-once', '--checkpoint', checkpoint, '--checkpoint-interval', '20ms']
    for (let kill = 0; kill < 2; kill++) {
      const killed = new LongRun(['pipe', `${at(index)}?watch=100ms`, `kafka:${topic}?rate=8000/s`, ...once])
      // The first one as soon as there is something to go on from.
      await killNth(2 - kill, killed, checkpoint)
      await server.fill(index, numbers(10, COUNT + 10 * kill))
    }
    expect(await pipe([at(index), `kafka:${topic}`, ...once])).toEqual(silence)
    const copied = succeeded(await sluice(['consume', topic, '-e'], { env })).stdout
    expect(byNumber(copied.trimEnd().split('\n'))).toEqual(numbers(COUNT + 20))
    expect(await pipe([`${at(index)}?query=n:1`, `kafka:${topic}`, ...once])).toMatchObject({ code: 1 })
  })

  test('documents are replaced and removed by their key, in indices by fields, and read as they stand', async () => {
    const [topic, index, folder] = [await createTopic(), await server.create(), new Workdir()]
    const day = Date.UTC(2026, 10, 23)
    const values = ['{"n":1.0}', '{ "n":\n2, "big":9007199254740993}', '{"n":3}', '{"n":1.50}', null]
    const messages = values.map((value, i) => ({ key: `${i % 3}`, value, timestamp: `${day}`, partition: 0 }))
    await write(topic, [...messages.slice(0, 4), { key: '2', value: null, timestamp: `${day}`, partition: 0 }])
    expect(await pipe([`kafka:${topic}?exit`, `${at(`${index}-{date}`)}?id=key`])).toEqual(silence)
    expect(await pipe([at(`${index}-2026.11.23`), '-?delimiter=|'])).toEqual({
      ...{ ...silence, stdout: '{ "n": 2, "big":9007199254740993}|{"n":1.50}|' }
    })
    folder.write('in', '{"id":9007199254740993,"kind":"a"}\n{"id":2}\n{"id":null,"kind":"b"}\n')
    const run = await pipe(['in', `${at(`${index}-{value.kind}`)}?id=value.id`, '--on-error', 'skip'], {}, folder.path)
    expect(run).toMatchObject({ code: 0, stderr: expect.stringMatching(/has no value.kind\n.*has no value.id\n/s) })
    expect(await server.found(`${index}-a`)).toMatchObject([{ _id: '9007199254740993' }])
    expect(await pipe(['in', at(index)], {}, folder.path)).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^sluice: in:1: opensearch:[^\n]*choose another id/) }
    })
    expect(await pipe(['in', `${at(index)}?id=auto`], {}, folder.path)).toEqual(silence)
    folder.write('bad', '[]\n{"id":3}\n{"id":"text"}\n')
    const refused = await pipe(['bad', `${at(index)}?id=auto`, '--on-error', 'skip'], {}, folder.path)
    const reasons = /bad:1: .* no JSON object\n.*bad:3: .*failed to parse field \[id\] .*\n.*2 records skipped\n$/
    expect(refused).toMatchObject({ code: 0, stderr: expect.stringMatching(reasons) })
  })

  test('what it is too busy for is sent again, and no older record over a newer one', async () => {
    const [topic, index, gate] = [await createTopic(), await server.create(), await gateTo(started.port)]
    const messages = numbers(1000).map((value, i) => ({ key: `${i % 7}`, value }))
    await write(topic, messages)
    gate.busy = 4
    gate.halfBusy = 3
    gate.longest = 30_000
    const run = await pipe([`kafka:${topic}?exit`, `${at(index, gate)}?id=key`])
    const name = `sluice: ${at(index, gate)}?id=key`
    expect(run).toEqual({ ...silence, stderr: `${name}: is busy: the queue is full: trying again\n${name}: goes on\n` })
    expect(byNumber(await documentsIn(index))).toEqual(numbers(7, 993))
    expect(gate.passed).toBeGreaterThan(4)
    gate.longest = 200
    const long = await pipe([`elements:{"text":"${'x'.repeat(300)}"}`, `${at(index, gate)}?id=auto`])
    expect(long).toMatchObject({ code: 1, stderr: expect.stringContaining('longer than the server takes') })
  })

  test('a login is asked for and never shown, and TLS is as it is said', async () => {
    const [index, tls] = [await server.create(), join(root, 'test', 'fixtures', 'tls')]
    const pem = readFileSync(join(tls, 'broker-keystore.pem'))
    const gate = await gateTo(started.port, { key: pem, cert: pem })
    gate.login = `Basic ${Buffer.from('me:geheim').toString('base64')}`
    const to = (user: string, port = gate.port): string =>
      `opensearch://${user}localhost:${port}/${index}?id=auto&tls&ca=${join(tls, 'ca.pem')}`
    expect(await pipe(['elements:{}', to('me:geheim@')])).toEqual(silence)
    expect(await pipe(['elements:{}', to('me@')], { OPENSEARCH_PASSWORD: 'geheim' })).toEqual(silence)
    const wrong = await pipe(['elements:{}', to('me:falsch@'), '-v'])
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/me:\*\*\*@.*: refuses the login: check /) })
    expect(wrong.stderr).not.toContain('falsch')
    const untrusted = await pipe(['elements:{}', to('').replace(/&ca=.*/, '')])
    expect(untrusted).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot reach localhost:.*the first certificate: .*\n$/)
    })
    gate.login = 'ApiKey abc'
    expect(await pipe(['elements:{}', to('')], { OPENSEARCH_API_KEY: 'abc' })).toEqual(silence)
    expect(await server.found(index)).toHaveLength(3)
    await gate.stop()
    const away = await pipe([to('').replace('&ca', '&query=a&ca').replace('id=auto&', ''), '-'])
    expect(away).toMatchObject({ code: 1, stderr: expect.stringMatching(/: ECONNREFUSED: check host, port and tls/) })
  })

  test('a server that goes is waited for, told once, also one that forgets what it kept for a reader', async () => {
    const [index, gate] = [await server.create(), await gateTo(started.port)]
    const run = new LongRun(['pipe', `${at(index, gate)}?watch=50ms`, '-'])
    await server.fill(index, numbers(3000))
    await run.wrote(3000)
    await gate.stop()
    await run.said(/is away: ECONN\w+: trying again\n/)
    await server.fill(index, numbers(10, 3000))
    await gate.start()
    await run.wrote(3010)
    expect(await run.stop()).toBe(130)
    expect(run.stderr).toMatch(/^[^\n]* is away: [^\n]*\n[^\n]* goes on\n$/)
    const topic = await createTopic()
    const slow = new LongRun(['pipe', at(index, gate), `kafka:${topic}?rate=2000/s`])
    await until(async () => (await readAll(topic)).length > 0)
    await server.ask('DELETE', '/_search/point_in_time/_all')
    expect(await slow.ended).toBe(0)
    expect((await readAll(topic)).map(({ value }) => value)).toEqual(numbers(3010))
    // Nor does the program leave there what it no longer needs.
    expect(await server.ask('GET', '/_search/point_in_time/_all')).toEqual({ pits: [] })
  })

  describeGuide(new Guide('search'), () => ({ ...env, INDEX: `opensearch://127.0.0.1:${started.port}/orders` }))

  test.each([
    ['nothing-there', 'no such index [nothing-there]'],
    ['nothing-*', 'there is no such index: check its name']
  ])('an index that is not there: %s', async (index, line) => {
    expect(await pipe([at(index), '-'])).toMatchObject({ code: 1, stderr: expect.stringContaining(line) })
  })
})

describeWith('default-jdk-headless')('Elasticsearch', () => {
  let started: Server
  beforeAll(async () => {
    started = await startSearch('elasticsearch')
  }, 120_000)
  afterAll(() => started?.stop())

  test('is written and read as OpenSearch is: several indices and shards, those that a query finds', async () => {
    const server = new SearchServer(started.port)
    const [topic, index] = [await createTopic({ partitions: 3 }), await server.create(3)]
    await write(topic, numbers(1000).map((value) => ({ value }))) // prettier-ignore
    const at = `elasticsearch://127.0.0.1:${started.port}/${index}`
    expect(await pipe([`kafka:${topic}?exit`, at])).toEqual(silence)
    expect(byNumber((await server.found(index)).map(({ _source }) => JSON.stringify(_source)))).toEqual(numbers(1000))
    expect(await pipe(['elements:{"n":1000}', `${at}-more?id=value.n`])).toEqual(silence)
    const copy = await createTopic()
    expect(await pipe([`${at}*?query={"range":{"n":{"gte":100}}}`, `kafka:${copy}`])).toEqual(silence)
    const values = (await readAll(copy)).map(({ value }) => value!)
    expect(byNumber(values)).toEqual(numbers(901, 100))
    const follower = new LongRun(['pipe', `${at}-more?watch=50ms`, '-'])
    await follower.wrote(1)
    await server.fill(`${index}-more`, numbers(2))
    await follower.wrote(3)
    expect(await follower.stop()).toBe(130)
    expect(follower.lines).toEqual(['{"n":1000}', ...numbers(2)])
  })
})
