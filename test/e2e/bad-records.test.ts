// Records that cannot be parsed, decoded or written: left out and counted, or kept elsewhere as they are, with why; and
// nothing is committed past one that is kept nowhere.
import { existsSync } from 'node:fs'
import { afterAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { type Message, type ReadMessage, readAll, write } from '../support/client.js'
import { committed } from '../support/groups.js'
import { LongRun, until } from '../support/long-runs.js'
import { type Result, type RunOptions, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const folder = new Workdir()
const cwd = folder.path

const run = (args: string[], options: RunOptions = {}): Promise<Result> => sluice(args, { env, cwd, ...options })
const deadLetter = (sink: string): string[] => ['--on-error', `dead-letter:${sink}`]

/** The third is no JSON. */
async function topicWithBad(bad: Partial<Message> = {}): Promise<string> {
  const topic = await createTopic()
  const good = { value: '{"a":1}' }
  await write(topic, [good, good, { key: 'k', value: '{"a":', headers: { h: 'x' }, ...bad }, good])
  return topic
}

const headersOf = ({ headers }: ReadMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

interface Envelope {
  topic: string
  partition: number
  offset: number
  timestamp: number
  headers: [string, string][]
  key: string | null
  value: string
}
const envelopes = (name: string): Envelope[] =>
  folder
    .read(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope)

describe('of a topic', () => {
  test('go to a file as they are, with why, behind what is there already', async () => {
    const topic = await topicWithBad()
    const args = ['consume', topic, '-e', '--value-as', 'json', ...deadLetter('bad.jsonl')]
    for (const times of [1, 2]) {
      const { stdout, stderr } = succeeded(await run(args))
      expect(stdout).toBe('{"a":1}\n'.repeat(3))
      expect(stderr).toBe('sluice: 1 record to bad.jsonl\n')
      expect(envelopes('bad.jsonl')).toHaveLength(times)
    }
    const place = { topic, partition: 0, offset: 2 }
    const [letter] = envelopes('bad.jsonl')
    expect(letter).toMatchObject({ ...place, key: 'k', value: '{"a":' })
    expect(letter!.timestamp).toBe(Number((await readAll(topic))[2]!.timestamp))
    expect(letter!.headers).toEqual([
      ['h', 'x'],
      ['sluice.error', expect.stringMatching(`^the value of ${topic} \\[0\\] at offset 2 is not JSON`)],
      ...Object.entries(place).map(([name, value]) => [`sluice.${name}`, String(value)])
    ])
  })

  test('go to a topic, where those go that are too large as well, even if failures were only to be logged', async () => {
    const topic = await topicWithBad({ value: 'x'.repeat(30_000) })
    const [target, bad] = [await createTopic({ config: { 'max.message.bytes': '20000' } }), await createTopic()]
    const group = uniqueName('group')
    const source = `kafka:${topic}?group=${group}&assign&reset=earliest&exit`
    const letters = deadLetter(`kafka:${bad}?compression=gzip`)
    const { stderr } = succeeded(await run(['pipe', source, `kafka:${target}?log-failures-only`, ...letters]))
    expect(stderr).toBe(`sluice: 1 record to kafka:${bad}?compression=gzip\n`)
    expect(await readAll(target)).toHaveLength(3)
    expect(await committed(group, topic)).toEqual({ 0: 4 })
    const [letter, ...others] = await readAll(bad)
    expect(others).toEqual([])
    expect(letter).toMatchObject({ key: 'k', value: 'x'.repeat(30_000) })
    expect(headersOf(letter!)).toMatchObject({
      ...{ h: 'x', 'sluice.topic': topic, 'sluice.partition': '0', 'sluice.offset': '2' },
      'sluice.error': expect.stringContaining('at offset 2: a record of 30001 bytes is too large for topic')
    })
  })

  test('too large ones are skipped and counted, or only logged', async () => {
    const topic = await topicWithBad({ value: 'x'.repeat(30_000) })
    const target = await createTopic({ config: { 'max.message.bytes': '20000' } })
    const skipped = succeeded(await run(['pipe', `kafka:${topic}?exit`, `kafka:${target}`, '--on-error', 'skip']))
    expect(skipped.stderr).toMatch(/^sluice: skipped: \S+ \[0\] at offset 2: a record .*\nsluice: 1 record skipped\n$/)
    const logged = succeeded(await run(['pipe', `kafka:${topic}?exit`, `kafka:${target}?log-failures-only`, '-v']))
    expect(logged.stderr).toMatch(/1 record lost: \S+ \[0\] at offset 2: [^]*, 0 skipped, 1 lost\n$/)
    expect(await readAll(target)).toHaveLength(6)
  })

  test('so do those without an event time, or without a value to take the partition from', async () => {
    const topic = await topicWithBad()
    const timeless = [topic, '-e', '--event-time', 'value.a', ...deadLetter('timeless')]
    expect(succeeded(await run(['consume', ...timeless])).stdout).toBe('{"a":1}\n'.repeat(3))
    expect(envelopes('timeless')).toMatchObject([{ offset: 2, key: 'k' }])
    const target = await createTopic()
    await run(['pipe', `kafka:${topic}?exit`, `kafka:${target}?partitioner=field:a`, ...deadLetter('partless')])
    expect(envelopes('partless')).toMatchObject([{ offset: 2, key: 'k' }])
    expect(await readAll(target)).toHaveLength(3)
  })
})

describe('of a text', () => {
  test('are the rows as they stand there', async () => {
    const topic = await createTopic()
    folder.write('in.csv', 'id,n\n1,"a"\n2,"b"c\n3\n"4","d\ne"\n')
    const args = ['pipe', 'in.csv?format=csv&key-field=id&value-field=n', `kafka:${topic}`]
    const { stderr } = succeeded(await run([...args, ...deadLetter('rows.csv?format=value')]))
    expect(stderr).toBe('sluice: 2 records to rows.csv?format=value\n')
    expect(folder.read('rows.csv')).toBe('2,"b"c\n3\n')
    expect((await readAll(topic)).map(({ key, value }) => [key, value])).toEqual([['1', 'a'], ['4', 'd\ne']]) // prettier-ignore
    const bad = await createTopic()
    succeeded(await run([...args, ...deadLetter(`kafka:${bad}`)]))
    const [first, second] = await readAll(bad)
    expect(first).toMatchObject({ key: null, value: '2,"b"c' })
    expect(headersOf(first!)).toEqual({
      ...{ 'sluice.file': 'in.csv', 'sluice.line': '3' },
      'sluice.error': 'in.csv:3: cell 2 goes on after its closing quote'
    })
    expect(second!.value).toBe('3')
  })

  test('lines of standard input, to standard error', async () => {
    const args = ['pipe', '-?format=jsonl', '-', ...deadLetter('stderr:')]
    const { stdout, stderr } = succeeded(await run(args, { input: '1\n{"a\n[2]\n' }))
    expect(stdout).toBe('1\n[2]\n')
    expect(stderr).toMatch(/^\{.*"value":"\{\\"a"\}\nsluice: 1 record to stderr:\n$/)
  })
})

describe('a dead letter that cannot be written', () => {
  test.each([
    [
      'one that is too large',
      () => createTopic({ config: { 'max.message.bytes': '5000' } }).then((bad) => `kafka:${bad}`)
    ],
    ['to a disk that is full', async () => '/dev/full']
  ])('%s, ends the run, and nothing is committed past the record', async (_, sinkFor) => {
    const topic = await topicWithBad({ value: `{"a${'x'.repeat(10_000)}` })
    const group = uniqueName('group')
    const letters = deadLetter(await sinkFor())
    const args = [topic, '-g', group, '--assign', '--reset', 'earliest', '-e', '--value-as', 'json', ...letters]
    const { code, stderr } = await run(['consume', ...args])
    expect(stderr).toMatch(
      /^sluice: (a dead letter cannot be written: a record of 10004 |cannot write to \/dev\/full: )/
    )
    expect(code).toBe(1)
    expect((await committed(group, topic))[0]).toBeLessThanOrEqual(2)
  })
})

test('they are written out before a checkpoint passes them', async () => {
  const topic = await topicWithBad()
  const args = ['pipe', `kafka:${topic}`, 'out.txt?value-as=json', '--checkpoint', 'positions']
  const following = new LongRun([...args, '--checkpoint-interval', '50ms', ...deadLetter('kept.jsonl.gz')], { cwd })
  await until(() => folder.soFar('positions').includes('"offset": 4'))
  following.child.kill('SIGKILL')
  await following.ended
  expect(folder.read('out.txt')).toBe('{"a":1}\n'.repeat(3))
  const kept = ['pipe', 'kept.jsonl.gz?format=envelope', '-']
  expect(succeeded(await run(kept)).stdout).toBe('{"a":\n')
})

test('several subtasks have them in common', async () => {
  const topic = await createTopic({ partitions: 2 })
  const [good, bad] = ['{"a":1}', '{"a":']
  await write(
    topic,
    [good, bad, bad, good].map((value, i) => ({ value, partition: i % 2 }))
  )
  const args = ['pipe', `kafka:${topic}?exit`, '-?value-as=json&prefix', '--parallelism', '2', '--json']
  const { stdout, stderr } = succeeded(await run([...args, ...deadLetter('common.jsonl')]))
  expect(stdout.trimEnd().split('\n').sort()).toEqual([`1> ${good}`, `2> ${good}`])
  expect(envelopes('common.jsonl').map(({ partition, value }) => [partition, value]).sort()).toEqual([[0, bad], [1, bad]]) // prettier-ignore
  expect(stderr).toMatch(/^sluice: 2 records to common.jsonl\n\{"records":2,.*"deadLetters":2,.*"lag":0\}\n$/)
})

test('one subtask has no prefix', async () => {
  expect(succeeded(await run(['pipe', 'elements:a', '-?prefix'])).stdout).toBe('a\n')
})

describe('is refused', () => {
  const pipe = ['pipe', 'kafka:in', 'kafka:out']
  const exactly = ['--delivery', 'exactly-once', '--checkpoint', 'c']
  test.each([
    [['consume', 'in', '--on-error', 'nope'], "'nope' is none of fail, skip, dead-letter:SINK"],
    [['consume', 'in', ...deadLetter('kafka:in')], 'bad records cannot go to kafka:in, which is part of the run'],
    [['consume', '--topic-pattern', 'in.*', ...deadLetter('kafka:in-bad')], 'which is part of the run'],
    [['consume', 'in', '-O', 'o', ...deadLetter('./o')], 'bad records cannot go to ./o, which is part of the run'],
    [[...pipe, ...deadLetter('kafka:out')], 'bad records cannot go to kafka:out, which is part of the run'],
    [[...pipe, ...deadLetter('x?formt=csv')], "there is no option 'formt' here: did you mean format?"],
    [[...pipe, ...deadLetter('elements:a')], 'elements:a is no sink'],
    [[...pipe, ...exactly, ...deadLetter('bad')], 'exactly-once cannot be kept for dead letters, of which a crash may'],
    [[...pipe, '--parallelism', '2', ...deadLetter('bad?mode=overwrite')], '--parallelism does not go with the mode'],
    [['pipe', '-', '-', ...deadLetter('bad?format=nope')], "'nope' is no format"]
  ])('%p', async (args, line) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(line) })
  })

  afterAll(() => expect(existsSync(folder.join('bad'))).toBe(false))
})
