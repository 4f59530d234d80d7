// RabbitMQ as source and sink, by a real server: what holds of every endpoint, and what AMQP has of its own.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { conformance } from '../../src/conformance/conformance.js'
import { amqpEndpoint } from '../../src/connectors/amqp/endpoint.js'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { readAll } from '../support/client.js'
import { type Proxy, startProxy } from '../support/faulty-peer.js'
import { Guide } from '../support/guide.js'
import { describeGuide } from '../support/guide-run.js'
import { LongRun, until } from '../support/long-runs.js'
import { RabbitMq } from '../support/rabbitmq.js'
import { type TlsServer, describeWith, startRabbitMq } from '../support/servers.js'
import { type Result, expectLines, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const silence = { code: 0, stdout: '', stderr: '' }
let server: TlsServer
let rabbit: RabbitMq

const pipe = (args: string[], cwd?: string): Promise<Result> =>
  sluice(['pipe', ...args], { env, ...(cwd !== undefined && { cwd }) })
const at = (rest: string): string => `amqp://guest:guest@127.0.0.1:${server.port}${rest}`
const shown = (rest: string): string => at(rest).replace('guest@', '***@')
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`)
const valuesIn = async (queue: string): Promise<string[]> => (await rabbit.drain(queue)).map(({ content }) => content.toString()) // prettier-ignore
const newQueue = (): Promise<string> => rabbit.declare(uniqueName('queue'))
/** One that is there after a crash: RabbitMQ 3.10 may forget a queue that it had confirmed, when it was declared just before. */
async function newKeptQueue(): Promise<string> {
  for (;;) {
    const queue = await newQueue()
    await rabbit.close()
    await server.kill()
    await server.revive()
    rabbit = await RabbitMq.connect(server.port)
    if (await rabbit.has(queue)) return queue
  }
}

describeWith('rabbitmq-server')('RabbitMQ', () => {
  beforeAll(async () => {
    server = await startRabbitMq()
    rabbit = await RabbitMq.connect(server.port)
  }, 150_000)
  afterAll(async () => {
    await rabbit?.close()
    await server?.stop()
  }, 150_000)

  describe('what holds of every endpoint', () => {
    interface Place {
      queue: string
      proxy: Proxy
      address: string
      source: Record<string, string>
      sink: Record<string, string>
    }
    const tests = conformance<Place>({
      endpoint: amqpEndpoint('amqp'),
      delivery: { source: 'at-least-once', sink: 'at-least-once' },
      prepare: async () => {
        const [queue, proxy] = [await newQueue(), await startProxy(server.port)]
        const address = `//127.0.0.1:${proxy.port}`
        return { queue, proxy, address, source: { queue, prefetch: '200' }, sink: { queue } }
      },
      fill: ({ queue }, messages) => rabbit.fill(queue, messages),
      written: async ({ queue }) => (await rabbit.drain(queue)).map(({ content }) => ({ value: content })),
      peer: {
        stop: ({ proxy }) => proxy.close(),
        start: async (place) => void (place.proxy = await startProxy(server.port, place.proxy.port))
      },
      bad: { value: Buffer.from('bad'), headers: [['CC', Buffer.from('other')]] },
      volume: 4e6,
      wrong: {
        source: [
          { source: {} },
          { source: { queue: 'q', 'routing-key': 'k' } },
          { source: { queue: 'q', exchange: 'e' } },
          { source: { exchange: 'e', declare: 'true' } },
          { address: 'q', source: { queue: 'q' } },
          { source: { queue: 'q', cacertfile: 'ca.pem' } }
        ].map((place) => ({ address: '//127.0.0.1', ...place })),
        sink: [{}, { queue: 'q', exchange: 'e' }, { exchange: 'e', declare: 'true' }].map((sink) => ({
          ...{ address: '//127.0.0.1', sink }
        }))
      },
      release: async ({ queue, proxy }) => {
        await rabbit.delete(queue)
        await proxy.close().catch(() => undefined)
      }
    })
    test.each(tests)('$name', ({ run }) => run())
  })

  describe('kill -9 amid a copy loses nothing', () => {
    const COUNT = 6000

    test('of a topic', async () => {
      const [topic, queue, folder] = [await createTopic(), await newQueue(), new Workdir()]
      succeeded(await sluice(['produce', topic, '--sequence', `0:${COUNT - 1}`], { env }))
      const run = [at(`?queue=${queue}`), '--checkpoint', folder.join('c'), '--checkpoint-interval', '20ms']
      const killed = new LongRun(['pipe', `kafka:${topic}`, ...run])
      await until(async () => (await rabbit.waiting(queue)) > 1000)
      await killed.stop('SIGKILL')
      expect(killed.stderr).toBe('')
      expect(await pipe([`kafka:${topic}?exit`, ...run])).toEqual(silence)
      expect([...new Set(await valuesIn(queue))]).toEqual(numbers(COUNT))
    })

    test('of a queue', async () => {
      const [topic, queue] = [await createTopic(), await newQueue()]
      await rabbit.fill(queue, numbers(COUNT))
      const run = [`kafka:${topic}?rate=10000/s`]
      const killed = new LongRun(['pipe', at(`?queue=${queue}&prefetch=500`), ...run])
      await until(async () => (await rabbit.waiting(queue)) < COUNT - 2000)
      await killed.stop('SIGKILL')
      expect(killed.stderr).toBe('')
      expect(await pipe([at(`?queue=${queue}&exit`), ...run])).toEqual(silence)
      const values = (await readAll(topic)).map(({ value }) => value)
      expect(new Set(values)).toEqual(new Set(numbers(COUNT)))
      // Twice is at most what was delivered and not acknowledged.
      expect(values.length).toBeLessThanOrEqual(COUNT + 500)
    })
  })

  test('a server that is killed, and comes back with what it has confirmed, loses nothing either way', async () => {
    const [topic, queue] = [await createTopic(), await newKeptQueue()]
    const write = new LongRun(['pipe', `kafka:${topic}`, at(`?queue=${queue}`)])
    const read = new LongRun(['pipe', at(`?queue=${queue}`), '-'])
    const produce = new LongRun(['produce', topic, '--sequence', '0:3999', '--rate', '2000/s'])
    await read.wrote(500)
    await rabbit.close()
    await server.kill()
    // Whoever had written all by then finds out with these.
    succeeded(await sluice(['produce', topic, '--sequence', '4000:4099'], { env }))
    for (const run of [write, read]) await run.said(/is away: .*: trying again\n/)
    await server.revive()
    rabbit = await RabbitMq.connect(server.port)
    for (const run of [write, read]) await run.said(/goes on\n/)
    expect(await produce.ended).toBe(0)
    await read.reached(() => new Set(read.lines).size === 4100, 'all records')
    expect(await Promise.all([write.stop(), read.stop()])).toEqual([130, 130])
    const said = (name: string): RegExp => new RegExp(`^sluice: ${name}: is away: .*: trying again\n.*: goes on\n$`)
    const name = shown(`?queue=${queue}`).replace(/[*?.]/g, '\\$&')
    expect([write.stderr, read.stderr]).toEqual([name, name].map((each) => expect.stringMatching(said(each))))
  }, 600_000)

  test('what cannot be acknowledged comes again, and at the end of a run says so', async () => {
    const [queue, proxy] = [await newQueue(), await startProxy(server.port)]
    await rabbit.fill(queue, ['1'])
    const [end, notices] = [new AbortController(), [] as string[]]
    const source = await amqpEndpoint('amqp').source!.open({
      ...{ name: 'amqp', address: `//127.0.0.1:${proxy.port}`, options: { queue, prefetch: 10, exit: false } },
      ...{ position: null, wantsPositions: false, signal: end.signal, verbose: () => undefined },
      notice: (text) => void notices.push(text)
    })
    const { position } = (await source.read(end.signal))!
    const next = source.read(end.signal).catch((error: Error) => error.name)
    await proxy.close()
    await until(() => notices.length > 0)
    await source.acknowledge!(position)
    end.abort()
    expect(await next).toBe('AbortError')
    await expect(source.acknowledge!(position)).rejects.toThrow()
    await source.close()
    await until(async () => (await rabbit.waiting(queue)) === 1)
  })

  test('a record comes back as it was', async () => {
    const [queue, folder] = [await newQueue(), new Workdir()]
    const records = [
      { timestamp: 1700000000123, headers: [], key: 'k', value: 'v' },
      { timestamp: 1700000000124, headers: [], key: null, value: null },
      { timestamp: 1700000000125, headers: [], key_base64: 'AP8=', value_base64: '/wA=' },
      { timestamp: 1700000000126, headers: [['a', '1'], ['a', ''], ['a', null]], key: '', value: '' }, // prettier-ignore
      { timestamp: 1700000000127, headers: [['amqp.content-type', 'text/plain']], key: 'ä', value: 'ö' }
    ]
    folder.write('in', records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    expect(await pipe(['in?format=envelope', at(`?queue=${queue}`)], folder.path)).toEqual(silence)
    const { stdout } = succeeded(await pipe([at(`?queue=${queue}&exit`), '-?format=envelope']))
    const copies = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as object) // prettier-ignore
    expect(copies).toEqual(records.map((record) => expect.objectContaining({ ...record, topic: queue })))
  })

  test('an exchange is read by a queue of its own, and written to by routing key', async () => {
    const run = new LongRun(['pipe', at('?exchange=amq.topic&routing-key=order.*'), '-?format=envelope'])
    const properties = { contentType: 'text/plain', timestamp: 1_700_000_000 }
    await until(() => {
      // Until it is bound, they are gone.
      rabbit.publish('amq.topic', 'order.new', Buffer.from('1'), properties)
      rabbit.publish('amq.topic', 'bill.new', Buffer.from('2'), properties)
      return run.lines.length > 0
    })
    expect(await pipe(['elements:3', at('?exchange=amq.topic&routing-key=order.paid')])).toEqual(silence)
    await until(() => run.stdout.includes('order.paid'))
    const [first, ...others] = run.lines.map((line) => JSON.parse(line) as { value: string })
    expect(first).toMatchObject({
      ...{ topic: 'amq.topic', value: '1', timestamp: 1_700_000_000_000 },
      headers: [['amqp.content-type', 'text/plain'], ['amqp.routing-key', 'order.new']] // prettier-ignore
    })
    expect(others.at(-1)).toMatchObject({ value: '3', headers: [['amqp.routing-key', 'order.paid']] })
    expect(run.stdout).not.toContain('bill')
    expect(await run.stop()).toBe(130)
  })

  test('a queue that is removed is read again once it is there again', async () => {
    const queue = await newQueue()
    const run = new LongRun(['pipe', at(`?queue=${queue}`), '-'])
    await rabbit.fill(queue, ['1'])
    await run.wrote(1)
    await rabbit.delete(queue)
    await run.said(/is away: the queue .* was removed: trying again\n/)
    await rabbit.declare(queue)
    await rabbit.fill(queue, ['2'])
    await run.wrote(2)
    expect(await run.stop()).toBe(130)
    expect(run.stdout).toBe('1\n2\n')
    expect(run.stderr).toMatch(/^.* was removed: trying again\n.*: goes on\n$/)
    expect(await rabbit.waiting(queue)).toBe(0)
  })

  test('a broker that is back without the queue is another matter, and told', async () => {
    const [queue, proxy] = [await newQueue(), await startProxy(server.port)]
    const run = new LongRun(['pipe', `amqp://guest:guest@127.0.0.1:${proxy.port}?queue=${queue}`, '-'])
    await rabbit.fill(queue, ['1'])
    await run.wrote(1)
    await proxy.close()
    await rabbit.delete(queue)
    await run.said(/is away: .*: trying again\n/)
    const back = await startProxy(server.port, proxy.port)
    await run.said(/: NOT_FOUND - no queue .*: trying again\n/)
    await rabbit.declare(queue)
    await rabbit.fill(queue, ['2'])
    await run.wrote(2)
    expect(await run.stop()).toBe(130)
    expect(run.stderr.match(/NOT_FOUND/g)).toHaveLength(1)
    await back.close()
  })

  test('a full queue holds the run up, and nothing else', async () => {
    const queue = await rabbit.declare(uniqueName('full'), { maxLength: 10, overflow: 'reject-publish' })
    const run = new LongRun(['pipe', 'sequence:0:499', at(`?queue=${queue}`)])
    await run.said(/does not take records \(a full queue\?\): tried again\n/)
    await until(async () => new Set(await valuesIn(queue)).size === 500)
    expect(await run.ended).toBe(0)
  })

  test('a record that no queue is bound for is a bad one', async () => {
    const [queue, folder] = [await newQueue(), new Workdir()]
    await rabbit.bind(queue, 'amq.direct', 'a')
    const of = (key: string): object => ({ key, value: key, headers: [['amqp.routing-key', key]] })
    folder.write('in', ['a', 'b', 'a'].map((key) => `${JSON.stringify(of(key))}\n`).join(''))
    const run = await pipe(
      ['in?format=envelope', at('?exchange=amq.direct'), '--on-error', 'dead-letter:bad'],
      folder.path
    )
    expect(run).toEqual({ ...silence, stderr: 'sluice: 1 record to bad\n' })
    expect(await valuesIn(queue)).toEqual(['a', 'a'])
    expect(JSON.parse(folder.read('bad'))).toMatchObject({
      ...{ key: 'b', headers: expect.arrayContaining([['sluice.line', '2']]) },
      ...{ value: 'b' }
    })
    const failed = await pipe(['in?format=envelope', at('?exchange=amq.direct')], folder.path)
    const why = "refuses the record: no queue is bound for the routing key 'b'"
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining(`in:2: ${shown('?exchange=amq.direct')} ${why}`) }) // prettier-ignore
  })

  test('over TLS, with a certificate that the server asks for, of an authority of its own', async () => {
    const [queue, { authority, identity, stranger, port }] = [await newQueue(), server.tls]
    const uri = `amqps://127.0.0.1:${port}?queue=${queue}`
    const own = `certfile=${identity}&keyfile=${identity}`
    const cases: [uri: string, error: RegExp | null][] = [
      [`${uri}&cacertfile=${authority}&${own}`, null],
      [`${uri.replace('127.0.0.1', 'localhost')}&cacertfile=${authority}&${own}`, null],
      // What the server says of it may be lost with the connection.
      [`${uri}&cacertfile=${authority}`, /certificate required|check host and port/],
      [`${uri}&cacertfile=${stranger}&${own}`, /certificate/],
      [`${uri}&${own}`, /certificate/],
      [`${uri}&certfile=${identity}`, /certfile and keyfile belong together/],
      [uri.replace('amqps', 'amqp'), /check host and port/],
      [uri.replace(`${port}`, `${server.port}`), /wrong version number/]
    ]
    const runs = await Promise.all(cases.map(([sink]) => pipe(['elements:a', sink])))
    expectLines(runs, cases.map(([, error]) => error)) // prettier-ignore
    expect(await valuesIn(queue)).toEqual(['a', 'a'])
  })

  test('what is wrong at the start is said in a line', async () => {
    const folder = new Workdir()
    const cases: [args: string[], line: string][] = [
      [['elements:a', at('?queue=none')], "NOT_FOUND - no queue 'none' in vhost '/': check queue, or write declare to make it"], // prettier-ignore
      [[at('?exchange=none'), '-'], "NOT_FOUND - no exchange 'none' in vhost '/': check exchange"],
      [['elements:a', at('/none?queue=q')], 'the virtual host was refused: check what stands behind HOST:PORT/'],
      [[at('?queue=q').replace('guest@', 'geheim@'), '-'], 'ACCESS_REFUSED - Login was refused'],
      [['elements:a', 'amqp://127.0.0.1:1?queue=q'], 'connect ECONNREFUSED 127.0.0.1:1: check host and port'],
      [['elements:a', `amqp://${bootstrap}?queue=q`], 'check host and port']
    ]
    const runs = await Promise.all(cases.map(([args]) => pipe(args, folder.path)))
    for (const [i, run] of runs.entries()) {
      expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(cases[i]![1]) })
      expect(run.stderr).toMatch(/^sluice: amqp:[^\n]*\n$/)
      expect(run.stderr).not.toContain('geheim')
    }
  })

  describeGuide(new Guide('rabbitmq'), () => ({ ...env, RABBITMQ_URL: at('') }))
})
