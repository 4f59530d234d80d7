// The same records in other clients' hands: what Java and kcat write is read exactly, and what sluice writes they read.
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, kafkaTool, kcat, testWithKcat, uniqueName } from '../support/broker.js'
import { ended } from '../support/exactly-once.js'
import { sluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const consoleProducer = 'org.apache.kafka.tools.ConsoleProducer'
const consoleConsumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'

async function outputOf(topic: string, ...args: string[]): Promise<string> {
  return succeeded(await sluice(['consume', topic, '-e', ...args], { env })).stdout
}

/** The lines of each partition, in order: `-f '%p %k …'` puts the partition first. */
function byPartition(text: string): Map<string, string[]> {
  return Map.groupBy(text.trimEnd().split('\n'), (line) => line.split(' ')[0]!)
}

/** `key:value`, enough for several batches; every key comes several times, values repeat enough to be compressed. */
const keyed = Array.from({ length: 20_000 }, (_, i) => `key ${i % 997}:value ${i} ä ${'abcdefgh'.repeat(i % 20)}`)

/** Else it drops what a busy broker takes longer than 1.5 s for. */
const patient = ['--request-timeout-ms', '60000']

describe('what the Java client writes', () => {
  test.each(codecs)('with %s is read exactly, and keys go where it puts them', async (codec) => {
    const [theirs, ours] = await Promise.all([1, 2].map(() => createTopic({ partitions: 10 })))
    const input = `${keyed.join('\n')}\n`
    const properties = ['parse.key=true', 'key.separator=:'].flatMap((property) => ['--property', property])
    const to = ['--bootstrap-server', bootstrap, '--topic', theirs!, '--compression-codec', codec]
    const args = [...to, ...patient, ...properties]
    const [java] = await Promise.all([
      kafkaTool(consoleProducer, args, { input }),
      sluice(['produce', ours!, '-K', ':', '-z', codec], { env, input }).then(succeeded)
    ])
    succeeded(java)
    const read = byPartition(await outputOf(theirs!, '-f', '%p %k:%s\n'))
    expect(read.size).toBe(10)
    expect(
      [...read.values()]
        .flat()
        .map((line) => line.slice(2))
        .sort()
    ).toEqual([...keyed].sort())
    // Partition by partition, and in the same order.
    expect(byPartition(await outputOf(ours!, '-f', '%p %k:%s\n'))).toEqual(read)
  })

  test('with headers, null keys and tombstones is read exactly', async () => {
    const topic = await createTopic()
    const properties = [
      'parse.key=true',
      'key.separator=|',
      'parse.headers=true',
      'headers.delimiter=|',
      'null.marker=NULL'
    ]
    const args = [
      '--bootstrap-server',
      bootstrap,
      '--topic',
      topic,
      ...patient,
      ...properties.flatMap((property) => ['--property', property])
    ]
    const input = 'a:1,b:2,a:3|key|value\nNULL|NULL|NULL\nh:|k|\n'
    succeeded(await kafkaTool(consoleProducer, args, { input }))
    expect(await outputOf(topic, '-f', '%K %k|%S %s|%h\n')).toBe('3 key|5 value|a=1,b=2,a=3\n-1 |-1 |\n1 k|0 |h=\n')
  })

  test('in transactions is read exactly, and its end is found', async () => {
    const topic = await createTopic({ partitions: 2 })
    const properties = [`bootstrap.servers=${bootstrap}`, 'compression.type=lz4', 'linger.ms=0']
    const size = ['--num-records', '3000', '--record-size', '100', '--throughput', '-1']
    const transactions = ['--transactional-id', uniqueName(), '--transaction-duration-ms', '20']
    const args = ['--topic', topic, ...size, ...transactions, '--producer-props', ...properties]
    succeeded(await kafkaTool('org.apache.kafka.tools.ProducerPerformance', args))
    await ended(topic)
    const lines = (await outputOf(topic, '-f', '%p %S\n')).trimEnd().split('\n')
    expect(lines).toHaveLength(3000)
    expect(lines.every((line) => line.endsWith(' 100'))).toBe(true)
  })
})

describe('what kcat writes', () => {
  testWithKcat.each(codecs)('with %s is read exactly', async (codec) => {
    const topic = await createTopic({ partitions: 2 })
    const input = `${keyed.join('\n')}\n`
    const properties = ['-X', 'compression.level=1', '-X', 'linger.ms=50', '-H', 'h=1']
    succeeded(await kcat(['-P', '-t', topic, '-K', ':', '-z', codec, ...properties], { input }))
    const lines = (await outputOf(topic, '-f', '%k:%s;%h\n')).trimEnd().split('\n')
    expect(lines.sort()).toEqual(keyed.map((line) => `${line};h=1`).sort())
  })
})

describe('what sluice writes', () => {
  const records = Array.from({ length: 5000 }, (_, i) => {
    const headers =
      i % 10 === 0
        ? [
            ['h', `${i}`],
            ['h', 'ä'],
            ['empty', '']
          ]
        : []
    const value = i % 7 === 0 ? null : `value ${i} ${'abc'.repeat(i % 50)}`
    return { partition: i % 3, timestamp: 1_700_000_000_000 + i, headers, key: i % 5 === 0 ? null : `key ${i}`, value }
  })
  const input = records.map((record) => `${JSON.stringify(record)}\n`).join('')

  async function written(codec: string, name?: string): Promise<string> {
    const topic = await createTopic({ partitions: 3, ...(name !== undefined && { name }) })
    const args = [
      'produce',
      topic,
      '--format',
      'envelope',
      '--partitioner',
      'keep',
      '-z',
      codec,
      '--batch-bytes',
      '100k'
    ]
    succeeded(await sluice(args, { env, input }))
    return topic
  }

  testWithKcat.each(codecs)('with %s kcat reads exactly', async (codec) => {
    const topic = await written(codec)
    const { stdout } = succeeded(await kcat(['-C', '-e', '-q', '-J', '-t', topic, '-X', 'check.crcs=true']))
    const got = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as KcatRecord)
    got.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    const expected = [0, 1, 2].flatMap((partition) => records.filter((record) => record.partition === partition))
    expect(
      got.map(({ partition, ts, headers = [], key, payload }) => ({ partition, ts, headers, key, payload }))
    ).toEqual(
      expected.map(({ timestamp, value, headers, ...rest }) => ({
        ...rest,
        ts: timestamp,
        payload: value,
        headers: headers.flat()
      }))
    )
  })

  interface KcatRecord {
    partition: number
    offset: number
    ts: number
    headers?: string[]
    key: string | null
    payload: string | null
  }

  test('the Java client reads exactly, with any codec', async () => {
    const prefix = uniqueName('codecs')
    for (const codec of codecs) await written(codec, `${prefix}-${codec}`)
    const shown = ['partition', 'offset', 'timestamp', 'headers', 'key', 'value'].map((part) => `print.${part}=true`)
    const properties = [...shown, 'null.literal=NULL'].flatMap((property) => ['--property', property])
    const count = records.length * codecs.length
    const end = ['--from-beginning', '--max-messages', `${count}`, '--timeout-ms', '20000']
    const args = ['--bootstrap-server', bootstrap, '--include', `${prefix}-.*`, ...end, ...properties]
    const { stdout } = succeeded(await kafkaTool(consoleConsumer, args))
    const next = [0, 0, 0]
    const expected = records.map(({ partition, timestamp, headers, key, value }) => {
      const list = headers.map(([name, value]) => `${name}:${value}`).join(',') || 'NO_HEADERS'
      const place = `Partition:${partition}\tOffset:${next[partition]!++}`
      return `CreateTime:${timestamp}\t${place}\t${list}\t${key ?? 'NULL'}\t${value ?? 'NULL'}`
    })
    const all = codecs.flatMap(() => expected)
    expect(stdout.trimEnd().split('\n').sort()).toEqual(all.sort())
  })
})
