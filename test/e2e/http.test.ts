// HTTP as source and sink, by a server in the test: what holds of every endpoint, and what HTTP has of its own.
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { conformance } from '../../src/conformance/conformance.js'
import { httpEndpoint } from '../../src/connectors/http/http.js'
import { createCertificates } from '../../src/sandbox/certificates.js'
import { bootstrap, createTopic } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { HttpService } from '../support/http-service.js'
import { LongRun, until } from '../support/long-runs.js'
import { type Result, root, sluice } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const silence = { code: 0, stdout: '', stderr: '' }
const services: HttpService[] = []
afterAll(async () => {
  for (const service of services) await service.stop()
})

let service: HttpService
beforeEach(async () => {
  service = await newService()
})

async function newService(tls?: ConstructorParameters<typeof HttpService>[0]): Promise<HttpService> {
  const made = await new HttpService(tls).start()
  services.push(made)
  return made
}

const pipe = (args: string[], more: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Result> =>
  sluice(['pipe', ...args], { env: { ...env, ...more }, ...(cwd !== undefined && { cwd }) })
const at = (rest = '/'): string => `http://127.0.0.1:${service.port}${rest}`
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`)
const valuesIn = async (topic: string): Promise<(string | null)[]> => (await readAll(topic)).map(({ value }) => value)

describe('what holds of every endpoint', () => {
  interface Place {
    service: HttpService
    address: string
    source: Record<string, string>
    sink: Record<string, string>
  }
  const wrong = {
    source: [{ poll: '0' }, { header: 'a' }, { cacertfile: 'ca.pem' }, { body: 'xml' }].map((source) => ({
      ...{ address: '//127.0.0.1/', source }
    })),
    sink: [
      ...[
        { idempotent: 'true' },
        { body: 'record', batch: '5' },
        { batch: '0' },
        { header: 'Host:x' },
        { method: 'GET' }
      ],
      ...[{ header: 'a:b\nc: d' }, { certfile: 'a' }]
    ].map((sink) => ({ address: '//127.0.0.1/', sink }))
  }
  const subject = (path: string, source: Record<string, string>, sink: Record<string, string>) => ({
    endpoint: httpEndpoint('http'),
    prepare: async (): Promise<Place> => {
      const service = await newService()
      service.dislikes = [[/bad/, { status: 422 }]]
      return { service, address: `//127.0.0.1:${service.port}${path}`, source, sink }
    },
    fill: async ({ service }: Place, messages: readonly { value: Buffer | null }[]) =>
      service.add(messages.map(({ value }) => String(value))),
    written: async ({ service }: Place) => service.values.map((value) => ({ value: Buffer.from(value) })),
    peer: {
      stop: ({ service }: Place) => service.stop(),
      start: async ({ service }: Place) => void (await service.start())
    },
    bad: { value: Buffer.from('bad') },
    wrong,
    release: ({ service }: Place) => service.stop()
  })
  const events = conformance<Place>({
    ...{ ...subject('/events', {}, {}), delivery: { source: 'resumable', sink: 'at-least-once' }, volume: 4e6 }
  })
  const polled = conformance<Place>({
    ...subject('/body', { poll: '20ms' }, { body: 'record', idempotent: 'true', method: 'PUT', requests: '8' }),
    ...{ delivery: { source: 'resumable', sink: 'idempotent' }, volume: 2e6 }
  })
  describe('events, and lines', () => test.each(events)('$name', ({ run }) => run()))
  describe('a body, and requests with one record', () => test.each(polled)('$name', ({ run }) => run()))
})

describe('kill -9 amid a copy', () => {
  const COUNT = 3000

  test('of a topic: lines lose nothing, single records that the server does once are there once', async () => {
    const topic = await createTopic()
    await write(topic, numbers(COUNT).map((value) => ({ value }))) // prettier-ignore
    for (const options of ['#batch=100', '#body=record&idempotent']) {
      service = await newService()
      service.pace = options === '#batch=100' ? 10 : 0
      const kept = ['--checkpoint', new Workdir().join('c'), '--checkpoint-interval', '20ms']
      const once = options.includes('idempotent') ? ['--delivery', 'exactly-once'] : []
      const killed = new LongRun(['pipe', `kafka:${topic}`, at(`/${options}`), ...kept, ...once])
      await until(() => service.values.length > 500)
      await killed.stop('SIGKILL')
      expect(killed.stderr).toBe('')
      expect(await pipe([`kafka:${topic}?exit`, at(`/${options}`), ...kept, ...once])).toEqual(silence)
      const values = once.length > 0 ? service.values : [...new Set(service.values)]
      expect(values).toEqual(numbers(COUNT))
    }
  })

  test('of events: exactly once in a topic', async () => {
    const topic = await createTopic()
    service.add(numbers(COUNT))
    const args = [at('/events'), `kafka:${topic}?rate=10000/s`, '--delivery', 'exactly-once']
    const run = ['pipe', ...args, '--checkpoint', new Workdir().join('c'), '--checkpoint-interval', '50ms']
    const killed = new LongRun(run)
    await until(async () => (await valuesIn(topic)).length > 500)
    await killed.stop('SIGKILL')
    expect(killed.stderr).toBe('')
    service.isOver = true
    expect(await sluice(run, { env })).toEqual(silence)
    expect(await valuesIn(topic)).toEqual(numbers(COUNT))
    // From where it was, and until the server says that it is over.
    const ids = service.requests.map(({ headers }) => Number(headers['last-event-id'] ?? -1))
    expect([ids[0], ids.at(-1)]).toEqual([-1, COUNT - 1])
    expect(ids[1]).toBeGreaterThan(100)
  })
})

test('a server that goes is waited for, told once, both ways', async () => {
  const [topic, folder] = [await createTopic(), new Workdir()]
  service.add(numbers(10))
  const runs = [['kafka:' + topic, at()], [at('/events'), '-'], [at('/body#poll=20ms'), folder.join('out')]] // prettier-ignore
  const [posting, reading, polling] = runs.map((args) => new LongRun(['pipe', ...args])) as [LongRun, LongRun, LongRun]
  await write(topic, [{ value: 'a' }])
  await until(() => service.values.length === 1)
  await reading.wrote(10)
  await until(() => folder.soFar('out').endsWith('9\n'))
  await service.stop()
  await write(topic, [{ value: 'b' }])
  await Promise.all([posting, reading, polling].map((run) => run.said(/is away: ECONN\w+: trying again\n/)))
  service.add(numbers(10, 10))
  await service.start()
  await until(() => service.values.length === 2)
  await reading.wrote(20)
  await until(() => folder.soFar('out').endsWith('19\n'))
  await Promise.all([posting, reading, polling].map((run) => run.said(/goes on\n/)))
  const ends = await Promise.all([posting, reading, polling].map((run) => run.stop()))
  expect(ends).toEqual([130, 130, 130])
  for (const { stderr } of [posting, reading, polling])
    expect(stderr).toMatch(/^[^\n]* is away: [^\n]*\n[^\n]* goes on\n$/)
  expect(service.values).toEqual(['a', 'b'])
  expect(reading.lines).toEqual(numbers(20))
})

describe('a sink', () => {
  test('says what it posts, and tries again with the same key, no sooner than it is told to', async () => {
    const topic = await createTopic()
    await write(topic, [
      { key: 'k', value: '{"n":\n1}' },
      { key: 'k', value: '2', headers: { h: 'x' } }
    ])
    service.moods = [
      { status: 429, headers: { 'retry-after': '1' } },
      () => ({ status: 503, headers: { 'retry-after': new Date(Date.now() + 1500).toUTCString() } }),
      { status: 500 }
    ]
    const header = '#header=X-Api:geheim&header=content-type:text/plain'
    const run = await pipe([`kafka:${topic}?exit`, at(`/in?a=b${header}`)])
    const name = `sluice: ${at('/in?a=b#header=***&header=***')}`
    const said = `${name}: is busy: 500 Internal Server Error: trying again\n${name}: goes on\n`
    expect(run).toEqual({ ...silence, stderr: said })
    const [first, second, third, last] = service.requests
    const { headers } = last!
    expect(last).toMatchObject({ method: 'POST', path: '/in?a=b', body: '{"n": 1}\n2\n' })
    expect(headers).toMatchObject({ 'x-api': 'geheim', 'content-type': 'text/plain' })
    expect(new Set(service.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(service.requests).toHaveLength(4)
    expect(second!.at - first!.at).toBeGreaterThan(990)
    // A date has whole seconds.
    expect(third!.at - second!.at).toBeGreaterThan(400)

    const array = at('/#body=array&format=envelope&method=PUT')
    expect(await pipe([`kafka:${topic}?exit`, array])).toEqual(silence)
    const { method, headers: sent, body } = service.requests.at(-1)!
    expect([method, sent['content-type']]).toEqual(['PUT', 'application/json'])
    expect(JSON.parse(body)).toMatchObject([
      { topic, partition: 0, offset: 0, key: 'k', value: '{"n":\n1}' },
      { offset: 1, headers: [['h', 'x']], value: '2' }
    ])
    expect(await pipe([`kafka:${topic}?exit`, at('/#body=record')])).toEqual(silence)
    const keys = service.requests.slice(-2).map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual([`${topic}-0-0`, `${topic}-0-1`])
  })

  test('what a server refuses is a bad record, of a batch that one alone', async () => {
    const [topic, folder] = [await createTopic(), new Workdir()]
    await write(topic, [...numbers(50).map((value) => ({ value })), { value: 'bad' }, { value: null }, { value: '51' }])
    service.dislikes = [[/bad/, { status: 400, body: '{"error":"that is bad"}\nat line 7' }]]
    const run = await pipe([`kafka:${topic}?exit`, at(), '--on-error', `dead-letter:${folder.join('bad')}`])
    expect(run).toEqual({ ...silence, stderr: `sluice: 2 records to ${folder.join('bad')}\n` })
    expect(service.values).toEqual([...numbers(50), '51'])
    const letters = folder.read('bad').trimEnd().split('\n').map((line) => JSON.parse(line) as { value: string }) // prettier-ignore
    expect(letters.map(({ value }) => value)).toEqual(['bad', null])
    const failed = await pipe([`kafka:${topic}?exit`, at()])
    const why = `${at()} refuses the record: 400 Bad Request: {"error":"that is bad"}: `
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining(`${topic} [0] at offset 50: ${why}`) })
  })

  test('a request that is still under way, as its key says, is none that is refused', async () => {
    service.moods = [{ status: 503 }, { status: 409 }]
    const sent = await pipe(['elements:a,b', at()])
    expect(sent.code).toBe(0)
    const topic = await createTopic()
    await write(topic, [{ value: 'c' }])
    service.moods = [{ status: 409 }]
    expect(await pipe([`kafka:${topic}?exit`, at('/#body=record&idempotent')])).toEqual(silence)
    service.moods = [{ status: 409, body: 'it is there' }]
    const refused = await pipe([`kafka:${topic}?exit`, at('/#body=record')])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('409 Conflict: it is there') })
    expect(service.values).toEqual(['a', 'b', 'c'])
  })

  test('several requests at a time, where order is not asked for', async () => {
    expect(await pipe(['sequence:1:500', at('/#requests=8&batch=10')])).toEqual(silence)
    expect(service.values.map(Number).sort((a, b) => a - b)).toEqual(numbers(500, 1).map(Number))
    expect(service.done.size).toBe(50)
  })
})

describe('a source', () => {
  test('reads what there is once: lines, an array, or all of it', async () => {
    service.moods = ['a\n\nb', '[{"a":"]\\""}, 12345678901234567890,[]]', 'a\nb\n'].map((body) => ({
      status: 200,
      body
    }))
    const run = async (options: string): Promise<string> => (await pipe([at(`/x?a=b${options}`), '-?format=jsonl&fields=value'])).stdout // prettier-ignore
    expect(await run('')).toBe('{"value":"a"}\n{"value":""}\n{"value":"b"}\n')
    expect(await run('#body=array')).toBe(
      '{"value":"{\\"a\\":\\"]\\\\\\"\\"}"}\n{"value":"12345678901234567890"}\n{"value":"[]"}\n'
    )
    expect(await run('#body=record')).toBe('{"value":"a\\nb\\n"}\n')
    expect(service.requests.map(({ path }) => path)).toEqual(['/x?a=b', '/x?a=b', '/x?a=b'])
  })

  test('reads what is new, also after a restart, and nothing that it has read', async () => {
    const folder = new Workdir()
    const run = [at('/body'), '-', '--checkpoint', folder.join('c')]
    service.add(['a', 'b'])
    expect((await pipe(run)).stdout).toBe('a\nb\n')
    expect(await pipe(run)).toEqual(silence)
    expect(service.requests.at(-1)!.headers['if-none-match']).toBe('"2"')
    service.add(['c'])
    expect((await pipe(run)).stdout).toBe('a\nb\nc\n')
    const dates: Record<string, string> = { 'last-modified': 'Mon, 23 Nov 2026 10:00:00 GMT' }
    service.moods = [
      { status: 200, headers: dates, body: 'd\n' },
      { status: 304, headers: dates }
    ]
    expect((await pipe(run)).stdout).toBe('d\n')
    expect(await pipe(run)).toEqual(silence)
    expect(service.requests.at(-1)!.headers['if-modified-since']).toBe(dates['last-modified'])
    service.isVersioned = false
    const message = 'its answers have neither ETag nor Last-Modified, by which to go on: leave --checkpoint out\n'
    expect(await pipe(run)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) })
  })

  test('goes on with a body that breaks off, and with events, where they were', async () => {
    service.add(numbers(3000))
    service.isOver = true
    for (const path of ['/body', '/events']) {
      service.breaks = { times: 2, behind: 1200 }
      expect(await pipe([at(path), '-'])).toEqual({ ...silence, stdout: `${numbers(3000).join('\n')}\n` })
    }
    const events = service.requests
      .filter(({ path }) => path === '/events')
      .map(({ headers }) => headers['last-event-id'])
    expect(events[0]).toBeUndefined()
    // What had not arrived when the connection broke comes again.
    expect(Number(events[1] ?? -1)).toBeLessThan(1200)
    expect(events.at(-1)).toBe('2999')
  })

  test('events are records with what they are called; without ids, no checkpoint has them', async () => {
    const stream = { 'content-type': 'text/event-stream; charset=utf-8' }
    const body = ': hi\r\nretry: 1\r\n\r\nevent: a\r\ndata: 1\r\ndata:  2\r\nid: ä\r\n\r\ndata\r\n\r\ndata: never ended'
    service.moods = [{ status: 200, headers: stream, body }, { status: 204 }]
    const run = await pipe([at('/x'), '-?format=jsonl&fields=headers,value'])
    const [first, second] = run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as object) // prettier-ignore
    expect(run.stderr).toBe('')
    expect(first).toEqual({ headers: [['event', 'a'], ['id', 'ä']], value: '1\n 2' }) // prettier-ignore
    expect(second).toEqual({ headers: [], value: '' })
    expect(Buffer.from(service.requests.at(-1)!.headers['last-event-id'] as string, 'latin1').toString()).toBe('ä')
    const resumed = [at('/x'), '-', '--checkpoint', new Workdir().join('c')]
    const [given, nothing] = ['retry: 1\nid: 7\ndata: 1\n\n', 'retry: 1\n\n'].map((body) => ({ status: 200, headers: stream, body })) // prettier-ignore
    service.moods = [given!, { status: 204 }, nothing!, { status: 204 }]
    expect(await pipe(resumed)).toEqual({ ...silence, stdout: '1\n' })
    expect(await pipe(resumed)).toEqual(silence)
    expect(service.requests.slice(-4).map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      '7',
      '7',
      '7'
    ])
    service.moods = [{ status: 200, headers: stream, body: 'data: 1\n\n' }]
    const kept = await pipe([at('/x'), '-', '--checkpoint', new Workdir().join('c')])
    expect(kept).toMatchObject({ code: 1, stderr: expect.stringContaining('an event has no id, by which to go on: leave --checkpoint out\n') }) // prettier-ignore
  })
})

test('over TLS, with certificates of both sides', async () => {
  const folder = new Workdir()
  const day = 86_400_000
  const { authority, identity } = createCertificates({
    ...{ name: 'service', hosts: ['localhost'], addresses: ['127.0.0.1'] },
    ...{ notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
  })
  folder.write('ca.pem', authority)
  folder.write('own.pem', identity)
  service = await newService({ key: identity, cert: identity, ca: authority, requestCert: true })
  service.add(['x'])
  const url = (host: string, rest: string): string => `https://${host}:${service.port}/body#${rest}`
  const own = 'cacertfile=ca.pem&certfile=own.pem&keyfile=own.pem'
  const strange = join(root, 'test', 'fixtures', 'tls')
  const runs = await Promise.all([
    pipe(['elements:a', url('127.0.0.1', own)], {}, folder.path),
    pipe([url('localhost', own), '-'], {}, folder.path),
    pipe(['elements:b', url('127.0.0.1', '')], {}, folder.path),
    pipe(['elements:b', url('127.0.0.1', 'cacertfile=ca.pem')], {}, folder.path),
    pipe([url('127.0.0.1', `cacertfile=${join(strange, 'ca.pem')}`), '-'], {}, folder.path),
    pipe([url('127.0.0.1', 'cacertfile=ca.pem'), '-'], {}, folder.path)
  ])
  const failed = (said: string): object => ({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(
      new RegExp(`^sluice: https:[^\\n]*: cannot reach [^\\n]*${said}[^\\n]*cacertfile[^\\n]*\\n$`)
    )
  })
  expect(runs.slice(0, 2)).toEqual([silence, { ...silence, stdout: 'x\n' }])
  expect(runs[2]).toMatchObject(failed('certificate'))
  expect(runs[3]).toMatchObject(failed('certificate required'))
  expect(runs[4]).toMatchObject(failed('certificate'))
  expect(runs[5]).toMatchObject(failed('certificate required'))
  expect(service.values).toEqual(['a'])
})

test('a login is asked for and never shown', async () => {
  service.login = `Basic ${Buffer.from('me:geheim').toString('base64')}`
  service.add(['x'])
  const to = (user: string, rest = '/body'): string => at(rest).replace('//', `//${user}`)
  expect(await pipe(['elements:a', to('me:geheim@')])).toEqual(silence)
  expect(await pipe(['elements:a', to('me@')], { HTTP_SINK_PASSWORD: 'geheim' })).toEqual(silence)
  expect((await pipe([to('me@'), '-'], { HTTP_SOURCE_PASSWORD: 'geheim' })).stdout).toBe('x\n')
  const header = { HTTP_SOURCE_HEADER: `Authorization: ${service.login}` }
  expect((await pipe([at('/body'), '-'], header)).stdout).toBe('x\n')
  const wrong = await pipe([to('me:falsch@'), '-', '-v'])
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/me:\*\*\*@.*: refuses the login: 401 Unauthorized: check /) }) // prettier-ignore
  service.login = null
  service.moods = [{ status: 403, body: 'token falsch is out of date' }]
  const refused = await pipe(['elements:a', at('/?api_key=ganz%20falsch#header=Authorization:Bearer falsch'), '-v'])
  expect(refused.stderr).toContain(
    '/?api_key=***#header=***: refuses the request: 403 Forbidden: token *** is out of date\n'
  )
  expect(wrong.stderr + refused.stderr).not.toContain('falsch')
})

test('what is wrong is said in a line', async () => {
  const page = { 'content-type': 'text/html' }
  const cases: [args: string[], mood: object | null, code: number, line: string][] = [
    [['elements:a', at('/gone')], { status: 404, headers: page, body: '<html>' }, 1, 'refuses the request: 404 Not Found: check the path'], // prettier-ignore
    [[at('/old'), '-'], { status: 308, headers: { location: 'https://new.example/x' } }, 1, 'leads elsewhere (308), to https://new.example/x: give that URL'], // prettier-ignore
    [['elements:a', at('/old')], { status: 307, headers: { location: '/new' } }, 1, 'leads elsewhere (307), to /new'],
    [[at('/x#body=array'), '-'], { status: 200, body: '[1,nul]' }, 1, 'the answer after 1 records: it is no JSON: check the option body'], // prettier-ignore
    [[at('/x'), '-'], { status: 200, body: 'x'.repeat(17 << 20) }, 1, 'a record is longer than 16 MiB: check the option body'], // prettier-ignore
    [[at('/x'), '-'], { status: 200, headers: { 'content-encoding': 'gzip' }, body: '?' }, 1, 'its answer is packed (gzip)'], // prettier-ignore
    [['elements:a', at('/x?batch=5')], null, 2, 'what is for sluice stands behind a #: write #batch=VALUE'],
    [['elements:a', 'http://127.0.0.1:1/'], null, 1, 'cannot reach 127.0.0.1:1: ECONNREFUSED: check host and port'],
    [['http://127.0.0.1:1/', '-'], null, 1, 'cannot reach 127.0.0.1:1: ECONNREFUSED: check host and port'],
    [['elements:a', at().replace('http:', 'https:')], null, 1, 'it does not speak TLS']
  ]
  for (const [args, mood, code, line] of cases) {
    if (mood) service.moods = [mood as never]
    const run = await pipe(args)
    expect(run).toMatchObject({ code, stderr: expect.stringContaining(line) })
    expect(run.stderr).toMatch(/^sluice: https?:[^\n]*\n$/)
  }
})
