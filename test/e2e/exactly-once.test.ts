// Topics written in transactions: what is visible when, and what becomes of what a run has left.
import { copyFileSync, existsSync, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sandboxStatus } from '../../src/jobs/sandbox.js'
import { freePorts } from '../../src/sandbox/ports.js'
import { bootstrap, createTopic } from '../support/broker.js'
import { isHeldBack } from '../support/exactly-once.js'
import { LongRun, until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { type Result, bash, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const run = (...args: string[]): Promise<Result> => sluice(args, { env })
const exactlyOnce = ['--delivery', 'exactly-once']

async function read(topic: string, isolation = 'committed'): Promise<string[]> {
  const { stdout } = succeeded(await run('consume', topic, '-e', '--isolation', isolation))
  return stdout.split('\n').slice(0, -1)
}

interface Pending {
  pending: { transactionalId: string; producerId: number; producerEpoch: number } | null
  prefix: string
}

function transactionOf(checkpoint: string): Pending {
  const { transactions } = JSON.parse(readFileSync(checkpoint, 'utf8')) as { transactions: Pending[] }
  return transactions[0]!
}

/** A producer of what is typed, and the checkpoint that it writes. */
class Typing {
  readonly checkpoint: string
  readonly #run: LongRun

  constructor(topic: string, checkpoint = new Workdir().join('checkpoint'), ...args: string[]) {
    this.checkpoint = checkpoint
    const keeping = ['--checkpoint', checkpoint, '--checkpoint-interval', '100ms']
    this.#run = new LongRun(['produce', topic, ...exactlyOnce, ...keeping, ...args], { env })
  }

  get stderr(): string {
    return this.#run.stderr
  }

  type(line: string): void {
    this.#run.child.stdin!.write(`${line}\n`)
  }

  /** Resolves once a checkpoint has another transaction than `before`; returns its id and epoch. */
  async kept(before = ''): Promise<string> {
    let now = before
    await until(() => {
      if (!existsSync(this.checkpoint)) return false
      const { pending } = transactionOf(this.checkpoint)
      if (pending) now = `${pending.transactionalId} ${pending.producerEpoch}`
      return now !== before
    })
    return now
  }

  get ended(): Promise<number | null> {
    return this.#run.ended
  }

  end(): Promise<number | null> {
    this.#run.child.stdin!.end()
    return this.ended
  }

  kill(): Promise<number | null> {
    return this.#run.stop('SIGKILL')
  }
}

describe('with a checkpoint', () => {
  test('records are seen interval by interval, and what was open at a kill never', async () => {
    const topic = await createTopic()
    const first = new Typing(topic)
    first.type('42')
    const one = await first.kept()
    await until(async () => (await read(topic)).length === 1)
    first.type('43')
    await first.kept(one)
    await until(async () => (await read(topic)).length === 2)
    await first.kill()

    const second = new Typing(topic, first.checkpoint)
    second.type('46')
    expect(await second.end()).toBe(0)
    expect(second.stderr).toBe('')
    expect(await read(topic)).toEqual(['42', '43', '46'])
    expect(await isHeldBack(topic)).toBe(false)
    // At a clean end there is nothing left to commit.
    expect(transactionOf(first.checkpoint).pending).toBeNull()
  })

  test('a transaction that was not committed before the kill is by the next run, and only once', async () => {
    const topic = await createTopic()
    // Kept for longer than the test takes: the end of the run is a checkpoint, too.
    const typing = new Typing(topic)
    typing.type('42')
    await typing.kept()
    // A copy as of then: committing it again, and again, changes nothing.
    const copy = `${typing.checkpoint}.copy`
    copyFileSync(typing.checkpoint, copy)
    await until(async () => (await read(topic)).length === 1)
    await typing.kill()
    for (const value of ['43', '44']) {
      const again = `${copy}.${value}`
      copyFileSync(copy, again)
      const next = new Typing(topic, again)
      next.type(value)
      expect(await next.end()).toBe(0)
    }
    expect(await read(topic)).toEqual(['42', '43', '44'])
  })

  test('a checkpoint whose transaction has ended otherwise is said, and the run goes on', async () => {
    const topic = await createTopic()
    const typing = new Typing(topic)
    typing.type('1')
    const one = await typing.kept()
    const copy = `${typing.checkpoint}.copy`
    copyFileSync(typing.checkpoint, copy)
    typing.type('2')
    const two = await typing.kept(one)
    typing.type('3')
    await typing.kept(two)
    await typing.kill()
    const next = new Typing(topic, copy)
    expect(await next.end()).toBe(0)
    expect(next.stderr).toMatch(/the checkpoint's last transaction has ended/)
  })

  test('another cluster, or no transactions, is refused while there is one to commit', async () => {
    const topic = await createTopic()
    const typing = new Typing(topic)
    typing.type('1')
    await typing.kept()
    await typing.kill()
    const { checkpoint } = typing
    expect(await run('produce', topic, '--elements', 'x', '--checkpoint', checkpoint)).toMatchObject({
      code: 1,
      stderr:
        `sluice: the checkpoint ${checkpoint} has a transaction that is to be committed: ` +
        'go on with --delivery exactly-once and the same sink\n'
    })
  })

  test('a second producer with the id takes it over: the first one ends with what is wrong', async () => {
    const topic = await createTopic()
    const id = ['--transactional-id', topic]
    const first = new Typing(topic, undefined, ...id)
    first.type('1')
    await first.kept()
    succeeded(await run('produce', topic, ...exactlyOnce, ...id, '--elements', '2'))
    first.type('3')
    expect(await first.ended).toBe(1)
    expect(first.stderr).toMatch(/transactional id|producer id/)
    expect((await read(topic)).toSorted()).toEqual(['1', '2'])
  })
})

describe('without a checkpoint, all of the input is one transaction', () => {
  test('which is seen at the end', async () => {
    const topic = await createTopic({ partitions: 2 })
    const producing = new LongRun(['produce', topic, ...exactlyOnce], { env })
    producing.child.stdin!.write('1\n2\n')
    await until(async () => (await read(topic, 'uncommitted')).length === 2)
    expect(await read(topic)).toEqual([])
    producing.child.stdin!.end('3\n')
    expect(await producing.ended).toBe(0)
    expect((await read(topic)).toSorted()).toEqual(['1', '2', '3'])
  })

  test('of which nothing is left when something is wrong', async () => {
    const topic = await createTopic()
    const result = await sluice(['produce', topic, ...exactlyOnce, '--format', 'jsonl', '--value-field', 'v'], {
      env,
      input: '{"v":"1"}\n{"v":"2"}\nno JSON\n'
    })
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('standard input:3')
    expect(await read(topic)).toEqual([])
    expect(await isHeldBack(topic)).toBe(false)
  })

  test('which a run with the same id takes back after a kill', async () => {
    const topic = await createTopic()
    const id = ['--transactional-id', `${topic}-id`]
    const killed = new LongRun(['produce', topic, ...exactlyOnce, ...id], { env })
    killed.child.stdin!.write('1\n')
    await until(async () => (await read(topic, 'uncommitted')).length === 1)
    await killed.stop('SIGKILL')
    expect(await isHeldBack(topic)).toBe(true)
    succeeded(await run('produce', topic, ...exactlyOnce, ...id, '--elements', '2'))
    expect(await read(topic)).toEqual(['2'])
    expect(await isHeldBack(topic)).toBe(false)
  })
})

describe('a crash between checkpoint and commit', () => {
  let brokers: OwnBrokers
  beforeAll(async () => {
    brokers = await startOwnBrokers((await freePorts(1))[0]!, 1)
  }, 120_000)
  afterAll(() => brokers?.stop(), 60_000)

  test('the next run commits', async () => {
    const server = `127.0.0.1:${brokers.ports[0]!}`
    const { brokers: running } = (await sandboxStatus(brokers.folder))!
    const { pid } = running[0]!
    const topic = await createTopic({ server })
    const checkpoint = new Workdir().join('checkpoint')
    const local = ['-b', server]
    const lines: string[] = []
    let wasOpen = false
    for (let attempt = 1; !wasOpen && attempt <= 20; attempt++) {
      const typing = new Typing(topic, checkpoint, ...local)
      typing.type(`${attempt} first`)
      lines.push(`${attempt} first`)
      const before = await typing.kept()
      await until(async () => !(await isHeldBack(topic, server)))
      // From here to the commit the broker does not answer, so that the commit is asked for, and not done.
      const watcher = watch(dirname(checkpoint), (_event, file) => {
        if (file === 'checkpoint.next') process.kill(pid, 'SIGSTOP')
      })
      try {
        typing.type(`${attempt} then`)
        lines.push(`${attempt} then`)
        await typing.kept(before)
        await typing.kill()
      } finally {
        watcher.close()
        process.kill(pid, 'SIGCONT')
      }
      wasOpen = await isHeldBack(topic, server)
      const next = new Typing(topic, checkpoint, ...local)
      expect(await next.end()).toBe(0)
      expect(next.stderr).toBe('')
      const read = succeeded(await run('consume', topic, '-e', ...local))
      expect(read.stdout.trimEnd().split('\n')).toEqual(lines)
      expect(await isHeldBack(topic, server)).toBe(false)
    }
    expect(wasOpen).toBe(true)
  }, 120_000)
})

test('transactions of subtasks that an earlier run had more are taken back', async () => {
  const topic = await createTopic()
  const id = ['--transactional-id', `${topic}-id`]
  const killed = new LongRun(['produce', topic, ...exactlyOnce, ...id, '--parallelism', '4', '--subtask', '1'], {
    env
  })
  killed.child.stdin!.write('1\n')
  await until(async () => (await read(topic, 'uncommitted')).length === 1)
  await killed.stop('SIGKILL')
  succeeded(await run('produce', topic, ...exactlyOnce, ...id, '--elements', '2'))
  expect(await isHeldBack(topic)).toBe(false)
  expect(await read(topic)).toEqual(['2'])
})

test('the pipe refuses what no checkpoint can go on with, and takes a file on standard input', async () => {
  const topic = await createTopic()
  const folder = new Workdir()
  folder.write('five', '1\n2\n3\n4\n5\n')
  const args = ['pipe', '-', `kafka:${topic}`, ...exactlyOnce, '--checkpoint', folder.join('checkpoint')]
  expect(await sluice(args, { env, input: 'x\n' })).toMatchObject({
    code: 2,
    stderr: 'sluice: --checkpoint: standard input is no file, and cannot be gone on with: leave --checkpoint out\n'
  })
  for (let time = 0; time < 2; time++) {
    succeeded(await bash(`sluice ${args.join(' ')} < ${folder.join('five')}`, { env }))
    expect(await read(topic)).toEqual(['1', '2', '3', '4', '5'])
  }
})

test('a timeout that the broker does not allow is refused before anything is written', async () => {
  const topic = await createTopic()
  const timeout = ['-X', 'transaction.timeout.ms=900001']
  const result = await run('produce', topic, ...exactlyOnce, ...timeout, '--elements', 'x')
  expect(result.code).toBe(1)
  expect(result.stderr).toMatch(/900001 ms.*transaction\.max\.timeout\.ms/)
  expect(await read(topic, 'uncommitted')).toEqual([])
})

test.each([
  [['--log-failures-only'], '--log-failures-only loses records, which exactly-once does not'],
  [['--acks', '1'], 'exactly-once needs the acknowledgement of all replicas']
])('produce refuses %s', async (flags, reason) => {
  const result = await run('produce', 't', ...exactlyOnce, ...flags, '--elements', 'x')
  expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) })
})
