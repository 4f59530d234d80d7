// The sandbox as a user has it: started, asked, started again, found dead, stopped. With brokers of its own.
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cacheFolder } from '../../src/cli/sandbox.js'
import { processOf } from '../../src/sandbox/process.js'
import { withAdmin, createTopic } from '../support/broker.js'
import { type Result, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

interface Status {
  running: boolean
  bootstrapServers: string
  version: string
  brokers: { id: number; port: number; pid: number; running: boolean; log: string }[]
}

const work = new Workdir()
// It has Kafka's jars, so that they are not fetched again, and nothing else.
const cache = work.join('cache')
const env = { SLUICE_CACHE: cache }

beforeAll(() => {
  mkdirSync(cache)
  const others = cacheFolder(process.env)
  const jars = readdirSync(others).filter((name) => /^kafka-[\d.]+-\w+$/.test(name))
  for (const name of jars) symlinkSync(join(others, name), join(cache, name))
})

/** The archives of classes that brokers have left, and what they have not finished. */
const archives = (): string[] => readdirSync(cache).filter((name) => name.includes('.jsa'))

const sandbox = (command: string, ...args: string[]): Promise<Result> =>
  sluice(['sandbox', command, ...args], { env, cwd: work.path, within: 120_000 })

const statusOf = async (data: string): Promise<Status> =>
  JSON.parse(succeeded(await sandbox('status', '--data', data, '--json')).stdout) as Status

const isRunning = async (pid: number): Promise<boolean> => (await processOf(pid)) !== undefined

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const seen = await look()
    if (seen) return seen
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await until(async () => !(await isRunning(pid)))
}

describe('one broker', () => {
  const data = work.join('one')
  let bootstrap: string
  let port: number

  beforeAll(async () => {
    const { stdout, stderr } = succeeded(await sandbox('start', '--port', '0', '--data', 'one'))
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+\n$/)
    expect(stderr).toMatch(
      /^sluice: the sandbox is ready after [\d.]+ s \(127\.0\.0\.1:\d+, Kafka 4\.1\.1\): `.*`.*\n$/
    )
    bootstrap = stdout.trim()
    port = Number(bootstrap.split(':')[1])
  }, 150_000)
  afterAll(() => sandbox('stop', '--data', data, '--delete'), 60_000)

  test('status says where it is', async () => {
    const status = await statusOf(data)
    expect(status).toMatchObject({ running: true, bootstrapServers: bootstrap, version: '4.1.1' })
    expect(status.brokers).toMatchObject([{ id: 1, port, running: true }])
    const { stdout } = succeeded(await sandbox('status', '--data', data))
    expect(stdout).toMatch(
      `${bootstrap}\nKafka 4.1.1 (java), data and logs in ${data}\nbroker 1: port ${port}, process `
    )
  })

  test('starting it again says that it runs, and changes nothing', async () => {
    const before = await statusOf(data)
    const again = succeeded(await sandbox('start', '--data', data, '--port', `${port}`))
    expect(again.stdout).toBe(`${bootstrap}\n`)
    expect(again.stderr).toContain('the sandbox runs already')
    expect(await statusOf(data)).toEqual(before)
  })

  test('starting another one in its folder is refused', async () => {
    const other = await sandbox('start', '--data', data, '--port', `${port}`, '--brokers', '3')
    expect(other).toMatchObject({ code: 1, stdout: '' })
    expect(other.stderr).toMatch(
      /^sluice: another sandbox runs in \S+ \(127\.0\.0\.1:\d+, Kafka 4\.1\.1\): stop it first/
    )
  })

  test('a port that something else has is named', async () => {
    const listening = createServer().listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const { port: taken } = listening.address() as { port: number }
    const { code, stderr } = await sandbox('start', '--port', `${taken}`, '--data', 'elsewhere')
    listening.close()
    expect(code).toBe(1)
    expect(stderr).toBe(`sluice: port ${taken} is in use by another program: stop that, or choose another --port\n`)
    expect((await sandbox('status', '--data', 'elsewhere')).code).toBe(3)
  })

  test('no topic is made by a mistyped name', async () => {
    const named = withAdmin((admin) => admin.fetchTopicMetadata({ topics: ['mistyped'] }), bootstrap)
    await expect(named).rejects.toThrow(/does not host this topic-partition/)
  })

  test('logs: all of it, its end, and what is added', async () => {
    const all = succeeded(await sandbox('logs', '--data', data)).stdout
    expect(all).toContain('Kafka Server started')
    const lastTwo = succeeded(await sandbox('logs', '--data', data, '-n', '2')).stdout
    expect(lastTwo.split('\n')).toHaveLength(3)
    // More may have been said between the two.
    expect(succeeded(await sandbox('logs', '--data', data)).stdout).toContain(lastTwo)

    const following = startSluice(['sandbox', 'logs', '--data', data, '-n', '1', '--follow'], { env })
    await waitFor(following.stdout, /\n/)
    const added = waitFor(following.stdout, /Created log for partition added-/)
    await createTopic({ name: 'added', server: bootstrap })
    await added
    following.kill('SIGINT')
    expect(await once(following, 'close')).toEqual([130, null])
  })

  test('after a crash it is not running, and starts again with its topics', async () => {
    const topic = await createTopic({ name: 'kept', server: bootstrap })
    const { pid } = (await statusOf(data)).brokers[0]!
    await kill(pid)
    const status = await sandbox('status', '--data', data)
    expect(status).toMatchObject({ code: 3, stdout: '' })
    expect(status.stderr).toBe(`sluice: no sandbox is running in ${data}: \`sluice sandbox start\` starts one\n`)

    succeeded(await sandbox('start', '--data', data, '--port', `${port}`))
    expect(await withAdmin((admin) => admin.listTopics(), bootstrap)).toContain(topic)
  }, 150_000)

  test('a pid that belongs to another process now is not believed', async () => {
    const file = work.join('one/sandbox.json')
    const state = JSON.parse(readFileSync(file, 'utf8')) as { processes: { pid: number }[] }
    work.write(
      'reused/sandbox.json',
      JSON.stringify({ ...state, processes: [{ ...state.processes[0], pid: process.pid }] })
    )
    expect((await sandbox('status', '--data', 'reused')).code).toBe(3)
    succeeded(await sandbox('stop', '--data', 'reused'))
    expect(await isRunning(process.pid)).toBe(true)
  })

  test('stop ends it in order, keeps the data, and needs no second time', async () => {
    const { pid, log } = (await statusOf(data)).brokers[0]!
    const stopped = succeeded(await sandbox('stop', '--data', data))
    expect(stopped).toMatchObject({ stdout: '', stderr: `sluice: the sandbox is stopped, its data stays in ${data}\n` })
    expect(await isRunning(pid)).toBe(false)
    expect(readFileSync(log, 'utf8')).toContain('shut down completed')
    // What the JVM said as it left its classes.
    expect(readFileSync(log, 'utf8')).not.toMatch(/^\[/m)
    expect(succeeded(await sandbox('stop', '--data', data)).stderr).toContain('no sandbox was running')
  })

  test('the next one starts from the classes that it has left', async () => {
    const [archive, ...others] = archives()
    expect(archive).toMatch(/^kafka-[\d.]+-\w+\.\w+\.jsa$/)
    expect(others).toEqual([])
    succeeded(await sandbox('start', '--data', data, '--port', `${port}`))
    const { pid, log } = (await statusOf(data)).brokers[0]!
    expect(readFileSync(`/proc/${pid}/maps`, 'utf8')).toContain(archive)
    expect(readFileSync(log, 'utf8')).not.toMatch(/^\[/m)
  })

  test('stop --delete removes what is of the sandbox', async () => {
    work.write('one/mine.txt', 'not of the sandbox')
    succeeded(await sandbox('stop', '--data', data, '--delete'))
    expect(archives()).toHaveLength(1)
    expect((await sandbox('logs', '--data', data)).code).toBe(1)
    expect(work.read('one/mine.txt')).toBe('not of the sandbox')
  })
})

describe('three brokers', () => {
  afterAll(() => sandbox('stop', '--data', 'three', '--delete'), 60_000)

  test('know each other, and stay with two of them', async () => {
    const { stdout } = succeeded(await sandbox('start', '--port', '0', '--brokers', '3', '--data', 'three'))
    const servers = stdout.trim().split(',')
    const first = Number(servers[0]!.split(':')[1])
    expect(servers).toEqual([0, 1, 2].map((i) => `127.0.0.1:${first + i}`))
    for (const server of servers) {
      const { brokers } = await withAdmin((admin) => admin.describeCluster(), server)
      expect(brokers.map(({ nodeId, port }) => [nodeId, port]).sort()).toEqual(
        [1, 2, 3].map((id) => [id, first + id - 1])
      )
    }
    const topic = await createTopic({ replicas: 3, server: servers[0]! })
    const pids = (await statusOf('three')).brokers.map(({ pid }) => pid)
    await kill(pids[2]!)
    const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }), servers[0])
    expect(topics[0]!.partitions[0]!.replicas).toHaveLength(3)
    expect((await statusOf('three')).brokers.map(({ running }) => running)).toEqual([true, true, false])

    succeeded(await sandbox('stop', '--data', 'three', '--delete'))
    expect(await Promise.all(pids.map(isRunning))).toEqual([false, false, false])
    expect((await sandbox('status', '--data', 'three')).code).toBe(3)
  }, 180_000)
})

describe('a start that fails', () => {
  test('says what Kafka said, and leaves nothing running', async () => {
    const { code, stdout, stderr } = await sandbox(
      'start',
      '--port',
      '0',
      '--data',
      'bad',
      '--set',
      'message.max.bytes=x'
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `sluice: Kafka cannot be set up in ${work.join('bad')} ` +
        '(ConfigException: Invalid value x for configuration message.max.bytes: Not a number of type INT)\n'
    )
    expect((await sandbox('status', '--data', 'bad')).code).toBe(3)
  })

  test('of a broker says where the log is', async () => {
    const data = work.join('used')
    const bad = ['--set', 'metric.reporters=no.such.Reporter']
    const { code, stderr } = await sandbox('start', '--port', '0', '--data', data, ...bad)
    expect(code).toBe(1)
    expect(stderr).toBe(
      `sluice: Kafka ended as it started (ClassNotFoundException: no.such.Reporter): see ${data}/1/broker.log\n`
    )
    expect((await sandbox('status', '--data', data)).code).toBe(3)
  }, 120_000)

  test('by an interruption ends what was started', async () => {
    const starting = startSluice(['sandbox', 'start', '--port', '0', '--data', work.join('interrupted')], { env })
    const state = work.join('interrupted/sandbox.json')
    const [, pid] = await until(() => /"pid": (\d+)/.exec(existsSync(state) ? readFileSync(state, 'utf8') : '')!)
    starting.kill('SIGINT')
    expect(await once(starting, 'close')).toEqual([130, null])
    expect(await isRunning(Number(pid))).toBe(false)
  }, 120_000)
})
