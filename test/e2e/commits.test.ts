// When a group's offsets are committed, and how far: no further than what was written out, and no less at any end.
import { once } from 'node:events'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { deleteRecordsBefore, write, writeTransaction } from '../support/client.js'
import { commit, committed, committedTotal, describeGroup, settled } from '../support/groups.js'
import { Consumer, until } from '../support/long-runs.js'
import { values } from '../support/reading.js'
import { type Result, bash, sluice, startSluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const linesOf = ({ stdout }: Result): string[] => stdout.split('\n').slice(0, -1)

const workdir = new Workdir()
const file = (name = uniqueName('checkpoint')): string => workdir.join(name)

/** Four partitions of fifty records. */
let topic: string
const all = { 0: 50, 1: 50, 2: 50, 3: 50 }

beforeAll(async () => {
  topic = await createTopic({ partitions: 4 })
  await write(
    topic,
    [0, 1, 2, 3].flatMap((partition) => values(partition, 50))
  )
})

describe('at the end of a bounded run', () => {
  const modes: [string, string[], Record<string, number>][] = [
    ['nothing said', [], all],
    ['auto', ['--commit', 'auto'], all],
    ['auto:1h', ['--commit', 'auto:1h'], all],
    ['exit', ['--commit', 'exit'], all],
    ['none', ['--commit', 'none'], {}]
  ]
  const membership: [string, string[]][] = [
    ['as a member', []],
    ['with --assign', ['--assign']]
  ]
  for (const [how, assign] of membership) {
    test.each(modes)(`%s, without a checkpoint, ${how}`, async (_, args, expected) => {
      const group = uniqueName('group')
      const run = succeeded(await consume(topic, '-g', group, '--from', 'earliest', '-e', ...assign, ...args))
      expect(linesOf(run)).toHaveLength(200)
      expect(await committed(group, topic)).toEqual(expected)
      expect((await describeGroup(group)).members).toEqual([])
    })
  }

  test.each<[string, string[], Record<string, number>]>([...modes, ['checkpoint', ['--commit', 'checkpoint'], all]])(
    '%s, with a checkpoint',
    async (_, args, expected) => {
      const group = uniqueName('group')
      const restored = ['--checkpoint', file()]
      const run = succeeded(await consume(topic, '-g', group, '--from', 'earliest', '-e', ...restored, ...args))
      expect(linesOf(run)).toHaveLength(200)
      expect(await committed(group, topic)).toEqual(expected)
    }
  )
})

describe('while it follows', () => {
  test.each([
    ['auto:200ms', ['--commit', 'auto:200ms']],
    ['checkpoint', ['--commit', 'checkpoint', '--checkpoint-interval', '200ms', '--checkpoint']],
    ['the checkpoint, which is the default with one', ['--checkpoint-interval', '200ms', '--checkpoint']]
  ])('%s commits again and again', async (_, args) => {
    const [own, group] = [await createTopic(), uniqueName('group')]
    await write(own, values(0, 5))
    const restored = args.at(-1) === '--checkpoint' ? [file()] : []
    const consumer = new Consumer([own, '-g', group, '--from', 'earliest', ...args, ...restored])
    for (const total of [5, 8, 11]) {
      await consumer.wrote(total)
      await until(async () => (await committedTotal(group, own)) === total)
      await write(own, values(0, 3, total))
    }
    await consumer.stop()
  })

  test('exit commits at the end alone, none never', async () => {
    const [exit, none] = [uniqueName('group'), uniqueName('group')]
    const consumers = [
      new Consumer([topic, '-g', exit, '--from', 'earliest', '--commit', 'exit']),
      new Consumer([topic, '-g', none, '--from', 'earliest', '--commit', 'none', '--checkpoint', file()])
    ]
    for (const consumer of consumers) await consumer.wrote(200)
    expect(await committed(exit, topic)).toEqual({})
    expect(await Promise.all(consumers.map((consumer) => consumer.stop()))).toEqual([130, 130])
    expect(await committed(exit, topic)).toEqual(all)
    expect(await committed(none, topic)).toEqual({})
  })
})

describe('what was written is committed, and nothing more', () => {
  test.each([[[]], [['--assign']]])('-n 7 commits exactly 7, run after run %p', async (assign) => {
    const group = uniqueName('group')
    const seen: string[] = []
    for (let run = 1; run <= 4; run++) {
      const args = [topic, '-g', group, '--reset', 'earliest', '-n', '7', '-f', '%p:%o\\n', ...assign]
      const lines = linesOf(succeeded(await consume(...args)))
      expect(lines).toHaveLength(7)
      seen.push(...lines)
      expect(await committedTotal(group, topic)).toBe(7 * run)
    }
    expect(new Set(seen).size).toBe(28)
    const rest = linesOf(succeeded(await consume(topic, '-g', group, '-e', '-f', '%p:%o\\n', ...assign)))
    expect(rest).toHaveLength(172)
    expect(new Set([...seen, ...rest]).size).toBe(200)
    expect(await committed(group, topic)).toEqual(all)
  })

  test('--until commits the end that was asked for', async () => {
    const group = uniqueName('group')
    succeeded(await consume(topic, '-g', group, '--from', 'earliest', '--until', '0:5,1:0,2:50,3:7'))
    // An end of 0 is reached before anything is read: the position there is the start.
    expect(await committed(group, topic)).toEqual({ 0: 5, 1: 0, 2: 50, 3: 7 })
  })

  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ])('%s', async (signal, code) => {
    const [large, group] = [await largeTopic(), uniqueName('group')]
    const consumer = new Consumer([large, '-g', group, '--from', 'earliest'])
    await consumer.wrote(1)
    expect(await consumer.stop(signal)).toBe(code)
    expect(consumer.stderr).toBe('')
    expect(consumer.stdout.endsWith('\n')).toBe(true)
    expect(await committedTotal(group, large)).toBe(consumer.lines.length)
    expect((await describeGroup(group)).members).toEqual([])
  })

  test.each([[[]], [['-e']], [['--checkpoint', 'positions', '--checkpoint-interval', '50ms']]])(
    'a reader that leaves %p',
    async (args) => {
      const [large, group] = [await largeTopic(), uniqueName('group')]
      const script = `sluice consume ${large} -g ${group} --from earliest ${args.join(' ')} | head -3`
      const folder = new Workdir()
      const run = await bash(script, { env, cwd: folder.path })
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(linesOf(run)).toHaveLength(3)
      // It left the group, and what a pipe holds is all that it may have thought written.
      expect((await describeGroup(group)).members).toEqual([])
      expect((await committedTotal(group, large)) * RECORD).toBeLessThan(256 << 10)
    }
  )

  test.each([[''], ['--assign']])('a disk that is full %p', async (assign) => {
    const group = uniqueName('group')
    const run = await bash(`sluice consume ${topic} -g ${group} ${assign} --from earliest -e > /dev/full`, { env })
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^sluice: .*no space left.*\n$/)
    expect(await committedTotal(group, topic)).toBe(0)
    expect((await describeGroup(group)).members).toEqual([])
  })

  test('nor is more committed when it is killed, its reader slow or quick', async () => {
    const large = await largeTopic()
    for (const slow of [true, false, true, false]) {
      const group = uniqueName('group')
      const child = startSluice(['consume', large, '-g', group, '--from', 'earliest', '--commit', 'auto:20ms'], { env })
      const text: Buffer[] = []
      const read = (): unknown => child.stdout!.on('data', (chunk: Buffer) => text.push(chunk))
      // The pipe of a slow one is full after a moment.
      if (!slow) read()
      // What a full pipe does not take is not written, so there is no more than the start to commit.
      await until(async () => Object.values(await committed(group, large)).some((offset) => slow || offset > 0))
      child.kill('SIGKILL')
      if (slow) read()
      await once(child, 'close')
      const lines = Buffer.concat(text).toString().split('\n').length - 1
      expect(await committedTotal(group, large)).toBeLessThanOrEqual(lines)
    }
  })

  /** Bytes of a line of a large topic. */
  const RECORD = 100
  let made: Promise<string> | undefined

  /** 100,000 lines of 100 bytes in two partitions. */
  function largeTopic(): Promise<string> {
    return (made ??= (async () => {
      const large = await createTopic({ partitions: 2, name: 'large' })
      const input = Array.from({ length: 100_000 }, (_, i) => `${`${i}`.padEnd(RECORD - 1, 'x')}\n`).join('')
      succeeded(await sluice(['produce', large, '--partitioner', 'round-robin'], { env, input }))
      return large
    })())
  }
})

describe('a position that was resolved is committed though nothing was read from it', () => {
  test.each<[string, Record<string, number>]>([
    ['latest', all],
    ['@4102444800000', all]
  ])('--from %s', async (from, expected) => {
    const group = uniqueName('group')
    const run = succeeded(await consume(topic, '-g', group, '--from', from, '-e'))
    expect(run.stdout).toBe('')
    expect(await committed(group, topic)).toEqual(expected)
  })

  test('--reset, for a partition without a commit', async () => {
    const group = uniqueName('group')
    await commit(group, topic, { 0: 50, 1: 48 })
    const run = succeeded(await consume(topic, '-g', group, '--reset', 'latest', '-e', '-f', '%p:%o\\n'))
    expect(run.stdout).toBe('1:48\n1:49\n')
    expect(await committed(group, topic)).toEqual(all)
  })
})

describe('offsets without a record are passed over, so that no lag stays', () => {
  test('the marker at the end of a transaction; an open one is waited for', async () => {
    const [own, group] = [await createTopic(), uniqueName('group')]
    const args = [own, '-g', group, '--reset', 'earliest', '-e', '-f', '%o\\n']
    await writeTransaction(own, [{ value: 'a' }, { value: 'b' }], 'commit')
    expect(succeeded(await consume(...args)).stdout).toBe('0\n1\n')
    expect(await committed(group, own)).toEqual({ 0: 3 })
    await writeTransaction(own, [{ value: 'c' }], 'abort')
    expect(succeeded(await consume(...args)).stdout).toBe('')
    expect(await committed(group, own)).toEqual({ 0: 5 })
    await write(own, [{ value: 'd' }])
    await writeTransaction(own, [{ value: 'e' }], 'leave open')
    expect(succeeded(await consume(...args)).stdout).toBe('5\n')
    expect(await committed(group, own)).toEqual({ 0: 6 })
  })

  test('records that were deleted, all of them', async () => {
    const [own, group] = [await createTopic(), uniqueName('group')]
    await write(own, values(0, 5))
    await deleteRecordsBefore(own, 0, 5)
    expect(succeeded(await consume(own, '-g', group, '--reset', 'earliest', '-e')).stdout).toBe('')
    expect(await committed(group, own)).toEqual({ 0: 5 })
  })
})

describe('a commit that is refused', () => {
  test('is a notice, and the run goes on', async () => {
    const [other, group] = [await createTopic(), uniqueName('group')]
    // While the group has a member, nobody else may commit for it.
    const member = new Consumer([other, '-g', group])
    await settled(group, 1)
    const run = await consume(topic, '-g', group, '--assign', '--from', 'earliest', '-e', '--commit', 'auto:100ms')
    expect(run.code).toBe(0)
    expect(linesOf(run)).toHaveLength(200)
    expect(run.stderr).toMatch(new RegExp(`^sluice: .*commit.*${group}`, 'm'))
    expect(await committed(group, topic)).toEqual({})
    await member.stop()
  })
})

describe('wrong usage, said before anything is touched', () => {
  test.each([
    ['--commit', 'auto'],
    ['--commit', 'exit'],
    ['--from', 'group'],
    ['-g', 'g', '--commit', 'sometimes'],
    ['-g', 'g', '--commit', 'auto:0'],
    ['-g', ''],
    ['--subtask', '0'],
    ['--parallelism', '2', '--subtask', '2'],
    ['--checkpoint-interval', '1s'],
    ['--checkpoint', 'f', '--checkpoint-interval', '0'],
    ['--until', 'watermark:soon'],
    ['--until', 'watermark:5', '-e'],
    ['--event-time', 'ts']
  ])('%p %p %p %p', async (...args) => {
    const run = await sluice(['consume', topic, '-b', '127.0.0.1:1', ...args.filter((arg) => arg !== undefined)])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/^sluice: .+\n$/)
  })
})
