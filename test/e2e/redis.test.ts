// Redis as an endpoint of pipe and as what lookups ask: with a server of the test's own, which is killed and comes back.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Subject, conformance } from '../../src/conformance/conformance.js'
import { redis as redisModule } from '../../src/connectors/redis/redis.js'
import type { Message } from '../../src/endpoint-module.js'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { readAll } from '../support/client.js'
import { ended } from '../support/exactly-once.js'
import { LongRun, until } from '../support/long-runs.js'
import { type TlsServer, describeWith, startRedis } from '../support/servers.js'
import { type Result, expectLines, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const describeWithRedis = describeWith('redis-server')
const folder = new Workdir()
const silence = { code: 0, stdout: '', stderr: '' }
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`)

describeWithRedis('redis', () => {
  let server: TlsServer
  let client: ReturnType<typeof createClient>
  let url: string

  beforeAll(async () => {
    server = await startRedis()
    url = `redis://127.0.0.1:${server.port}/0`
    client = createClient({ url })
    client.on('error', () => undefined)
    await client.connect()
  }, 120_000)
  afterAll(async () => {
    client.destroy()
    await server.stop()
  })

  const pipe = (args: string[], more: NodeJS.ProcessEnv = {}, input?: string): Promise<Result> =>
    sluice(['pipe', ...args], {
      env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap, ...more },
      cwd: folder.path,
      ...(input !== undefined && { input })
    })

  interface Place {
    address: string
    name: string
    source: Record<string, string>
    sink: Record<string, string>
  }

  /** What holds of every endpoint, of one kind of thing in Redis. */
  function subject(kind: 'stream' | 'list' | 'hash', source: (name: string) => Record<string, string>): Subject<Place> {
    return {
      endpoint: redisModule(false),
      delivery: {},
      prepare: async () => {
        const name = uniqueName(kind)
        // There is a stream, though it is empty.
        if (kind === 'stream') await client.xGroupCreate(name, 'there', '0', { MKSTREAM: true })
        const address = `//127.0.0.1:${server.port}`
        return { address, name, source: { [kind]: name, ...source(name) }, sink: { [kind]: name } }
      },
      peer: { stop: () => server.kill(), start: () => server.revive() },
      volume: 6e6,
      wrong: {
        source: [
          { address: '//h' },
          { address: 'h', source: { [kind]: 'x' } },
          { address: '//h', source: { [kind]: '' } }
        ],
        sink: [
          { address: '//h', sink: { stream: 'a', list: 'b' } },
          { address: '//h/x', sink: { list: 'a' } }
        ]
      }
    }
  }

  const valuesOf = (messages: readonly Message[]): string[] => messages.map(({ value }) => String(value))
  const asMessages = (values: string[]): Partial<Message>[] => values.map((value) => ({ value: Buffer.from(value) }))

  const valuesIn = async (name: string): Promise<string[]> =>
    ((await client.xRange(name, '-', '+')) ?? []).map(({ message }) => String(message['value']))

  const stream: Subject<Place> = {
    ...subject('stream', () => ({})),
    delivery: { source: 'resumable', sink: 'at-least-once' },
    fill: async ({ name }, messages) => {
      await Promise.all(valuesOf(messages).map((value) => client.xAdd(name, '*', { value })))
    },
    written: async ({ name }) => asMessages(await valuesIn(name))
  }
  const list: Subject<Place> = {
    ...subject('list', (name) => ({ processing: `${name}-of-mine` })),
    delivery: { source: 'at-least-once', sink: 'at-least-once' },
    fill: async ({ name }, messages) => void (await client.rPush(name, valuesOf(messages))),
    written: async ({ name }) => asMessages(await client.lRange(name, 0, -1))
  }
  const { sink: hashSink } = redisModule(false)
  const subjects: [string, Subject<Place>][] = [
    ['a stream', stream],
    [
      'a group',
      {
        ...stream,
        ...subject('stream', () => ({ group: 'g', claim: '1h' })),
        delivery: { source: 'at-least-once' },
        endpoint: { source: redisModule(false).source! }
      }
    ],
    ['a list', list],
    [
      'a hash',
      {
        ...subject('hash', () => ({})),
        endpoint: { sink: hashSink! },
        delivery: { sink: 'idempotent' },
        written: async ({ name }) => {
          const all = await client.hGetAll(name)
          const keys = Object.keys(all).sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))
          return asMessages(keys.map((key) => all[key]!))
        },
        bad: { value: Buffer.from('no key') }
      }
    ]
  ]
  for (const [name, one] of subjects) {
    test.each(conformance<Place>(one))(`${name}: $name`, ({ run }) => run())
  }

  test('a stream keeps keys, values, headers and timestamps, whatever their bytes', async () => {
    const records = [
      '{"topic":"t","partition":0,"offset":0,"timestamp":5,"headers":[["a","b"],["a",null],["","x:y"]],"key":"k","value":""}',
      '{"topic":"t","partition":0,"offset":1,"timestamp":6,"headers":[],"key_base64":"AP8=","value_base64":"/wAN"}',
      '{"topic":"t","partition":0,"offset":2,"timestamp":7,"headers":[],"key":"gone","value":null}',
      '{"headers":[],"key":null,"value":null}'
    ]
    folder.write('records', records.map((line) => `${line}\n`).join(''))
    expect(await pipe(['records?format=envelope', `${url}?stream=kept&maxlen=1000`])).toEqual(silence)
    const { stdout } = succeeded(await pipe([`${url}?stream=kept&exit`, '-?format=envelope']))
    const contents = (lines: string[]): unknown[] =>
      lines.map((line) => ({ ...(JSON.parse(line) as object), topic: '', partition: 0, offset: 0, timestamp: 0 }))
    expect(contents(stdout.trimEnd().split('\n'))).toEqual(contents(records))
    expect(stdout).toMatch(/"timestamp":5,.*\n.*"timestamp":6,/)
  })

  test('entries of other programs are JSON where that is said', async () => {
    await client.xAdd('theirs', '5-1', { user: 'ann', total: '12' })
    expect(await pipe([`${url}?stream=theirs&exit&entries=json`, '-'])).toMatchObject({
      stdout: '{"user":"ann","total":"12"}\n'
    })
    const { code, stderr } = await pipe([`${url}?stream=theirs&exit`, '-'])
    expect([code, stderr]).toEqual([
      1,
      `sluice: ${url}?stream=theirs&exit: entry 5-1 has the field 'user': say entries=json for such\n`
    ])
  })

  test('strings and hashes by their keys, where a tombstone removes', async () => {
    const input =
      '{"key":"a","value":"1"}\n{"key":"b","value":"2"}\n{"key":"c","value":"3"}\n{"key":"b","value":null}\n'
    for (const place of ['keys=user:*', 'hash=users']) {
      expect(await pipe(['-?format=envelope', `${url}?${place}`], {}, input)).toEqual(silence)
      const { stdout } = succeeded(await pipe([`${url}?${place}`, '-?format=csv&fields=key,value&no-header']))
      const prefix = place.startsWith('keys') ? 'user:' : ''
      expect(stdout.trimEnd().split('\n').sort()).toEqual([`${prefix}a,1`, `${prefix}c,3`])
    }
  })

  test('channels and patterns give what is said while somebody listens', async () => {
    const listener = new LongRun(['pipe', `${url}?channel=news,more`, '-'])
    const all = new LongRun(['pipe', `${url}?pattern=n*`, '-?format=csv&fields=topic,value&no-header'])
    await until(async () => (await client.pubSubNumSub(['more']))['more'] === 1 && (await client.pubSubNumPat()) === 1)
    expect(await pipe(['elements:a,b', `${url}?channel=news`])).toEqual(silence)
    await client.publish('more', 'c')
    await Promise.all([listener.wrote(3), all.wrote(2)])
    expect([await listener.stop(), listener.stdout]).toEqual([130, 'a\nb\nc\n'])
    expect([await all.stop(), all.stdout]).toEqual([130, 'news,a\nnews,b\n'])
  })

  test('a list without a second one gives each element once', async () => {
    expect(await pipe(['elements:a,b', `${url}?list=once`])).toEqual(silence)
    expect(await pipe([`${url}?list=once&exit`, '-'])).toMatchObject({ stdout: 'a\nb\n' })
    expect(await client.exists('once')).toBe(0)
  })

  test('lists are waited for', async () => {
    const runs = ['list=one', 'list=two&processing=two-of-mine'].map(
      (place) => new LongRun(['pipe', `${url}?${place}`, '-'])
    )
    await until(async () => /blocked_clients:2/.test(String(await client.info('clients'))))
    for (const [i, list] of ['one', 'two'].entries()) {
      await client.rPush(list, 'a')
      await runs[i]!.wrote(1)
      expect([await runs[i]!.stop(), runs[i]!.stdout]).toEqual([130, 'a\n'])
    }
    expect(await client.exists(['one', 'two', 'two-of-mine'])).toBe(0)
  })

  test('what a consumer that died has not acknowledged, another one takes over', async () => {
    await client.xGroupCreate('shared', 'g', '0', { MKSTREAM: true })
    for (const value of ['a', 'b', 'c']) await client.xAdd('shared', '*', { value })
    await client.xReadGroup('g', 'dead', { key: 'shared', id: '>' }, { COUNT: 2 })
    const run = new LongRun(['pipe', `${url}?stream=shared&group=g&consumer=me&claim=200ms`, '-'])
    await run.wrote(3)
    await until(async () => (await client.xPending('shared', 'g')).pending === 0)
    expect(await run.stop()).toBe(130)
    expect(run.lines.sort()).toEqual(['a', 'b', 'c'])
  })

  test('a stream into a topic through kill -9, by a group and exactly once by a checkpoint', async () => {
    const count = 6000
    await Promise.all(numbers(count).map((value) => client.xAdd('source', '*', { value })))
    const [byGroup, once] = [await createTopic(), await createTopic()]
    const checkpoint = [
      '--delivery',
      'exactly-once',
      '--checkpoint',
      folder.join('checkpoint'),
      '--checkpoint-interval',
      '20ms'
    ]
    const runs = [
      [`${url}?stream=source&group=kills`, `kafka:${byGroup}?rate=8000/s`],
      [`${url}?stream=source`, `kafka:${once}?rate=8000/s`, ...checkpoint]
    ]
    for (let kill = 0; kill < 2; kill++) {
      const killed = runs.map((run) => new LongRun(['pipe', ...run]))
      await sleep(400 + Math.random() * 400)
      for (const run of killed) await run.stop('SIGKILL')
    }
    const ends = runs.map(([source, ...rest]) => pipe([`${source}&exit`, ...rest]))
    expect(await Promise.all(ends)).toEqual([silence, silence])
    expect(new Set((await readAll(byGroup)).map(({ value }) => value))).toEqual(new Set(numbers(count)))
    expect((await client.xPending('source', 'kills')).pending).toBe(0)
    await ended(once)
    const { stdout } = succeeded(await sluice(['consume', once, '-e'], { env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap } }))
    expect(stdout.trimEnd().split('\n')).toEqual(numbers(count))
  })

  test('a topic into a stream and a hash through kill -9, and a server that goes and comes back', async () => {
    const count = 30_000
    const topic = await createTopic()
    const input = numbers(count).map((value) => `k${value}=${value}\n`).join('') // prettier-ignore
    succeeded(await pipe(['-?key-delimiter==', `kafka:${topic}`], {}, input))
    const runs = ['stream=sunk', 'hash=sunk-hash'].map((place, i) => [
      ...[`kafka:${topic}`, `${url}?${place}`],
      ...['--checkpoint', folder.join(`sunk-${i}`), '--checkpoint-interval', '20ms']
    ])
    const killed = runs.map((run) => new LongRun(['pipe', ...run]))
    await sleep(400 + Math.random() * 400)
    for (const run of killed) await run.stop('SIGKILL')
    // What they had sent is read before their ends are noticed.
    await until(async () => (await client.clientList()).length === 1)
    const going = runs.map((run) => new LongRun(['pipe', ...run]))
    await until(async () => (await client.hLen('sunk-hash')) > 100 && (await client.xLen('sunk')) > 100)
    // The runs before may have written these. These ones ask for the type of the key as soon as they are connected.
    const atWork = async (): Promise<number> =>
      (await client.clientList()).filter(({ cmd }) => ['type', 'xadd', 'hset'].includes(cmd)).length
    await until(async () => (await atWork()) === going.length)
    await server.kill()
    for (const run of going) await run.said(/is away: [\w ]+: trying again\n/)
    await server.revive()
    for (const run of going) await run.said(/goes on\n/)
    await until(async () => (await client.hLen('sunk-hash')) === count)
    const values = async (): Promise<Set<string>> => new Set(await valuesIn('sunk'))
    await until(async () => (await values()).size === count)
    for (const run of going) {
      await run.stop()
      expect(run.stderr.split('\n').filter((line) => line.includes('is away'))).toHaveLength(1)
    }
  })

  test('over TLS, with a certificate that the server asks for, of an authority of its own', async () => {
    const { authority, identity, stranger, port } = server.tls
    const own = `cert=${identity}&key=${identity}`
    const uri = `rediss://127.0.0.1:${port}?list=tls`
    const cases: [uri: string, error: RegExp | null][] = [
      [`${uri}&cacert=${authority}&${own}`, null],
      [`${uri.replace('127.0.0.1', 'localhost')}&cacert=${authority}&${own}`, null],
      // What the server says of it may be lost with the connection.
      [`${uri}&cacert=${authority}`, /cannot be reached: (\w*CERTIFICATE_REQUIRED|E[A-Z]+)\n/],
      [`${uri}&cacert=${stranger}&${own}`, /CERT|certificate/],
      [`${uri}&${own}`, /CERT|certificate/],
      [uri.replace('rediss', 'redis'), /cannot be reached/],
      [`${uri.replace('rediss', 'redis')}&cacert=${authority}`, /certificates need rediss:/],
      [uri.replace(`${port}`, `${server.port}`), /cannot be reached/]
    ]
    expectLines(
      await Promise.all(cases.map(([sink]) => pipe(['elements:a', sink]))),
      cases.map(([, error]) => error)
    )
    expect(await client.lRange('tls', 0, -1)).toEqual(['a', 'a'])
    await client.set('tls:1', '2')
    const lookup = `rediss://127.0.0.1:${port}?get=tls:{value.id}&cacert=${authority}&${own}`
    expect(
      succeeded(await pipe(['elements:{"id":1}', '-', '--lookup', lookup, '--lookup-timeout', '60s'])).stdout
    ).toBe('{"id":1,"lookup":2}\n')
  })

  test('what is wrong is said in one line', async () => {
    await client.rPush('a-list', 'x')
    const said = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await pipe(args, { REDISCLI_AUTH: 'wrong-password' })
      expect(code).toBe(1)
      return stderr
    }
    const place = `127.0.0.1:${server.port}`
    const login = 'refuses the login: check user and password\n'
    expect(await said(`redis://eve@${place}?list=a`, '-')).toBe(`sluice: redis://eve@${place}?list=a: ${login}`)
    expect(await said(`redis://eve:secret@${place}?list=a`, '-')).toBe(
      `sluice: redis://eve:***@${place}?list=a: ${login}`
    )
    expect(await said('redis://127.0.0.1:1?list=a', '-')).toBe(
      'sluice: redis://127.0.0.1:1?list=a: cannot be reached: ECONNREFUSED\n'
    )
    const fine = await pipe([`${url}?stream=a-list`, '-'])
    expect(fine.stderr).toBe(`sluice: ${url}?stream=a-list: 'a-list' is no stream there: it is a list\n`)
    const missing = await pipe([`${url}?stream=not-there`, '-'])
    expect(missing.stderr).toBe(`sluice: ${url}?stream=not-there: there is no stream 'not-there' there\n`)
  })

  test('lookups: strings, fields of hashes, and whole hashes', async () => {
    await client.set('user:1', '{"n":1}')
    await client.hSet('by-id', '1', '{"n": 2}')
    await client.hSet('of:1', { name: 'ann' })
    const input = '{"id":1}\n{"id":2}\n'
    const asked = async (question: string, ...more: string[]): Promise<Result> =>
      pipe(['-', '-', '--lookup', `${url}?${question}`, '--lookup-timeout', '60s', ...more], {}, input)
    const found = (answer: string): string => `{"id":1,"lookup":${answer}}\n{"id":2,"lookup":null}\n`
    expect(await asked('get=user:{value.id}', '--lookup-cache', '10,1m')).toMatchObject({ stdout: found('{"n":1}') })
    expect(await asked('hget=by-id&field={value.id}')).toMatchObject({ stdout: found('{"n":2}') })
    expect(await asked('hgetall=of:{value.id}')).toMatchObject({ stdout: found('{"name":"ann"}') })
    expect(await asked('get=of:{value.id}')).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining(`${url} GET of:1 refused: WRONGTYPE`) }
    })
    for (const wrong of ['get=user', 'get={key}&hgetall={key}', 'hget={key}', 'got={key}', 'get={no}']) {
      expect(await asked(wrong)).toMatchObject({ code: 2 })
    }
  })
})
