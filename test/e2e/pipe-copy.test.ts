// From topic to topic: what is kept, which batches go through as they are, and what makes them be opened.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { partitionForKey } from '../../src/kafka/partitioner.js'
import { freePorts } from '../support/ports.js'
import { bootstrap, createTopic, testWithKcat, kcat, uniqueName, withAdmin } from '../support/broker.js'
import { type Message, readAll, write, writeTransaction } from '../support/client.js'
import { committed } from '../support/groups.js'
import { storedBatches } from '../support/log-files.js'
import { until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const pipe = (...args: string[]): Promise<Result> => sluice(['pipe', ...args], { env })
const NOON = 1_709_294_400_000

/** Copies a topic, which may have nothing to say. */
async function copy(from: string, to: string, said = ''): Promise<void> {
  expect(succeeded(await pipe(from, to)).stderr).toBe(said)
}

/** Everything in a topic but its name, by partition and offset. */
async function envelopes(topic: string, server = bootstrap): Promise<string[]> {
  const run = await sluice(['consume', topic, '-e', '--format', 'envelope', '-b', server])
  const lines = succeeded(run).stdout.split('\n').slice(0, -1)
  return lines.map((line) => line.replace(`"topic":"${topic}",`, '')).sort()
}

/** The values of a topic, by partition and offset. */
async function valuesOf(topic: string): Promise<(string | null)[]> {
  return (await readAll(topic)).map(({ value }) => value)
}

function numbers(count: number, partition = 0, first = 0): Message[] {
  return Array.from({ length: count }, (_, i) => ({ partition, value: `${first + i}`, timestamp: `${NOON + i}` }))
}

describe('a copy is the topic', () => {
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  const record = (i: number): string =>
    JSON.stringify({
      ...{ partition: i % 3, timestamp: NOON + i * 7 - (i % 5) * 1000 },
      headers: i % 4 === 0 ? [['trace', `${i}`], ['none', null], ['trace', '']] : [], // prettier-ignore
      ...(i % 6 === 5 ? { key_base64: '//79AA==' } : { key: i % 3 === 1 ? null : `key ${i}` }),
      value: i % 7 === 6 ? null : `${i} ${'sluice '.repeat(i % 30)}`
    })
  let topic: string

  beforeAll(async () => {
    topic = await createTopic({ partitions: 3 })
    for (const [i, codec] of codecs.entries()) {
      const input = Array.from({ length: 60 }, (_, j) => `${record(i * 60 + j)}\n`).join('')
      const args = ['produce', topic, '--format', 'envelope', '--partitioner', 'keep', '-z', codec]
      succeeded(await sluice(args, { env, input }))
    }
  })

  test('record by record, batch by batch', async () => {
    const copied = await createTopic({ partitions: 3 })
    await copy(`kafka:${topic}?exit`, `kafka:${copied}`)
    const expected = await envelopes(topic)
    expect(expected).toHaveLength(300)
    expect(await envelopes(copied)).toEqual(expected)
    const batches = storedBatches(topic)
    expect(new Set(batches.map(({ codec }) => codec))).toEqual(new Set(codecs))
    expect(storedBatches(copied)).toEqual(batches)
  })

  test('also where the other one has more partitions, or other brokers acknowledge', async () => {
    const copied = await createTopic({ partitions: 4 })
    await copy(`kafka:${topic}?exit`, `kafka:${copied}?acks=1`)
    expect(await envelopes(copied)).toEqual(await envelopes(topic))
    expect(storedBatches(copied)).toEqual(storedBatches(topic))
  })

  test('with fewer partitions records go by their keys, which is said', async () => {
    const copied = await createTopic({ partitions: 2 })
    const notice = `sluice: topic "${copied}" has 2 partitions, the source 3: records go by their key\n`
    await copy(`kafka:${topic}?exit`, `kafka:${copied}`, notice)
    const withoutPlace = (list: string[]): string[] =>
      list.map((line) => line.replace(/"offset":\d+,|"partition":\d,/g, ''))
    expect(withoutPlace(await envelopes(copied)).sort()).toEqual(withoutPlace(await envelopes(topic)).sort())
    const read = (await envelopes(copied)).map((line) => JSON.parse(line) as { key?: string | null; partition: number })
    const keyed = read.filter(({ key }) => key?.startsWith('key '))
    const wrong = keyed.filter(({ key, partition }) => {
      const bytes = Buffer.from(key!)
      return partitionForKey(bytes, 0, bytes.length, 2) !== partition
    })
    expect(keyed.length).toBeGreaterThan(100)
    expect(wrong).toEqual([])
  })

  test.each([
    ['partitioner=default', (list: string[]): string[] => list],
    ['partition=1', (list: string[]): string[] => list],
    ['compression=lz4', (list: string[]): string[] => list],
    ['batch-bytes=16k', (list: string[]): string[] => list],
    ['key=k', (list: string[]): string[] => list.map((line) => line.replace('"key":null', '"key":"k"'))],
    [
      'header=h=1',
      (list: string[]): string[] =>
        list.map((line) => line.replace(/("headers":\[.*?)\],"key/, '$1,["h","1"]],"key').replace('[,', '['))
    ]
  ])('%s opens the batches', async (option, change) => {
    const copied = await createTopic({ partitions: 3 })
    await copy(`kafka:${topic}?exit`, `kafka:${copied}?${option}`)
    const place = /"offset":\d+,|"partition":\d,/g
    const plain = (list: string[]): string[] => list.map((line) => line.replace(place, '')).sort()
    expect(plain(await envelopes(copied))).toEqual(plain(change(await envelopes(topic))))
    const batches = storedBatches(copied)
    // Each record is in a batch that is compressed as its batch was, unless something else is asked for.
    const expected = option === 'compression=lz4' ? ['lz4'] : codecs
    expect(new Set(batches.map(({ codec }) => codec))).toEqual(new Set(expected))
    if (option === 'partition=1') expect(new Set(batches.map(({ partition }) => partition))).toEqual(new Set([1]))
  })

  test('into a topic that is made for it', async () => {
    const copied = uniqueName('made')
    await copy(`kafka:${topic}?exit`, `kafka:${copied}?create-topic=3`)
    expect(await envelopes(copied)).toEqual(await envelopes(topic))
  })

  testWithKcat('as kcat sees it', async () => {
    const copied = await createTopic({ partitions: 3 })
    await copy(`kafka:${topic}?exit`, `kafka:${copied}`)
    const args = ['-C', '-e', '-q', '-f', '%p %o %T %K %k %S %s %h\n', '-t']
    const seen = async (name: string): Promise<string[]> => (await kcat([...args, name])).stdout.split('\n').sort()
    expect(await seen(copied)).toEqual(await seen(topic))
  })
})

describe('a part of a topic', () => {
  let topic: string

  beforeAll(async () => {
    topic = await createTopic({ partitions: 2 })
    // Three batches of a hundred in each partition.
    for (const first of [0, 100, 200]) await write(topic, [...numbers(100, 0, first), ...numbers(100, 1, first)])
  })

  test.each([
    ['from=50&exit', 50, 300, [50, 100, 100]],
    ['from=100&exit', 100, 300, [100, 100]],
    ['until=0:250,1:250', 0, 250, [100, 100, 50]],
    ['from=30&until=0:40,1:40', 30, 40, [10]],
    ['from=-150&until=200', 150, 200, [50]]
  ])('%s', async (range, first, last, sizes) => {
    const copied = await createTopic({ partitions: 2 })
    await copy(`kafka:${topic}?${range}`, `kafka:${copied}`)
    const expected = Array.from({ length: last - first }, (_, i) => `${first + i}`)
    expect(await valuesOf(copied)).toEqual([...expected, ...expected])
    const inFirst = storedBatches(copied).filter(({ partition }) => partition === 0)
    expect(inFirst.map(({ records }) => records)).toEqual(sizes)
  })

  test('so many records', async () => {
    const copied = await createTopic({ partitions: 2 })
    await copy(`kafka:${topic}?max=130&partition=1`, `kafka:${copied}`)
    const messages = await readAll(copied)
    expect(messages.map(({ value }) => value)).toEqual(Array.from({ length: 130 }, (_, i) => `${i}`))
    expect(new Set(messages.map(({ partition }) => partition))).toEqual(new Set([1]))
  })

  test('what was copied is committed, no more', async () => {
    const [copied, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    const source = `kafka:${topic}?group=${group}&assign&reset=earliest&partition=0`
    await copy(`${source}&max=130`, `kafka:${copied}`)
    expect(await committed(group, topic)).toEqual({ 0: 130 })
    await copy(`${source}&exit`, `kafka:${copied}`)
    expect(await committed(group, topic)).toEqual({ 0: 300 })
    expect(await valuesOf(copied)).toEqual(Array.from({ length: 300 }, (_, i) => `${i}`))
  })
})

test('of transactions what was committed comes through, without their marks', async () => {
  const topic = await createTopic()
  await write(topic, numbers(5))
  await writeTransaction(topic, numbers(5, 0, 100), 'abort')
  await writeTransaction(topic, numbers(5, 0, 5), 'commit')
  await write(topic, numbers(5, 0, 10))
  const [read, all] = [await createTopic(), await createTopic()]
  await copy(`kafka:${topic}?exit`, `kafka:${read}`)
  expect(await valuesOf(read)).toEqual(numbers(15).map(({ value }) => value))
  await copy(`kafka:${topic}?exit&isolation=uncommitted`, `kafka:${all}`)
  const values = [...numbers(5), ...numbers(5, 0, 100), ...numbers(10, 0, 5)].map(({ value }) => value)
  expect(await valuesOf(all)).toEqual(values)
  expect(storedBatches(topic).map(({ transactional }) => transactional)).toContain(true)
  for (const copied of [read, all]) {
    expect(storedBatches(copied).map(({ transactional }) => transactional)).not.toContain(true)
  }
})

test('log-append time becomes the time of the records', async () => {
  const topic = await createTopic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
  await write(topic, numbers(3))
  const copied = await createTopic()
  await copy(`kafka:${topic}?exit`, `kafka:${copied}`)
  expect(await envelopes(copied)).toEqual(await envelopes(topic))
})

describe('a topic that takes less', () => {
  test('has its batches made anew', async () => {
    const topic = await createTopic()
    await write(
      topic,
      Array.from({ length: 500 }, (_, i) => ({ value: `${i}`.padEnd(400, '.') }))
    )
    expect(storedBatches(topic)).toHaveLength(1)
    const copied = await createTopic({ config: { 'max.message.bytes': '20000' } })
    await copy(`kafka:${topic}?exit`, `kafka:${copied}`)
    expect(await envelopes(copied)).toEqual(await envelopes(topic))
    expect(storedBatches(copied).length).toBeGreaterThan(10)
  })

  const values = ['a', 'b', 'x'.repeat(30_000), 'c']

  test('a record that is too large is named, and nothing is committed beyond it', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, values.map((value) => ({ value }))) // prettier-ignore
    const copied = await createTopic({ config: { 'max.message.bytes': '20000' } })
    const source = `kafka:${topic}?group=${group}&assign&reset=earliest&exit`
    const result = await pipe(source, `kafka:${copied}`, '-q')
    expect(result).toMatchObject({
      code: 1,
      stderr: `sluice: ${topic} [0] at offset 2: a record of 30000 bytes is too large for topic "${copied}": its max.message.bytes is 20000; 2 records sent before it\n`
    })
    expect(await committed(group, topic)).toEqual({ 0: 2 })
    expect(await valuesOf(copied)).toEqual(['a', 'b'])
    // Given up, it is passed.
    const rest = succeeded(await pipe(source, `kafka:${copied}?log-failures-only`))
    expect(rest.stderr).toMatch(/1 record lost: \S+ \[0\] at offset 2: a record of 30000 bytes is too large/)
    expect(await committed(group, topic)).toEqual({ 0: 4 })
    expect(await valuesOf(copied)).toEqual(['a', 'b', 'c'])
  })
})

test('a record that has no partition to go to is not committed', async () => {
  const [topic, group, copied] = [await createTopic(), uniqueName('group'), await createTopic()]
  await write(topic, [{ value: '{"user":1}' }, { value: '{"user":' }, { value: '{"user":2}' }])
  const source = `kafka:${topic}?group=${group}&assign&reset=earliest&exit`
  const result = await pipe(source, `kafka:${copied}?partitioner=field:user`, '-q')
  expect(result.code).toBe(1)
  expect(result.stderr).toMatch(/^sluice: \S+ \[0\] at offset 1: the value is/)
  expect(await committed(group, topic)).toEqual({ 0: 1 })
})

describe('between two clusters', () => {
  let other: OwnBrokers
  let server: string

  beforeAll(async () => {
    const [port] = await freePorts(1)
    other = await startOwnBrokers(port!, 1, ['log.cleaner.backoff.ms=100', 'auto.create.topics.enable=true'])
    server = `127.0.0.1:${port}`
  }, 90_000)

  afterAll(() => other?.stop(), 60_000)

  test('there and back', async () => {
    const topic = await createTopic({ partitions: 2 })
    await write(topic, [...numbers(500), ...numbers(500, 1)])
    const [there, back] = [await createTopic({ partitions: 2, server }), await createTopic({ partitions: 2 })]
    await copy(`kafka:${topic}?exit`, `kafka://${server}/${there}`)
    expect(await envelopes(there, server)).toEqual(await envelopes(topic))
    await copy(`kafka://${server}/${there}?exit`, `kafka:${back}`)
    expect(await envelopes(back)).toEqual(await envelopes(topic))
    expect(storedBatches(there, other.folder)).toEqual(storedBatches(topic))
  })

  test('one that makes topics by itself is not made to: by no command', async () => {
    const commands = [
      ['consume', 'mistyped', '-e'],
      ['produce', 'mistyped', '--elements', 'a'],
      ['pipe', 'kafka:mistyped?exit', '-'],
      ['pipe', 'elements:a', 'kafka:mistyped'],
      ['offsets', 'show', 'mistyped'],
      ['offsets', 'reset', 'group', '--topic', 'mistyped', '--to', 'earliest', '--execute'],
      ['lag', '--topic', 'mistyped']
    ]
    const runs = await Promise.all(commands.map((args) => sluice([...args, '-b', server])))
    for (const { code, stdout, stderr } of runs) {
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/topic "mistyped" does not exist.*\n$/)])
    }
    expect(await withAdmin((admin) => admin.listTopics(), server)).not.toContain('mistyped')
  })

  test('what compaction has left', async () => {
    const config = {
      ...{ 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' },
      ...{ 'max.compaction.lag.ms': '100', 'delete.retention.ms': '600000' }
    }
    const topic = await createTopic({ server, config })
    const keyed = (round: number): Message[] =>
      Array.from({ length: 100 }, (_, i) => ({ key: `${i % (50 + round * 10)}`, value: i % 9 ? `${round}` : null }))
    for (const round of [0, 1, 2]) await write(topic, keyed(round), server)
    // The last segment is not compacted: another one begins.
    const isCompacted = async (): Promise<boolean> => {
      await write(topic, [{ key: 'last', value: 'one' }], server)
      return (await envelopes(topic, server)).length < 150
    }
    await until(isCompacted)
    const copied = await createTopic()
    const end = await withAdmin((admin) => admin.fetchTopicOffsets(topic), server)
    await copy(`kafka://${server}/${topic}?until=${end[0]!.offset}`, `kafka:${copied}`)
    // Of the last one some may have gone meanwhile.
    const plain = (list: string[]): string[] =>
      list.filter((line) => !line.includes('"last"')).map((line) => line.replace(/"offset":\d+,/, ''))
    const expected = plain(await envelopes(topic, server)).sort()
    expect(expected).toHaveLength(70)
    expect(plain(await envelopes(copied)).sort()).toEqual(expected)
    const offsets = (await readAll(copied)).map(({ offset }) => Number(offset))
    expect(offsets).toEqual(offsets.map((_, i) => i))
  })
})
