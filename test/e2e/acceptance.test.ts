// The acceptance cases that need no group, under the numbers of the connectors' semantics they come from: what a user
// of Flink's Kafka connectors expects of the same words.
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { type Message, deleteRecordsBefore, write } from '../support/client.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })

async function outputOf(...args: string[]): Promise<string[]> {
  const { stdout } = succeeded(await consume(...args))
  return stdout === '' ? [] : stdout.trimEnd().split('\n')
}

/** Values `from` to `to` - 1, with their number as the timestamp in seconds. */
function values(partition: number, from: number, to: number): Message[] {
  return Array.from({ length: to - from }, (_, i) => ({
    ...{ partition, value: `${from + i}`, timestamp: `${(from + i) * 1000}` }
  }))
}

/** Offsets by partition, in the order in which they came. */
async function offsets(...args: string[]): Promise<Record<string, number[]>> {
  const got: Record<string, number[]> = {}
  for (const line of await outputOf(...args, '-f', '%p %o\n')) {
    const [partition, offset] = line.split(' ') as [string, string]
    ;(got[partition] ??= []).push(Number(offset))
  }
  return got
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

test('1. from earliest, whatever --reset says: all of each partition, in order', async () => {
  const topic = await createTopic({ partitions: 3 })
  await write(
    topic,
    [0, 1, 2].flatMap((partition) => values(partition, 0, 50))
  )
  const all = range(0, 50)
  expect(await offsets(topic, '--from', 'earliest', '--reset', 'latest', '--until', 'end')).toEqual({
    0: all,
    1: all,
    2: all
  })
})

test('3. from a time: everything since, and nothing before', async () => {
  const topic = await createTopic({ partitions: 4 })
  const partitions = [0, 1, 2, 3]
  const between = (first: number, last: number, timestamp: number): Message[] =>
    partitions.flatMap((partition) =>
      values(partition, first, last).map((message) => ({ ...message, timestamp: `${timestamp}` }))
    )
  const [t1, t2] = [1_700_000_000_000, 1_700_000_050_000]
  await write(topic, between(0, 50, t1))
  await write(topic, between(50, 80, t2))
  const expected = (from: number): unknown =>
    Object.fromEntries(partitions.map((partition) => [partition, range(from, 80)]))
  expect(await offsets(topic, '--from', `@${t1}`, '-e')).toEqual(expected(0))
  expect(await offsets(topic, '--from', `@${t2}`, '-e')).toEqual(expected(50))
})

test('5. two topics whose beginnings were deleted', async () => {
  const topics = await Promise.all([1, 2].map(() => createTopic({ partitions: 10 })))
  for (const topic of topics) {
    await write(
      topic,
      range(0, 10).flatMap((partition) => values(partition, 0, 10))
    )
    for (const partition of range(1, 10)) await deleteRecordsBefore(topic, partition, partition)
  }
  const lines = await outputOf(...topics, '--from', 'earliest', '--until', 'end', '-f', '%t %p %o %s\n')
  expect(lines).toHaveLength(110)
  expect(lines.reduce((sum, line) => sum + Number(line.split(' ')[3]), 0)).toBe(660)
  for (const topic of topics) {
    for (const partition of range(0, 10)) {
      const got = lines
        .filter((line) => line.startsWith(`${topic} ${partition} `))
        .map((line) => Number(line.split(' ')[2]))
      expect(got).toEqual(range(partition, 10))
    }
  }
})

test('6. an end at an offset or a time is exclusive', async () => {
  const topic = await createTopic()
  await write(
    topic,
    [0, 3, 7].map((timestamp, i) => ({ value: `${i}`, timestamp: `${timestamp}` }))
  )
  expect(await offsets(topic, '--until', '0:2')).toEqual({ 0: [0, 1] })
  expect(await offsets(topic, '--until', '@5')).toEqual({ 0: [0, 1] })
})

test('9. a pattern is the whole name; an unknown topic or partition is an error', async () => {
  const id = uniqueName()
  const [topic, patternTopic] = await Promise.all(
    [`${id}-topic1`, `pattern-${id}`].map((name) => createTopic({ name, partitions: 10 }))
  )
  for (const name of [topic!, patternTopic!]) {
    await write(
      name,
      range(0, 10).flatMap((partition) => values(partition, 0, 1))
    )
  }
  const lines = await outputOf('--topic-pattern', `pattern-${id}.*`, '-e', '-f', '%t %p\n')
  expect(lines.sort()).toEqual(range(0, 10).map((partition) => `${patternTopic} ${partition}`))
  expect(await consume(topic!, 'removed', '-e')).toMatchObject({ code: 1, stdout: '' })
  const beyond = await consume(topic!, '-p', '2147483647')
  expect(beyond).toMatchObject({ code: 1, stdout: '' })
  expect(beyond.stderr).toContain('does not exist')
})

describe('14. partitions', () => {
  test.each([
    [4, 1, { 0: 4 }],
    [2, 5, { 0: 1, 1: 1 }],
    [3, 2, { 0: 2, 1: 1 }]
  ])('fixed: %i sinks on %i partitions', async (sinks, partitions, expected) => {
    const topic = await createTopic({ partitions })
    for (const subtask of range(0, sinks)) {
      const fixed = ['--partitioner', 'fixed', '--parallelism', `${sinks}`, '--subtask', `${subtask}`]
      succeeded(await sluice(['produce', topic, ...fixed, '--elements', 'v'], { env }))
    }
    const ends = await withAdmin((admin) => admin.fetchTopicOffsets(topic))
    const filled = ends.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, Number(high)])
    expect(Object.fromEntries(filled)).toEqual(expected)
  })

  test('default: the Java client’s', async () => {
    const topic = await createTopic({ partitions: 10 })
    succeeded(await sluice(['produce', topic, '-K', ':'], { env, input: 'foobar:v\nabc:v\n21:v\n' }))
    expect((await outputOf(topic, '-e', '-f', '%k %p\n')).sort()).toEqual(['21 0', 'abc 7', 'foobar 6'])
  })
})

describe('16. formats and edges', () => {
  test('keys and values that are JSON are embedded as JSON', async () => {
    const topic = await createTopic()
    await write(topic, [{ key: '{"index":4}', value: '{"word":"world"}' }])
    const [line] = await outputOf(topic, '-e', '--format', 'envelope', '--key-as', 'json', '--value-as', 'json')
    expect(JSON.parse(line!)).toMatchObject({ key: { index: 4 }, value: { word: 'world' } })
  })

  test('300 tombstones are 300 nulls, and stay so on the way back', async () => {
    const [topic, copy] = [await createTopic(), await createTopic()]
    await write(
      topic,
      range(0, 300).map((i) => ({ key: `${i}`, value: null }))
    )
    const lines = await outputOf(topic, '-e', '--format', 'envelope')
    expect(lines.map((line) => (JSON.parse(line) as { value: unknown }).value)).toEqual(Array(300).fill(null))
    succeeded(await sluice(['produce', copy, '--format', 'envelope'], { env, input: `${lines.join('\n')}\n` }))
    expect(await outputOf(copy, '-e', '-f', '%k %S\n')).toEqual(range(0, 300).map((i) => `${i} -1`))
  })

  test('an end before the 300th is 299 lines', async () => {
    const topic = await createTopic()
    await write(topic, values(0, 1, 301))
    expect(await outputOf(topic, '--until', '299')).toEqual(range(1, 300).map(String))
    expect(await outputOf(topic, '-n', '299')).toHaveLength(299)
  })

  test('one corrupt record of three is skipped when that is asked for', async () => {
    const topic = await createTopic()
    await write(
      topic,
      ['{"a":1}', 'corrupt', '{"a":3}'].map((value) => ({ value }))
    )
    const run = await consume(topic, '-e', '--value-as', 'json', '--on-error', 'skip')
    expect(run).toMatchObject({ code: 0, stdout: '{"a":1}\n{"a":3}\n' })
    expect(await consume(topic, '-e', '--value-as', 'json')).toMatchObject({ code: 1, stdout: '{"a":1}\n' })
  })
})
