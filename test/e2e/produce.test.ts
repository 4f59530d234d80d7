// Writing: which records come to be, in which partition, and what is said of those that do not.
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, kafkaTool, uniqueName, withAdmin } from '../support/broker.js'
import { type ReadMessage, readAll } from '../support/client.js'
import { type Result, type RunOptions, bash, sluice, startSluice, succeeded } from '../support/sluice.js'
import { aheadAtMost } from '../support/versions.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const silence = { code: 0, stdout: '', stderr: '' }

function produce(topic: string, args: string[], input: string, options: RunOptions = {}): Promise<Result> {
  return sluice(['produce', topic, ...args], { env, input, ...options })
}

/** Key and value of each record, by partition. */
async function pairs(topic: string): Promise<[string | null, string | null][]> {
  return (await readAll(topic)).map(({ key, value }) => [key, value])
}

/** Which values are in which partition. */
async function placed(topic: string): Promise<Record<number, string[]>> {
  const values: Record<number, string[]> = {}
  for (const { partition, value } of await readAll(topic)) (values[partition] ??= []).push(value!)
  return values
}

/** How many records each partition has. */
async function counts(topic: string): Promise<number[]> {
  const offsets = await withAdmin((admin) => admin.fetchTopicOffsets(topic))
  return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high))
}

const total = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0)

describe('a record', () => {
  test('is a line, also an empty one and a last one without its end', async () => {
    const topic = await createTopic()
    expect(await produce(topic, [], 'a\n\nb\r\nlast')).toEqual(silence)
    expect(await pairs(topic)).toEqual(['a', '', 'b\r', 'last'].map((value) => [null, value]))
  })

  test('of no input there is none', async () => {
    const topic = await createTopic()
    expect(await produce(topic, [], '')).toEqual(silence)
    expect(await counts(topic)).toEqual([0])
  })

  test('has a key before the key delimiter, and none where that is missing', async () => {
    const topic = await createTopic()
    succeeded(await produce(topic, ['-K', '::', '-Z'], 'k1::v1\nno key\n::empty key\nk2::\nk3::a::b\n:\n\n'))
    expect(await pairs(topic)).toEqual([
      ['k1', 'v1'],
      [null, 'no key'],
      ['', 'empty key'],
      ['k2', null],
      ['k3', 'a::b'],
      [null, ':'],
      [null, null]
    ])
  })

  test('ends at any delimiter: several bytes, NUL, none', async () => {
    const topic = await createTopic()
    succeeded(await produce(topic, ['-D', '||'], 'a|b||c\nd||'))
    succeeded(await produce(topic, ['-0'], 'e\nf\0g\0'))
    succeeded(await produce(topic, ['-D', ''], 'h\ni\n'))
    expect((await pairs(topic)).map(([, value]) => value)).toEqual(['a|b', 'c\nd', 'e\nf', 'g', 'h\ni\n'])
  })

  test('comes from files, one after the other, standard input among them', async () => {
    const topic = await createTopic()
    const workdir = new Workdir()
    workdir.write('one', '1a\n1b')
    workdir.write('two', '2a\n')
    succeeded(await produce(topic, ['one', '-', 'two'], 'in\n', { cwd: workdir.path }))
    expect((await pairs(topic)).map(([, value]) => value)).toEqual(['1a', '1b', 'in', '2a'])
  })

  test('comes from the command line', async () => {
    const topic = await createTopic()
    succeeded(await produce(topic, ['--elements', 'a', 'b b', '', 'ä'], 'not this'))
    succeeded(await produce(topic, ['--sequence', '9:11'], 'not this'))
    succeeded(await produce(topic, ['--sequence', '1:-1', '-k', 'key'], ''))
    expect(await pairs(topic)).toEqual([
      ...['a', 'b b', '', 'ä', '9', '10', '11'].map((value) => [null, value]),
      ...['1', '0', '-1'].map((value) => ['key', value])
    ])
  })

  test('gets the key and headers that are fixed, its own first', async () => {
    const topic = await createTopic()
    succeeded(await produce(topic, ['-K', ':', '-k', 'fixed', '-H', 'h=1', '-H', 'e=', '-H', 'url=a=b'], 'own:1\n2\n'))
    const messages = await readAll(topic)
    const headers = { h: Buffer.from('1'), e: Buffer.from(''), url: Buffer.from('a=b') }
    expect(messages.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual([
      { key: 'own', value: '1', headers },
      { key: 'fixed', value: '2', headers }
    ])
  })

  test('is stamped with the time at which it is written, by the broker where the topic says so', async () => {
    const byClient = await createTopic()
    const byBroker = await createTopic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
    const envelope = '{"timestamp":1000,"key":null,"value":"old","headers":[]}\n{"key":null,"value":"new"}\n'
    const before = Date.now()
    for (const topic of [byClient, byBroker]) succeeded(await produce(topic, ['--format', 'envelope'], envelope))
    const after = Date.now()
    const isNow = (text: string): boolean => Number(text) >= before && Number(text) <= after
    const shown = async (topic: string): Promise<string[]> => {
      const run = await sluice(['consume', topic, '-e', '-f', '%T '], { env })
      return succeeded(run).stdout.trim().split(' ')
    }
    const times = await shown(byClient)
    expect([times[0], isNow(times[1]!)]).toEqual(['1000', true])
    expect((await shown(byBroker)).map(isNow)).toEqual([true, true])
  })
})

describe('the partition', () => {
  test('of a key is that of the Java client', async () => {
    const topic = await createTopic({ partitions: 10 })
    succeeded(await produce(topic, ['-K', ':'], 'foobar:a\nabc:b\n21:c\nfoobar:d\n'))
    expect(await placed(topic)).toEqual({ 0: ['c'], 6: ['a', 'd'], 7: ['b'] })
  })

  test('may be in turn, fixed by subtask, given, or that of a field', async () => {
    const topics = await Promise.all([1, 2, 3, 4, 5, 6].map(() => createTopic({ partitions: 10 })))
    const [turn, fixed, fixedOver, number, flag, field] = topics as [string, string, string, string, string, string]
    const lines = 'foobar:a\nabc:b\n21:c\n'
    succeeded(await produce(turn, ['-K', ':', '--partitioner', 'round-robin'], lines.repeat(4)))
    expect(await counts(turn)).toEqual([2, 2, 1, 1, 1, 1, 1, 1, 1, 1])
    const subtask = (number: string): string[] => ['--partitioner', 'fixed', '--parallelism', '13', '--subtask', number]
    succeeded(await produce(fixed, ['-K', ':', ...subtask('3')], lines))
    expect(await placed(fixed)).toEqual({ 3: ['a', 'b', 'c'] })
    succeeded(await produce(fixedOver, ['-K', ':', ...subtask('12')], lines))
    expect(await placed(fixedOver)).toEqual({ 2: ['a', 'b', 'c'] })
    succeeded(await produce(number, ['-K', ':', '--partitioner', '9'], lines))
    expect(await placed(number)).toEqual({ 9: ['a', 'b', 'c'] })
    succeeded(await produce(flag, ['-K', ':', '-p', '4'], lines))
    expect(await placed(flag)).toEqual({ 4: ['a', 'b', 'c'] })
    const json = ['{"user":{"id":"foobar"}}', '{"user":{"id":21}}']
    const byField = ['--format', 'jsonl', '--partitioner', 'field:user.id']
    succeeded(await produce(field, byField, `${json.join('\n')}\n`))
    expect(await placed(field)).toEqual({ 0: [json[1]], 6: [json[0]] })
  })

  test('without a key is balanced', async () => {
    const topic = await createTopic({ partitions: 4 })
    const line = `${'x'.repeat(99)}\n`
    succeeded(await produce(topic, [], line.repeat(400_000)))
    const got = await counts(topic)
    expect(total(got)).toBe(400_000)
    for (const count of got) expect(count).toBeGreaterThan(20_000)
  })

  test('that does not exist is an error', async () => {
    const topic = await createTopic({ partitions: 2 })
    for (const args of [
      ['-p', '2'],
      ['--partitioner', '2']
    ]) {
      expect(await produce(topic, args, 'a\n')).toEqual({
        ...{ code: 1, stdout: '' },
        stderr: `sluice: partition 2 of topic "${topic}" does not exist: it has partitions 0 to 1\n`
      })
    }
    const keep = await produce(
      topic,
      ['--format', 'envelope', '--partitioner', 'keep'],
      '{"partition":1,"value":"a"}\n{"partition":5,"value":"b"}\n'
    )
    expect(keep.code).toBe(1)
    expect(keep.stderr).toMatch(/^sluice: standard input:2: the topic has no partition 5, .*1 record sent before it\n$/)
    expect(await counts(topic)).toEqual([0, 1])
  })
})

describe('the topic', () => {
  test('that does not exist is an error at once, with the nearest name, and is not created', async () => {
    const topic = await createTopic({ name: 'existing' })
    const wrong = topic.replace('existing', 'exsting')
    expect(await produce(wrong, [], 'a\n')).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: `sluice: topic "${wrong}" does not exist: did you mean "${topic}"?\n`
    })
    expect(await withAdmin((admin) => admin.listTopics())).not.toContain(wrong)
  })

  test('is created when that is asked for, unless it exists', async () => {
    const [three, byDefault] = [uniqueName('created'), uniqueName('created')]
    expect(await produce(three, ['--create-topic=3'], 'a\n')).toEqual(silence)
    expect(await produce(three, ['--create-topic=7'], 'b\n')).toEqual(silence)
    expect(await counts(three)).toHaveLength(3)
    expect(total(await counts(three))).toBe(2)
    expect(await produce(byDefault, ['--create-topic'], 'a\n')).toEqual(silence)
    expect(await counts(byDefault)).toEqual([1])
  })

  test('is not created by a command that makes no sense', async () => {
    const topic = uniqueName('never')
    const run = await produce(topic, ['--create-topic', '--format', 'csv', '-K', ':'], 'a,b\n')
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(/^sluice: --key-delimiter does not go with --format csv: .*\n$/)
    expect(await withAdmin((admin) => admin.listTopics())).not.toContain(topic)
  })
})

describe('what cannot be written', () => {
  test('is named by its file and line, and what was sent before it is said', async () => {
    const topic = await createTopic()
    const workdir = new Workdir()
    workdir.write('good.jsonl', '{"a":1}\n{"a":2}\n')
    workdir.write('bad.jsonl', '{"a":3}\n{"a":\n{"a":5}\n')
    const run = await produce(topic, ['--format', 'jsonl', 'good.jsonl', 'bad.jsonl'], '', { cwd: workdir.path })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(/^sluice: bad.jsonl:2: the line is not JSON .*; 3 records sent before it\n$/)
    expect((await pairs(topic)).map(([, value]) => value)).toEqual(['{"a":1}', '{"a":2}', '{"a":3}'])
    const nothing = await produce(topic, ['--format', 'jsonl'], 'x\n')
    expect(nothing.stderr).toMatch(/^sluice: standard input:1: .*; nothing was sent before it\n$/)
    const missing = await produce(topic, ['missing'], '', { cwd: workdir.path })
    expect(missing).toMatchObject({
      code: 1,
      stderr: 'sluice: cannot read missing: no such file: nothing was sent before it\n'
    })
  })

  test('a record that is too large for the topic', async () => {
    const topic = await createTopic({ config: { 'max.message.bytes': '2000' } })
    const input = `fits\n${'y'.repeat(1800)}\n${'x'.repeat(2000)}\nafter\n`
    const run = await produce(topic, [], input)
    expect(run).toEqual({
      ...{ code: 1, stdout: '' },
      stderr:
        `sluice: standard input:3: a record of 2000 bytes is too large for topic "${topic}": ` +
        'its max.message.bytes is 2000; 2 records sent before it\n'
    })
    expect(await counts(topic)).toEqual([2])
    const goOn = await produce(topic, ['--log-failures-only'], input)
    expect(goOn).toMatchObject({ code: 0, stdout: '' })
    expect(goOn.stderr).toMatch(/^sluice: 1 record lost: standard input:3: a record of 2000 bytes is too large .*\n$/)
    expect(await counts(topic)).toEqual([5])
  })

  test('what the broker refuses', async () => {
    const topic = await createTopic({ partitions: 2, config: aheadAtMost(3_600_000n) })
    const now = Date.now()
    const line = (partition: number, timestamp: number): string =>
      `{"partition":${partition},"timestamp":${timestamp},"value":"v"}\n`
    const args = ['--format', 'envelope', '--partitioner', 'keep', '--batch-bytes', '150']
    const input = line(0, now) + line(1, 4e12) + line(0, now)
    const run = await produce(topic, args, input)
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(
      new RegExp(`^sluice: topic "${topic}" partition 1: .*INVALID_TIMESTAMP.* sent before it\n$`)
    )
    const goOn = await produce(topic, [...args, '--log-failures-only', '--verbose'], input)
    expect(goOn).toMatchObject({ code: 0, stdout: '' })
    expect(goOn.stderr).toMatch(new RegExp(`\nsluice: 1 record lost: topic "${topic}" partition 1: .*\n`))
    expect(goOn.stderr).toContain(', 0 checkpoints, 0 skipped, 1 lost\n')
    expect((await counts(topic))[1]).toBe(0)
  })
})

describe('how it is sent', () => {
  test.each([
    ['--acks', '0'],
    ['--acks', '1'],
    ['--acks', 'all'],
    ['--delivery', 'none'],
    ['--linger', '0ms'],
    ['--batch-bytes', '1000']
  ])('%s %s: everything arrives', async (...flags) => {
    const topic = await createTopic({ partitions: 2 })
    const lines = Array.from({ length: 5000 }, (_, i) => `${i}`)
    expect(await produce(topic, flags, `${lines.join('\n')}\n`)).toEqual(silence)
    // Without acknowledgement it may arrive after the program's end.
    while (total(await counts(topic)) < 5000);
    const got = Object.values(await placed(topic)).flat()
    expect(got.sort((a, b) => Number(a) - Number(b))).toEqual(lines)
  })

  test('is idempotent unless less than all acknowledgements are asked for', async () => {
    const [safe, unsafe] = [await createTopic(), await createTopic()]
    succeeded(await produce(safe, [], 'a\n'))
    succeeded(await produce(unsafe, ['--acks', '1'], 'a\n'))
    const producers = async (topic: string): Promise<number> => (await producerIds(topic)).length
    expect([await producers(safe), await producers(unsafe)]).toEqual([1, 0])
  })

  /** The producer ids that a topic's first partition knows. */
  async function producerIds(topic: string): Promise<string[]> {
    const args = ['--bootstrap-server', bootstrap, 'describe-producers', '--topic', topic, '--partition', '0']
    const { stdout } = succeeded(await kafkaTool('org.apache.kafka.tools.TransactionsCommand', args))
    return stdout.trim().split('\n').slice(1)
  }

  test('--rate is a limit from the first record on', async () => {
    const topic = await createTopic()
    succeeded(await produce(topic, ['--rate', '100/s', '--sequence', '1:61'], ''))
    const times = (await readAll(topic)).map(({ timestamp }: ReadMessage) => Number(timestamp))
    expect(times).toHaveLength(61)
    const seconds = (times.at(-1)! - times[0]!) / 1000
    expect(seconds).toBeGreaterThan(0.54)
    expect(seconds).toBeLessThan(30)
  })

  test('goes out line by line while the input is slow, and goes round the partitions', async () => {
    const topic = await createTopic({ partitions: 3 })
    const child = startSluice(['produce', topic], { env })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    for (let lines = 1; lines <= 6; lines++) {
      child.stdin!.write(`line ${lines}\nhalf a`)
      while (total(await counts(topic)) < lines);
      child.stdin!.write(' line')
    }
    child.stdin!.end()
    expect(await ended).toBe(0)
    expect(total(await counts(topic))).toBe(7)
    expect(Math.min(...(await counts(topic)))).toBeGreaterThan(1)
  })

  const withTerminal = spawnSync('script', ['--version']).status === 0 ? test : test.skip
  withTerminal('progress is shown on a terminal, and nowhere else', async () => {
    const topic = await createTopic()
    const command = `sluice produce ${topic} --sequence 1:60 --rate 100`
    expect(await bash(`${command} --progress`, { env })).toEqual(silence)
    const inTerminal = (flags: string): string => `script -qec 'stty cols 80; ${command} ${flags}' /dev/null`
    const shown = async (flags: string, extra: Record<string, string>): Promise<string> =>
      succeeded(await bash(inTerminal(flags), { env: { ...env, TERM: 'xterm', ...extra } })).stdout
    expect(await shown('', {})).toMatch(/produce: \d+ records, 0\.0 MB in \d+s, \d+\/s, 0\.0 MB\/s/)
    expect(await shown('', { CI: 'true' })).toMatch(/produce: \d+ records, 0\.0 MB in \d+s, \d+\/s, 0\.0 MB\/s/)
    expect(await shown('', { TERM: 'dumb' })).toBe('')
    expect(await shown('--no-progress', {})).toBe('')
  })
})
