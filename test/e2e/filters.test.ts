// Records of one key, and records whose value matches: which are given, what is read for them, and that whatever is
// passed over counts as read.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { addPartitions, bootstrap, createTopic, kcat, testWithKcat, uniqueName } from '../support/broker.js'
import { type Message, readAll, write } from '../support/client.js'
import { Consumer } from '../support/long-runs.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const run = (...args: string[]): Promise<Result> => sluice(args, { env })
const consume = (...args: string[]): Promise<Result> => run('consume', ...args)
const outputOf = async (...args: string[]): Promise<string> => succeeded(await consume(...args, '-e')).stdout
/** Lag by group and partition, where it is not 0. */
const lagOf = async (group: string): Promise<string[]> =>
  succeeded(await run('lag', group, '--by', 'partition', '--format', 'csv'))
    .stdout.split('\n')
    .slice(1, -1)
    .map((line) => line.split(','))
    .filter((columns) => columns[6] !== '0')
    .map((columns) => `${columns[2]}: ${columns[6]}`)

/** Values 0 to 99, with the keys k0 to k9 in turn, where Java's partitioner puts them. */
const keyed = (count = 100, first = 0): Message[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${(first + i) % 10}`, value: `${first + i}` }))

describe('--key', () => {
  test('only its records, only from its partition, of each topic by its own partitions', async () => {
    const [few, many] = [await createTopic({ partitions: 3 }), await createTopic({ partitions: 7 })]
    await write(few, keyed())
    await write(many, keyed())
    const { stdout, stderr } = succeeded(await consume(few, many, '-k', 'k7', '-e', '-v', '-f', '%t %k %s\n'))
    const lines = [few, many].flatMap((topic) => Array.from({ length: 10 }, (_, i) => `${topic} k7 ${i * 10 + 7}`))
    expect(stdout.split('\n').slice(0, -1).sort()).toEqual(lines.sort())
    expect(/ready (.*)/.exec(stderr)![1]!.split(',')).toHaveLength(2)
    expect(await outputOf(many, '--key', 'none')).toBe('')
  })

  test('of other types, as --key-as says; what is none is refused', async () => {
    const topic = await createTopic({ partitions: 5 })
    const int64 = Buffer.from([0, 0, 0, 0, 0, 0, 0, 42])
    await write(topic, [
      { key: int64, value: 'number' },
      { key: '42', value: 'text' },
      { key: '', value: 'empty' },
      { key: null, value: 'null' }
    ])
    expect(await outputOf(topic, '--key', '42', '--key-as', 'int64')).toBe('number\n')
    expect(await outputOf(topic, '--key', '000000000000002a', '--key-as', 'hex')).toBe('number\n')
    expect(await outputOf(topic, '--key', '42')).toBe('text\n')
    expect(await outputOf(topic, '--key', '')).toBe('empty\n')
    const refused = await consume(topic, '--key', 'x', '--key-as', 'int64', '-e', '-b', '127.0.0.1:1')
    expect(refused).toMatchObject({ code: 2, stderr: 'sluice: --key is not int64: "x": check --key-as\n' })
  })

  testWithKcat('of a partition that is named, where another program placed it', async () => {
    const topic = await createTopic({ partitions: 4 })
    await kcat(['-P', '-t', topic, '-p', '3', '-K', ':'], { input: 'a:1\nb:2\na:3\n' })
    expect(await outputOf(topic, '--key', 'a', '-p', '2,3')).toBe('1\n3\n')
  })

  test('with a group: not joined, its partition alone is committed, and to its end', async () => {
    const topic = await createTopic({ partitions: 3 })
    await write(topic, keyed())
    const group = uniqueName('group')
    const first = await outputOf(topic, '--key', 'k3', '-g', group, '--from', 'earliest')
    expect(first.split('\n')).toHaveLength(11)
    // Of two partitions nothing was read; of the third all is, whatever its last record's key.
    expect(await lagOf(group)).toHaveLength(2)
    await write(topic, keyed())
    expect((await outputOf(topic, '--key', 'k3', '-g', group)).split('\n')).toHaveLength(11)
  })

  test('partitions added later: the new one is read, and the old one, also after a restart', async () => {
    const topic = await createTopic()
    await write(topic, keyed())
    const kept = ['--checkpoint', new Workdir().join('positions')]
    const key = ['--key', 'k1', '--discover', '300ms', '-v', '-f', '%p:%s\n']
    const consumer = new Consumer([topic, ...key, ...kept])
    await consumer.wrote(10)
    await addPartitions(topic, 6)
    await consumer.said(/found/)
    await write(topic, keyed(100, 100))
    // One that does not know of the new partitions yet.
    await write(topic, [{ partition: 0, key: 'k1', value: 'late' }])
    await consumer.wrote(21)
    await consumer.stop()
    const [where] = /\d+(?=:101)/.exec(consumer.stdout)!
    expect(where).not.toBe('0')
    expect(consumer.lines.filter((line) => line.startsWith('0:'))).toHaveLength(11)
    await write(topic, [...keyed(10, 200), { partition: 0, key: 'k1', value: 'later' }])
    const rest = await outputOf(topic, ...key, ...kept)
    expect(rest.split('\n').sort()).toEqual(['', '0:later', `${where}:201`].sort())
  })
})

describe('--grep', () => {
  test('values that match, by bytes; null matches nothing', async () => {
    const topic = await createTopic()
    const binary = Buffer.from([0, 0xff, 0xfe, 1])
    await write(topic, [
      { key: 'error', value: 'fine' },
      { key: 'a', value: 'an error' },
      { key: 'b', value: 'ERROR' },
      { key: 'error', value: null },
      { key: 'c', value: 'ein Schlüssel' },
      { key: 'd', value: binary },
      { key: 'e', value: '' }
    ])
    const keys = async (pattern: string): Promise<string> => outputOf(topic, '--grep', pattern, '-f', '%k ')
    expect(await keys('error')).toBe('a ')
    expect(await keys('(?i)error')).toBe('a b ')
    expect(await keys('Schl.ssel|^ERR')).toBe('b c ')
    expect(await keys('\\xff\\xfe')).toBe('d ')
    expect(await keys('^$')).toBe('e ')
    expect(await keys('')).toBe('error a b c d e ')
    const refused = await consume(topic, '--grep', '(', '-b', '127.0.0.1:1')
    const stderr = "sluice: --grep '(' is no regular expression: Unterminated group\n"
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr })
  })

  test('-n counts what is given, commits what is passed over', async () => {
    const topic = await createTopic()
    await write(topic, keyed())
    const group = uniqueName('group')
    const some = ['-g', group, '--from', 'group', '--reset', 'earliest', '--grep', '5$']
    expect(succeeded(await consume(topic, ...some, '-n', '3')).stdout).toBe('5\n15\n25\n')
    expect(await lagOf(group)).toEqual(['0: 74'])
    expect(await outputOf(topic, ...some, '--key', 'k5')).toBe('35\n45\n55\n65\n75\n85\n95\n')
    expect(await lagOf(group)).toEqual([])
  })

  test('an end counts what is passed over, and so does a checkpoint', async () => {
    const topic = await createTopic()
    await write(topic, keyed())
    const positions = new Workdir().join('positions')
    const kept = ['--checkpoint', positions, '--grep', '^.?3$']
    expect(succeeded(await consume(topic, '--until', '50', ...kept)).stdout).toBe('3\n13\n23\n33\n43\n')
    expect(JSON.parse(readFileSync(positions, 'utf8'))).toMatchObject({ positions: [{ offset: 50 }] })
    expect(await outputOf(topic, ...kept)).toBe('53\n63\n73\n83\n93\n')
    expect(await outputOf(topic, ...kept)).toBe('')
  })

  test('event time is that of all records, given or not', async () => {
    const topic = await createTopic()
    const at = (time: number, value: string): Message => ({ value, timestamp: `${time}` })
    await write(topic, [at(100, 'x'), at(500, 'y'), at(600, 'x'), at(2000, 'y'), at(700, 'x'), at(2001, 'x')])
    const end = ['--until', 'watermark:1000', '--grep', 'x']
    expect(succeeded(await consume(topic, ...end)).stdout).toBe('x\nx\n')
  })
})

describe('in a pipe', () => {
  test('between topics, batches are opened, and what is left keeps its place', async () => {
    const [from, to] = [await createTopic({ partitions: 3 }), await createTopic({ partitions: 3 })]
    await write(from, keyed())
    succeeded(await run('pipe', `kafka:${from}?key=k4&grep=%5E%5B1-5%5D.&exit`, `kafka:${to}`))
    const copied = await readAll(to)
    expect(copied.map(({ key, value }) => `${key} ${value}`)).toEqual(['k4 14', 'k4 24', 'k4 34', 'k4 44', 'k4 54'])
    const before = (await readAll(from)).find(({ key }) => key === 'k4')!
    expect(new Set(copied.map(({ partition }) => partition))).toEqual(new Set([before.partition]))
  })

  test('several subtasks', async () => {
    const from = await createTopic({ partitions: 3 })
    await write(from, keyed())
    const args = ['--parallelism', '2']
    const some = succeeded(await run('pipe', `kafka:${from}?grep=7&exit`, '-', ...args)).stdout
    expect(some.split('\n').length - 1).toBe(19)
    const one = succeeded(await run('pipe', `kafka:${from}?key=k4&exit`, '-', ...args))
    expect(one.stdout.split('\n').length - 1).toBe(10)
    expect(one.stderr).toBe('sluice: 1 of 2 subtasks have nothing to read\n')
  })
})
