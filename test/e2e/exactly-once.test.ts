// Topics written in transactions: what is visible when, and what becomes of what a run has left.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic } from '../support/broker.js'
import { butRetries, ended, isHeldBack } from '../support/exactly-once.js'
import { LongRun, until } from '../support/long-runs.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
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

function transactionIn(text: string): Pending {
  const { transactions } = JSON.parse(text) as { transactions: Pending[] }
  return transactions[0]!
}

function transactionOf(checkpoint: string): Pending {
  return transactionIn(readFileSync(checkpoint, 'utf8'))
}

/**
 * Keeps every checkpoint in `NAME.log`, as a line of JSON each: a transaction stands in one only until the next. Ends the
 * process in the instant in which its checkpoint is there, once a file `NAME.kill` says so.
 */
const watching = `
  import { appendFileSync, existsSync, readFileSync } from 'node:fs'
  import promises from 'node:fs/promises'
  import { syncBuiltinESMExports } from 'node:module'
  const { rename } = promises
  promises.rename = async (from, to) => {
    appendFileSync(to + '.log', JSON.stringify(readFileSync(from, 'utf8')) + '\\n')
    await rename(from, to)
    if (existsSync(to + '.kill')) process.kill(process.pid, 'SIGKILL')
  }
  syncBuiltinESMExports()
`

/** A checkpoint with a transaction that is to be committed. */
interface Kept {
  /** Of the transaction. */
  name: string
  text: string
}

interface Options {
  checkpoint?: string
  args?: string[]
}

/** A producer of what is typed, and the checkpoint that it writes. */
class Typing {
  readonly checkpoint: string
  readonly #run: LongRun

  constructor(topic: string, { checkpoint = new Workdir().join('checkpoint'), args = [] }: Options = {}) {
    this.checkpoint = checkpoint
    const keeping = ['--checkpoint', checkpoint, '--checkpoint-interval', '300ms']
    const nodeOptions = `--import=data:text/javascript,${encodeURIComponent(watching)}`
    const options = { env: { ...env, NODE_OPTIONS: nodeOptions } }
    this.#run = new LongRun(['produce', topic, ...exactlyOnce, ...keeping, ...args], options)
  }

  get stderr(): string {
    return this.#run.stderr
  }

  type(line: string): void {
    this.#run.child.stdin!.write(`${line}\n`)
  }

  /** Resolves with the next checkpoint that has a transaction, the first one or that behind another one. */
  async kept(before?: Kept): Promise<Kept> {
    let next: Kept | undefined
    await until(() => {
      const all = this.#checkpoints()
      next = all.slice(all.findLastIndex(({ name }) => name === before?.name) + 1).find(({ name }) => name !== '')
      return next !== undefined
    })
    return next!
  }

  #checkpoints(): Kept[] {
    const log = `${this.checkpoint}.log`
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []
    return lines.map((line) => {
      const text = JSON.parse(line) as string
      const { pending } = transactionIn(text)
      return { text, name: pending ? `${pending.transactionalId} ${pending.producerEpoch}` : '' }
    })
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

    const second = new Typing(topic, { checkpoint: first.checkpoint })
    second.type('46')
    expect(await second.end()).toBe(0)
    expect(butRetries(second.stderr)).toBe('')
    await ended(topic)
    expect(await read(topic)).toEqual(['42', '43', '46'])
    // At a clean end there is nothing left to commit.
    expect(transactionOf(first.checkpoint).pending).toBeNull()
  })

  test('a transaction that was not committed before the kill is by the next run, and only once', async () => {
    const topic = await createTopic()
    const typing = new Typing(topic)
    typing.type('42')
    const { text } = await typing.kept()
    await until(async () => (await read(topic)).length === 1)
    await typing.kill()
    for (const value of ['43', '44']) {
      // As of then: committing it again, and again, changes nothing.
      const again = `${typing.checkpoint}.${value}`
      writeFileSync(again, text)
      const next = new Typing(topic, { checkpoint: again })
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
    writeFileSync(copy, one.text)
    typing.type('2')
    const two = await typing.kept(one)
    typing.type('3')
    await typing.kept(two)
    await typing.kill()
    const next = new Typing(topic, { checkpoint: copy })
    expect(await next.end()).toBe(0)
    expect(next.stderr).toMatch(/the checkpoint's last transaction has ended/)
  })

  test('another cluster, or no transactions, is refused while there is one to commit', async () => {
    const topic = await createTopic()
    const typing = new Typing(topic)
    typing.type('1')
    const { text } = await typing.kept()
    await typing.kill()
    const { checkpoint } = typing
    writeFileSync(checkpoint, text)
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
    const first = new Typing(topic, { args: id })
    first.type('1')
    await first.kept()
    await until(async () => (await read(topic)).length === 1)
    succeeded(await run('produce', topic, ...exactlyOnce, ...id, '--elements', '2'))
    first.type('3')
    expect(await first.ended).toBe(1)
    expect(first.stderr).toMatch(/transactional id|producer id/)
    await ended(topic)
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
    await ended(topic)
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
    await ended(topic)
    expect(await read(topic)).toEqual([])
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
    await ended(topic)
    expect(await read(topic)).toEqual(['2'])
  })
})

test('what a crash between checkpoint and commit has left, the next run commits', async () => {
  const topic = await createTopic()
  const killed = new Typing(topic)
  const { checkpoint } = killed
  killed.type('first')
  await killed.kept()
  await ended(topic)
  // From here on nothing is renamed before there is more to commit.
  await until(() => transactionOf(checkpoint).pending === null)
  writeFileSync(`${checkpoint}.kill`, '')
  killed.type('then')
  expect(await killed.ended).toBe(null)
  expect(await isHeldBack(topic)).toBe(true)
  rmSync(`${checkpoint}.kill`)
  const next = new Typing(topic, { checkpoint })
  expect(await next.end()).toBe(0)
  expect(butRetries(next.stderr)).toBe('')
  await ended(topic)
  expect(await read(topic)).toEqual(['first', 'then'])
})
