// Writing: what becomes a record, where it goes, and what is said when it cannot.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, kafkaTool, testWithKcat, kcat, uniqueName, withAdmin } from '../support/broker.js'
import { finished, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const folder = mkdtempSync(join(tmpdir(), 'sluice-produce-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Envelope {
  partition: number
  offset: number
  timestamp: number
  headers: [string, string | null][]
  key: string | null
  value: string | null
}

async function produce(topic: string, args: string[], input?: string | Buffer): Promise<void> {
  succeeded(await sluice(['produce', topic, ...args], input === undefined ? { env } : { env, input }))
}

async function read(topic: string, ...args: string[]): Promise<Envelope[]> {
  const { stdout } = succeeded(await sluice(['consume', topic, '-e', '--format', 'envelope', ...args], { env }))
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Envelope)
}

const valuesOf = (records: Envelope[]): (string | null)[] => records.map(({ value }) => value)

describe('lines', () => {
  test('an empty line is a record, and so is a last line without a newline', async () => {
    const topic = await createTopic()
    await produce(topic, [], 'a\n\nb\nlast')
    expect(valuesOf(await read(topic))).toEqual(['a', '', 'b', 'last'])
  })

  test('-K splits at the first delimiter; without it the key is null; -Z makes empty values tombstones', async () => {
    const topic = await createTopic()
    await produce(topic, ['-K', '::', '-Z', '-k', 'fixed', '-H', 'h=1', '-H', 'h=2'], 'k::v::w\nno key\n::x\nk::\n')
    const headers = [
      ['h', '1'],
      ['h', '2']
    ]
    expect(await read(topic)).toMatchObject([
      { key: 'k', value: 'v::w', headers },
      { key: 'fixed', value: 'no key', headers },
      { key: '', value: 'x', headers },
      { key: 'k', value: null, headers }
    ])
  })

  test('any bytes come back exactly', async () => {
    const topic = await createTopic()
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256))
    await produce(topic, ['-D', ''], bytes)
    await produce(topic, ['-0'], Buffer.from('a\nb\0c\0'))
    const { bytes: back } = succeeded(await sluice(['consume', topic, '-e', '-D', ''], { env }))
    expect(back.equals(Buffer.concat([bytes, Buffer.from('a\nbc')]))).toBe(true)
  })

  test('a slow input is passed on line by line, before its end', async () => {
    const topic = await createTopic()
    const reader = startSluice(['consume', topic], { env })
    const writer = startSluice(['produce', topic], { env })
    for (const line of ['one', 'two']) {
      writer.stdin!.write(`${line}\n`)
      await waitFor(reader.stdout, new RegExp(`^${line}\n`))
    }
    succeeded(await finished(writer))
    const closed = once(reader, 'close')
    reader.kill('SIGTERM')
    expect(await closed).toEqual([143, null])
  })
})

describe('other input', () => {
  test('--elements and --sequence', async () => {
    const topic = await createTopic()
    await produce(topic, ['--elements', 'a', 'b c', ''])
    await produce(topic, ['--sequence', '3:1'])
    expect(valuesOf(await read(topic))).toEqual(['a', 'b c', '', '3', '2', '1'])
  })

  test('JSON with the fields of key and timestamp', async () => {
    const topic = await createTopic()
    const line = '{"user":{"id":7},"at":"2024-03-01T12:00:00Z"}'
    await produce(topic, ['--format', 'jsonl', '--key-field', 'user.id', '--timestamp-field', 'at'], `${line}\n`)
    expect(await read(topic)).toMatchObject([{ key: '7', value: line, timestamp: Date.parse('2024-03-01T12:00:00Z') }])
  })

  test('a line that is no JSON is named, and what was sent before it is said', async () => {
    const topic = await createTopic()
    const file = join(folder, 'bad.jsonl')
    writeFileSync(file, '{"a":1}\n{"a":2}\noops\n{"a":3}\n')
    const { code, stderr } = await sluice(['produce', topic, '--format', 'jsonl', file], { env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sluice: .*bad\.jsonl:3: [^\n]*2 records sent before it\n$/)
    expect(valuesOf(await read(topic))).toEqual(['{"a":1}', '{"a":2}'])
  })

  test('a file that is not there is named', async () => {
    const topic = await createTopic()
    const { code, stderr } = await sluice(['produce', topic, join(folder, 'nothing')], { env })
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 })
    expect(stderr).toMatch(/cannot read .*nothing: no such file/)
  })
})

describe('acceptance case 14: partitioners', () => {
  const partitionsOf = async (topic: string): Promise<number[]> =>
    [...new Set((await read(topic)).map(({ partition }) => partition))].sort((a, b) => a - b)

  test.each([
    [4, 1, [0, 0, 0, 0]],
    [2, 5, [0, 1]],
    [3, 2, [0, 1, 0]]
  ])('fixed: %i sinks on %i partitions', async (sinks, partitions, expected) => {
    for (let subtask = 0; subtask < sinks; subtask++) {
      const topic = await createTopic({ partitions })
      const share = ['--partitioner', 'fixed', '--parallelism', `${sinks}`, '--subtask', `${subtask}`]
      await produce(topic, ['-K', ':', ...share], 'foobar:1\nabc:2\n21:3\n')
      expect(await partitionsOf(topic)).toEqual([expected[subtask]])
    }
  })

  test('default: keys go where Java’s console producer puts them', async () => {
    const [topic, javas] = [await createTopic({ partitions: 10 }), await createTopic({ partitions: 10 })]
    const keys = ['foobar', 'abc', '21', 'k1', '', ...Array.from({ length: 40 }, (_, i) => `key-${i * 37}`)]
    const input = keys.map((key) => `${key}:v\n`).join('')
    await produce(topic, ['-K', ':'], input)
    const options = ['--bootstrap-server', bootstrap, '--topic', javas]
    const properties = ['--property', 'parse.key=true', '--property', 'key.separator=:']
    succeeded(await kafkaTool('org.apache.kafka.tools.ConsoleProducer', [...options, ...properties], { input }))
    const places = async (name: string): Promise<Map<string | null, number>> =>
      new Map((await read(name)).map(({ key, partition }) => [key, partition]))
    const ours = await places(topic)
    expect(ours).toEqual(await places(javas))
    expect([ours.get('foobar'), ours.get('abc'), ours.get('21')]).toEqual([6, 7, 0])
  })

  test('round-robin, a number, and a field', async () => {
    const topic = await createTopic({ partitions: 3 })
    await produce(topic, ['--partitioner', 'round-robin', '--sequence', '1:9'])
    const perPartition = (await read(topic)).map(({ partition }) => partition).sort()
    expect(perPartition).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2])
    const one = await createTopic({ partitions: 10 })
    await produce(one, ['--partitioner', '4', '--elements', 'x'])
    expect(await partitionsOf(one)).toEqual([4])
    const field = await createTopic({ partitions: 10 })
    await produce(field, ['--format', 'jsonl', '--partitioner', 'field:user'], '{"user":"foobar"}\n{"user":"abc"}\n')
    expect(await partitionsOf(field)).toEqual([6, 7])
  })

  test('records without a key are spread evenly when they are many', async () => {
    const topic = await createTopic({ partitions: 4 })
    const input = `${'x'.repeat(99)}\n`.repeat(400_000)
    await produce(topic, [], input)
    const counts = (await withAdmin((admin) => admin.fetchTopicOffsets(topic))).map(({ offset }) => Number(offset))
    expect(counts.reduce((sum, count) => sum + count)).toBe(400_000)
    expect(Math.min(...counts)).toBeGreaterThan(50_000)
  })

  test('a partition that does not exist is an error', async () => {
    const topic = await createTopic({ partitions: 2 })
    const { code, stderr } = await sluice(['produce', topic, '-p', '2', '--elements', 'a'], { env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/partition 2 of topic .* does not exist/)
  })
})

describe('topics', () => {
  test('an unknown one is an error, and is not created', async () => {
    const topic = uniqueName()
    const { code, stderr } = await sluice(['produce', topic, '--elements', 'a'], { env })
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 })
    expect(await withAdmin((admin) => admin.listTopics())).not.toContain(topic)
  })

  test('--create-topic=N creates it', async () => {
    const topic = uniqueName()
    await produce(topic, ['--create-topic=3', '--elements', 'a'])
    expect(await withAdmin((admin) => admin.fetchTopicOffsets(topic))).toHaveLength(3)
  })

  test('a record that is too large is named, and what stands before it is written', async () => {
    const topic = await createTopic({ config: { 'max.message.bytes': '10000' } })
    const input = `small\n${'x'.repeat(20_000)}\nafter\n`
    const { code, stderr } = await sluice(['produce', topic], { env, input })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /standard input:2: a record of 20000 bytes is too large .* 10000.*1 records? .* before it\n$/
    )
    expect(valuesOf(await read(topic))).toEqual(['small'])
  })

  test('the broker’s clock wins under log-append time', async () => {
    const topic = await createTopic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
    const before = Date.now()
    await produce(topic, ['--format', 'jsonl', '--timestamp-field', 't'], '{"t":1000}\n')
    const [record] = await read(topic)
    expect(record!.timestamp).toBeGreaterThanOrEqual(before - 1000)
  })
})

describe('acknowledgements', () => {
  test.each([
    ['--acks', '1'],
    ['--acks', '0'],
    ['--delivery', 'none']
  ])('%s %s writes every record', async (...how) => {
    const topic = await createTopic()
    await produce(topic, [...how, '--sequence', '1:20000'])
    expect(await read(topic)).toHaveLength(20_000)
  })
})

describe('compression', () => {
  const text = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'abc'.repeat(i % 30)}`)

  test.each(['gzip', 'snappy', 'lz4', 'zstd', 'zstd:9'])('%s is read back here and by Java', async (codec) => {
    const topic = await createTopic()
    await produce(topic, ['-z', codec], text.join('\n'))
    expect(valuesOf(await read(topic))).toEqual(text)
    const options = ['--bootstrap-server', bootstrap, '--topic', topic, '--from-beginning', '--max-messages', '3000']
    const java = await kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', options)
    expect(java.stdout.trimEnd().split('\n')).toEqual(text)
  })

  testWithKcat('all codecs are read by kcat', async () => {
    const topic = await createTopic()
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) await produce(topic, ['-z', codec], `${text.join('\n')}\n`)
    const { stdout } = succeeded(await kcat(['-C', '-t', topic, '-e', '-q']))
    expect(stdout.trimEnd().split('\n')).toEqual([...text, ...text, ...text, ...text])
  })
})

test('--rate holds back', async () => {
  const topic = await createTopic()
  const start = performance.now()
  await produce(topic, ['--rate', '100/s', '--sequence', '1:60'])
  expect(performance.now() - start).toBeGreaterThan(500)
  expect(await read(topic)).toHaveLength(60)
})

test.each([
  [['--elements', 'a', '--sequence', '1:2']],
  [['--partitioner', 'nonsense']],
  [['--sequence', '1-2']],
  [['--compression', 'brotli']],
  [['--delivery', 'none', '--acks', 'all']],
  [['-p', '1', '--partitioner', 'keep']]
])('wrong usage %j is told in one line, before anything is touched', async (args) => {
  const { code, stderr } = await sluice(['produce', 'no-such-topic', ...args], { env })
  expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 1 })
})
