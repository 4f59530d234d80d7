// The acceptance cases of groups, commits, checkpoints, discovery and watermarks, under the numbers of the connectors'
// semantics they come from: what a user of Flink's Kafka connectors expects of the same words.
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, createTopicNamed, uniqueName } from '../support/broker.js'
import { type Message, write } from '../support/client.js'
import { commit, committed, refuseCommits } from '../support/groups.js'
import { Consumer, until } from '../support/long-runs.js'
import { ranges, values } from '../support/reading.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const offsets = async (...args: string[]): Promise<string> =>
  ranges(succeeded(await consume(...args, '-f', '%t:%p:%o\\n')).stdout)

const workdir = new Workdir()
const file = (): string => workdir.join(uniqueName('checkpoint'))

/** 3×50: three partitions with the values 0 to 49. */
const threeByFifty = async (server = bootstrap): Promise<string> => {
  const topic = await createTopic({ partitions: 3, server })
  await write(
    topic,
    [0, 1, 2].flatMap((partition) => values(partition, 50)),
    server
  )
  return topic
}
const everything = { 0: 50, 1: 50, 2: 50 }

test('1. from earliest, whatever the group committed and --reset says', async () => {
  const [topic, group] = [await threeByFifty(), uniqueName('group')]
  await commit(group, topic, { 0: 23, 1: 31, 2: 43 })
  const from = ['--from', 'earliest', '--reset', 'latest', '--until', 'end']
  expect(await offsets(topic, '-g', group, ...from)).toBe('0:0-49 1:0-49 2:0-49')
  expect(await committed(group, topic)).toEqual(everything)
})

test.each([[[]], [['--assign']]])('2. from the group’s offsets, partition by partition %p', async (assign) => {
  const [topic, group] = [await threeByFifty(), uniqueName('group')]
  await commit(group, topic, { 0: 23, 2: 43 })
  const from = ['--from', 'group', '--reset', 'earliest', '-e', ...assign]
  expect(await offsets(topic, '-g', group, ...from)).toBe('0:23-49 1:0-49 2:43-49')
  expect(await committed(group, topic)).toEqual(everything)
})

describe('4. a group without commits', () => {
  let topic: string
  beforeAll(async () => {
    topic = await createTopic()
    await write(topic, values(0, 10))
  })

  test.each([[[]], [['--assign']]])('--reset none fails, naming topic and partition %p', async (assign) => {
    const group = uniqueName('group')
    const run = await consume(topic, '-g', group, '--from', 'group', '--reset', 'none', '-e', ...assign)
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(new RegExp(`^sluice: .*${topic}.* 0 .*\n$`))
    expect(await committed(group, topic)).toEqual({})
  })

  test.each([
    ['earliest', '0:0-9'],
    ['latest', '']
  ])('--reset %s', async (reset, expected) => {
    const group = uniqueName('group')
    const consumer = new Consumer([topic, '-g', group, '--from', 'group', '--reset', reset, '-v'])
    await consumer.said(/ready/)
    expect(consumer.stderr).toContain(`${topic}:0:${reset === 'earliest' ? 0 : 10}`)
    await consumer.stop()
    expect(await offsets(topic, '-g', uniqueName('group'), '--reset', reset, '-e')).toBe(expected)
  })
})

test('8. topics and partitions that a pattern finds while running are read from their beginning', async () => {
  const id = uniqueName()
  const [first, second, dynamic] = [`${id}-topic`, `${id}-pattern-topic`, `${id}-dynamic_topic`]
  for (const name of [first, second]) {
    await createTopicNamed(name, { partitions: 10 })
    await write(name, Array.from({ length: 10 }, (_, partition) => values(partition, 10)).flat())
  }
  const pattern = `${id}-(topic|pattern-topic|dynamic_topic)`
  const format = ['-f', '%t:%p:%o\\n']
  const consumer = new Consumer(['--topic-pattern', pattern, '--from', 'latest', '--discover', '1s', '-v', ...format])
  await consumer.said(/ready/)
  await createTopicNamed(dynamic, { partitions: 4 })
  await write(
    dynamic,
    [0, 1, 2, 3].flatMap((partition) => values(partition, 5))
  )
  await consumer.wrote(20)
  await consumer.stop()
  expect(consumer.lines.every((line) => line.startsWith(dynamic))).toBe(true)
  expect(ranges(consumer.stdout)).toBe('0:0-4 1:0-4 2:0-4 3:0-4')
})

test('10. offsets are committed with the checkpoints', async () => {
  const [topic, group] = [await threeByFifty(), uniqueName('group')]
  const checkpoint = ['--checkpoint', file(), '--checkpoint-interval', '200ms', '--commit', 'checkpoint']
  const consumer = new Consumer([topic, '-g', group, '--from', 'earliest', ...checkpoint])
  await until(async () => Object.keys(await committed(group, topic)).length === 3)
  await until(async () => Object.values(await committed(group, topic)).every((offset) => offset === 50))
  expect(await consumer.stop()).toBe(130)
})

describe('11. commits', () => {
  test('none', async () => {
    const [topic, group] = [await threeByFifty(), uniqueName('group')]
    const checkpoint = ['--checkpoint', file(), '--checkpoint-interval', '200ms', '--commit', 'none']
    expect(await offsets(topic, '-g', group, '--from', 'earliest', '-e', ...checkpoint)).toBe('0:0-49 1:0-49 2:0-49')
    expect(await committed(group, topic)).toEqual({})
  })

  test('by themselves, every second', async () => {
    const [topic, group] = [await threeByFifty(), uniqueName('group')]
    const consumer = new Consumer([topic, '-g', group, '--from', 'earliest', '--commit', 'auto:1s'])
    await until(async () => Object.values(await committed(group, topic)).join() === '50,50,50')
    await consumer.stop()
  })

  test('refused by the broker are counted and told, and the run goes on', async () => {
    const [topic, group] = [await threeByFifty(), uniqueName('group')]
    await refuseCommits(group)
    const args = [topic, '-g', group, '--assign', '--from', 'earliest', '--commit', 'auto:100ms']
    const bounded = await consume(...args, '-e', '-f', '%t:%p:%o\\n')
    expect(bounded.code).toBe(0)
    expect(ranges(bounded.stdout)).toBe('0:0-49 1:0-49 2:0-49')
    expect(bounded.stderr).toMatch(new RegExp(`^sluice: .*commit.*${group}`, 'm'))

    const consumer = new Consumer(args)
    await consumer.said(/commit/)
    await write(topic, values(0, 5, 50))
    await consumer.wrote(155)
    expect(await consumer.stop()).toBe(130)
    expect(await committed(group, topic)).toEqual({})
  })
})

describe('12. a checkpoint', () => {
  const format = ['-f', '%t:%p:%o\\n']
  let [k1, k2]: [string, string] = ['', '']
  beforeAll(async () => {
    ;[k1, k2] = [await createTopic({ name: 'k1' }), await createTopic({ name: 'k2' })]
    for (const topic of [k1, k2]) await write(topic, values(0, 10))
  })

  test('of a topic that is not read any more is let go, with a word', async () => {
    const checkpoint = ['--checkpoint', file()]
    succeeded(await consume(k1, k2, ...checkpoint, '--until', `${k1}:0:5,${k2}:0:5`))
    const run = succeeded(await consume(k1, ...checkpoint, '-e', ...format))
    expect(run.stdout).toBe([5, 6, 7, 8, 9].map((offset) => `${k1}:0:${offset}\n`).join(''))
    expect(run.stderr).toContain(k2)
  })

  test('without a topic reads that from its beginning; --from has no effect', async () => {
    const checkpoint = ['--checkpoint', file()]
    succeeded(await consume(k1, ...checkpoint, '--until', '0:5'))
    const { stdout } = succeeded(await consume(k1, k2, ...checkpoint, '--from', 'latest', '-e', ...format))
    expect(ranges(stdout.replaceAll(`${k1}:0`, 't:1').replaceAll(`${k2}:0`, 't:2'))).toBe('1:5-9 2:0-9')
  })
})

test('13. a silent partition does not hold the watermark back once it is idle', async () => {
  const topic = await createTopic({ partitions: 2 })
  await write(
    topic,
    [100, 200, 300].map((timestamp): Message => ({ partition: 0, value: `${timestamp}`, timestamp: `${timestamp}` }))
  )
  const args = [topic, '--until', 'watermark:250', '--max-out-of-orderness', '0']
  const patient = new Consumer(args)
  await patient.wrote(2)
  const run = succeeded(await consume(...args, '--idle-partition', '300ms'))
  expect(run.stdout.split('\n').slice(0, 2)).toEqual(['100', '200'])
  expect(patient.child.exitCode).toBeNull()
  // The other partition speaks: now event time has come to 250 in both.
  await write(topic, [{ partition: 1, value: 'late', timestamp: '350' }])
  expect(await patient.ended).toBe(0)
})

describe('16. a record that cannot be decoded', () => {
  test.each([[[]], [['--assign']]])('is skipped, and its offset committed %p', async (assign) => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(
      topic,
      ['{"a":1}', 'corrupt', '{"a":3}'].map((value) => ({ value }))
    )
    const args = ['-g', group, '--reset', 'earliest', '--value-as', 'json', '-e', ...assign]
    const failed = await consume(topic, ...args)
    expect(failed).toMatchObject({ code: 1, stdout: '{"a":1}\n' })
    // What was written is committed; the record itself is not passed over.
    expect(await committed(group, topic)).toEqual({ 0: 1 })
    expect(await consume(topic, ...args)).toMatchObject({ code: 1, stdout: '' })
    expect(await committed(group, topic)).toEqual({ 0: 1 })

    const skipping = await consume(topic, ...args, '--from', 'earliest', '--on-error', 'skip')
    expect(skipping).toMatchObject({ code: 0, stdout: '{"a":1}\n{"a":3}\n' })
    expect(await committed(group, topic)).toEqual({ 0: 3 })
  })

  test('at the very end is committed as well', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, [{ value: '{}' }, { value: 'corrupt' }])
    const args = ['-g', group, '--reset', 'earliest', '--value-as', 'json', '-e', '--on-error', 'skip']
    expect(succeeded(await consume(topic, ...args)).stdout).toBe('{}\n')
    expect(await committed(group, topic)).toEqual({ 0: 2 })
  })
})
