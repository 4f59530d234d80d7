// Modules as endpoints of pipe: the example, a database, and a queue that acknowledges, both through what holds of every
// endpoint and through the program with a real topic.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { conformance } from '../../src/conformance/conformance.js'
import type { EndpointModule } from '../../src/endpoint-module.js'
import { bootstrap, createTopic } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { LongRun, until } from '../support/long-runs.js'
import { QueueServer } from '../support/queue-server.js'
import { type Result, environment, root, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const example = join(root, 'examples', 'my-endpoint.mjs')
const queueModule = join(root, 'test', 'support', 'queue-endpoint.mjs')
const queueEndpoint = (await import(pathToFileURL(queueModule).href)) as EndpointModule
const silence = { code: 0, stdout: '', stderr: '' }

const queues: QueueServer[] = []
afterAll(async () => {
  for (const queue of queues) await queue.stop()
})

async function startQueue(values: string[] = []): Promise<QueueServer> {
  const queue = new QueueServer()
  queues.push(queue)
  await queue.start()
  queue.put(values.map((value, i) => ({ id: `${i}`, value })))
  return queue
}

const pipe = (args: string[], more: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Result> =>
  sluice(['pipe', ...args], { env: { ...env, ...more }, ...(cwd !== undefined && { cwd }) })
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`)
const valuesIn = async (topic: string): Promise<(string | null)[]> => (await readAll(topic)).map(({ value }) => value)

/** What the table of the example has, in its order. */
function rowsIn(file: string): string[] {
  const database = new DatabaseSync(file)
  const rows = database.prepare('select value from records order by id').all()
  database.close()
  return rows.map(({ value }) => Buffer.from(value as Uint8Array).toString())
}

describe('a queue, as what holds of every endpoint', () => {
  interface Place {
    queue: QueueServer
    source: Record<string, string>
    sink: Record<string, string>
  }
  const idOf = ({ topic = '', partition = -1, offset = null }): string => `${topic}-${partition}-${String(offset)}`
  const tests = conformance<Place>({
    endpoint: queueEndpoint,
    delivery: { source: 'at-least-once', sink: 'idempotent' },
    prepare: async () => {
      const queue = await startQueue()
      return { queue, source: { url: queue.url }, sink: { url: queue.url } }
    },
    fill: async ({ queue }, messages) =>
      queue.put(messages.map((message) => ({ id: idOf(message as never), value: String(message.value) }))),
    written: async ({ queue }) => [...queue.entries.values()].map((value) => ({ value: Buffer.from(value) })),
    peer: { stop: ({ queue }) => queue.stop(), start: ({ queue }) => queue.start() },
    bad: { value: Buffer.from('bad') },
    volume: 4e6,
    wrong: {
      source: [{ source: {} }, { source: { url: 'x', window: '0' } }, { source: { url: 'x', window: '1001' } }],
      sink: [{ sink: { url: 'x' } }, { sink: { url: 'http:', window: '1' } }]
    },
    release: ({ queue }) => queue.stop()
  })
  test.each(tests)('$name', ({ run }) => run())
})

test('the example passes what holds of every endpoint, with node:test', () => {
  const folder = new Workdir()
  mkdirSync(folder.join('node_modules'))
  symlinkSync(root, folder.join('node_modules/sluice-kafka'))
  for (const name of ['my-endpoint.mjs', 'my-endpoint.test.mjs']) {
    copyFileSync(join(root, 'examples', name), folder.join(name))
  }
  const options = { cwd: folder.path, env: environment(), encoding: 'utf8', timeout: 150_000 } as const
  const said = execFileSync(process.execPath, ['--test', 'my-endpoint.test.mjs'], options)
  expect(said).toMatch(/pass 10\n.*fail 0\n/s)
}, 180_000)

describe('the example', () => {
  const COUNT = 6000

  test('a topic into a table exactly once, through kill -9 at any instant', async () => {
    const [topic, folder] = [await createTopic(), new Workdir()]
    succeeded(await sluice(['produce', topic, '--sequence', `0:${COUNT - 1}`], { env }))
    const [file, checkpoint] = [folder.join('a.db'), folder.join('checkpoint')]
    const once = ['--delivery', 'exactly-once', '--checkpoint', checkpoint, '--checkpoint-interval', '20ms']
    const run = [`kafka:${topic}`, `${example}?file=${file}`, ...once]
    for (let kill = 0; kill < 3; kill++) {
      const killed = new LongRun(['pipe', ...run])
      await sleep(250 + Math.random() * 300)
      await killed.stop('SIGKILL')
      expect(killed.stderr).toBe('')
    }
    expect(await pipe([`kafka:${topic}?exit`, ...run.slice(1)])).toEqual(silence)
    expect(rowsIn(file)).toEqual(numbers(COUNT))
    // What the database says counts, also where the file says nothing.
    rmSync(checkpoint)
    expect(await pipe([`kafka:${topic}?exit`, ...run.slice(1)])).toEqual(silence)
    expect(rowsIn(file)).toEqual(numbers(COUNT))
  })

  test('a table into a topic exactly once, through kill -9 at any instant', async () => {
    const [topic, folder] = [await createTopic(), new Workdir()]
    const [file, checkpoint] = [folder.join('a.db'), folder.join('checkpoint')]
    expect(await pipe([`sequence:0:${COUNT - 1}`, `${example}?file=${file}`])).toEqual(silence)
    const once = ['--delivery', 'exactly-once', '--checkpoint', checkpoint, '--checkpoint-interval', '20ms']
    const run = [`${example}?file=${file}`, `kafka:${topic}?rate=8000/s`, ...once]
    for (let kill = 0; kill < 2; kill++) {
      const killed = new LongRun(['pipe', ...run])
      await sleep(300 + Math.random() * 300)
      await killed.stop('SIGKILL')
      expect(killed.stderr).toBe('')
    }
    expect(await pipe([`${run[0]!}&exit`, ...run.slice(1)])).toEqual(silence)
    const copied = succeeded(await sluice(['consume', topic, '-e'], { env })).stdout
    expect(copied).toBe(numbers(COUNT).map((value) => `${value}\n`).join('')) // prettier-ignore
    expect(await pipe([`${example}?file=${file}&table=other&exit`, ...run.slice(1)])).toMatchObject({
      ...{
        code: 1,
        stderr: expect.stringMatching(/^sluice: the checkpoint .* is of .*file=.*, this run reads .*other: .*\n$/)
      }
    })
  })

  test('a record that it rejects is dealt with as any bad one', async () => {
    const folder = new Workdir()
    folder.write('in', '{"key":"a","value":"1"}\n{"key":"b","value":null}\n{"key":"c","value":"3"}\n')
    const run = (onError: string, file: string): Promise<Result> =>
      pipe(['in?format=envelope', `${example}?file=${file}`, '--on-error', onError], {}, folder.path)
    const why = `${example}?file=FILE refuses the record: a row needs a value`
    expect(await run('fail', '1.db')).toMatchObject({
      ...{ code: 1, stderr: `sluice: in:2: ${why.replace('FILE', '1.db')}: 1 record sent before it\n` }
    })
    const skipped = `sluice: skipped: in:2: ${why.replace('FILE', '2.db')}\nsluice: 1 record skipped\n`
    expect(await run('skip', '2.db')).toEqual({ ...silence, stderr: skipped })
    expect(rowsIn(folder.join('2.db'))).toEqual(['1', '3'])
    const letters = await run('dead-letter:bad', '3.db')
    expect(letters).toEqual({ ...silence, stderr: 'sluice: 1 record to bad\n' })
    expect(JSON.parse(folder.read('bad'))).toMatchObject({
      ...{ key: 'b', value: null, headers: expect.arrayContaining([['sluice.file', 'in'], ['sluice.line', '2']]) } // prettier-ignore
    })
    folder.write('in', '{"value":"a"}\n{"value":\n')
    expect(await run(`dead-letter:${example}?file=4.db`, '5.db')).toMatchObject({ code: 0 })
    expect([rowsIn(folder.join('4.db')), rowsIn(folder.join('5.db'))]).toEqual([['{"value":'], ['a']])
  })
})

describe('the queue', () => {
  test('is acknowledged as its records are written, never more than its window behind', async () => {
    const [topic, queue] = [await createTopic(), await startQueue(numbers(1500))]
    const run = new LongRun(['pipe', `${queueModule}?url=${queue.url}&window=50`, `kafka:${topic}`])
    await until(() => queue.acknowledged === 1500)
    await queue.stop()
    await run.said(/is away\n/)
    await queue.start()
    await run.said(/is there again\n/)
    queue.put(numbers(500, 1500).map((value) => ({ id: value, value })))
    await until(() => queue.acknowledged === 2000)
    expect(await run.stop()).toBe(130)
    expect(await valuesIn(topic)).toEqual(numbers(2000))
    expect(queue.mostUnacknowledged).toBeLessThanOrEqual(50)
    const name = `sluice: ${queueModule}?url=${queue.url}&window=50`
    expect(run.stderr).toBe(`${name}: is away\n${name}: is there again\n`)
  })

  test('takes a topic exactly once by its ids, and a broken one loses nothing', async () => {
    const [topic, queue] = [await createTopic(), await startQueue()]
    await write(
      topic,
      numbers(2000).map((value) => ({ value }))
    )
    const folder = new Workdir()
    const once = ['--delivery', 'exactly-once', '--checkpoint', folder.join('c'), '--checkpoint-interval', '10s']
    const run = [`kafka:${topic}`, `${queueModule}?url=${queue.url}`, ...once]
    const killed = new LongRun(['pipe', ...run])
    await until(() => queue.entries.size > 0)
    await killed.stop('SIGKILL')
    expect(await pipe([`${run[0]!}?exit`, ...run.slice(1)])).toEqual(silence)
    expect([...queue.entries.values()].sort()).toEqual(numbers(2000).sort())
  })

  test('no password is shown', async () => {
    const { url } = await startQueue()
    const failing = (options: string, more = {}): Promise<Result> =>
      pipe(['elements:a', `${queueModule}?url=${url}&fail${options}`, '-v'], more)
    for (const run of [await failing('&token=geheim'), await failing('', { QUEUE_TOKEN: 'geheim' })]) {
      expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot log in with ***') })
      expect(run.stderr).not.toContain('geheim')
    }
    const unknown = await pipe(['elements:a', `${queueModule}?url=x&token=geheim`])
    expect(unknown).toMatchObject({ code: 2, stderr: `sluice: ${queueModule}?url=x&token=***: 'x' is no URL\n` })
  })
})

test.each([
  [[`${example}?fil=a`, '-'], `${example}?fil=a: there is no option 'fil' here: did you mean file?`],
  [[`${queueModule}?url=http:`, '-', '--checkpoint', 'c'], 'needs a source that can be gone on with'],
  [['elements:a', `${example}?file=a`, '--delivery', 'exactly-once', '--checkpoint', 'c', '--parallelism', '2'], '--parallelism does not go with the transactions'] // prettier-ignore
])('%j is wrong usage', async (args, line) => {
  const run = await pipe(args, {}, new Workdir().path)
  expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(line) })
  expect(run.stderr).toMatch(/^sluice: [^\n]*\n$/)
})
