import { describe, expect, test } from '@jest/globals'
import {
  type PipeFlags,
  planSink,
  planSource,
  requireDistinct,
  requireExactlyOnce
} from '../../../src/cli/endpoint-plan.js'
import { parseEndpointUri } from '../../../src/cli/endpoint-uri.js'
import type { ClusterSettings, ConnectionFlags } from '../../../src/cli/settings.js'

const settings = {
  bootstrapServers: [{ host: 'own', port: 1 }],
  group: {},
  transaction: { id: null, timeout: 900_000 }
} as unknown as ClusterSettings
const clusters = {
  own: settings,
  other: (flags: ConnectionFlags) => Promise.resolve({ ...settings, flags })
}
const delivery = 'at-least-once'
const source = (text: string, flags: Partial<PipeFlags> = {}): ReturnType<typeof planSource> =>
  planSource(parseEndpointUri(text), clusters, { delivery, ...flags })
const sink = (text: string, flags: Partial<PipeFlags> = {}): ReturnType<typeof planSink> =>
  planSink(parseEndpointUri(text), clusters, { delivery, ...flags })
const refused = (line: string): unknown => expect.objectContaining({ exitCode: 2, line: expect.stringContaining(line) })

describe('a source', () => {
  test('topics, of the own cluster or another one', async () => {
    const group = { kind: 'group' }
    expect(await source('kafka:a,b?group=g&exit&max=5')).toMatchObject({
      ...{ kind: 'kafka', settings, selection: { topics: ['a', 'b'] }, from: group, until: { kind: 'latest' } },
      ...{ group: 'g', join: true, limit: 5, commit: { kind: 'auto' }, discover: 0, isolation: 'committed' }
    })
    expect(await source('kafka://other:7/a')).toMatchObject({
      settings: { bootstrapServers: [{ host: 'other', port: 7 }] }
    })
    expect(await source('kafka:a?profile=prod')).toMatchObject({ settings: { flags: { profile: 'prod' } } })
    expect(await sink('kafka://other:7/a?command-config=x.properties')).toMatchObject({
      settings: { flags: { 'bootstrap-server': 'other:7', 'command-config': 'x.properties' } }
    })
  })

  test('the key of a topic is read, not written', async () => {
    const filter = { key: { text: '42', as: 'int64' }, grep: 'a|b' }
    expect(await source('kafka:t?key=42&key-as=int64&grep=a%7Cb')).toMatchObject({ filter })
  })

  test('text and memory', async () => {
    expect(await source('-')).toMatchObject({ kind: 'text', paths: ['-'], parser: { format: 'lines' } })
    expect(await source('stdin:?format=jsonl')).toMatchObject({ paths: ['-'], parser: { format: 'jsonl' } })
    expect(await source('elements:a,b')).toEqual({ kind: 'elements', elements: ['a', 'b'] })
    expect(await source('sequence:5:-5')).toEqual({ kind: 'sequence', first: 5n, last: -5n })
  })

  test.each([
    ['stdout:', 'stdout: is no source: it can only be written to'],
    ['stderr:', 'stderr: is no source'],
    ['kafka:', "'kafka:' names nothing: write kafka:TOPIC"],
    ['kafka://host:1', "'kafka://host:1' names nothing"],
    ['sequence:5', "'5' is no sequence"],
    ['elements:a?b', "there is no option 'b' here"]
  ])('%s is refused', async (text, line) => {
    await expect(source(text)).rejects.toEqual(refused(line))
  })

  test('that cannot be gone on with takes no checkpoint', async () => {
    for (const text of ['tcp://host:1', 'unix:a', 'tcp-listen://host:1', 'unix-listen:a']) {
      const refusal = refused(`--checkpoint needs a source that can be gone on with: what ${text} has sent is gone`)
      await expect(source(text, { checkpoint: 'f' })).rejects.toEqual(refusal)
    }
    await expect(source('in', { 'checkpoint-interval': 5 })).rejects.toEqual(refused('needs --checkpoint'))
    await expect(source('in', { checkpoint: 'f', 'checkpoint-interval': 0 })).rejects.toEqual(refused('more than 0'))
    for (const text of ['sequence:1:5', 'elements:a', 'in', '-']) await source(text, { checkpoint: 'f' })
  })
})

describe('a sink', () => {
  test('a topic keeps what comes of another topic, unless something is said', async () => {
    expect(await sink('kafka:t')).toMatchObject({
      kind: 'kafka',
      topic: 't',
      partitioner: null,
      copies: true,
      acks: -1
    })
    expect(await sink('kafka:t?partitioner=default')).toMatchObject({ partitioner: { kind: 'default' } })
    expect(await sink('kafka:t?partition=3')).toMatchObject({ partitioner: { kind: 'partition', partition: 3 } })
    expect(await sink('kafka:t?compression=none')).toMatchObject({ copies: false, codec: 'none' })
    expect(await sink('kafka:t?batch-bytes=64k')).toMatchObject({ copies: false, batchBytes: 65_536 })
    expect(await sink('kafka:t?key=k&header=a=1')).toMatchObject({
      fixed: { key: 'k', headers: [{ name: 'a', value: '1' }] }
    })
    expect(await sink('kafka://other:7/t')).toMatchObject({
      settings: { bootstrapServers: [{ host: 'other', port: 7 }] }
    })
  })

  test('text', async () => {
    expect(await sink('-')).toMatchObject({ kind: 'text', output: 'stdout', format: { format: 'value' } })
    expect(await sink('stderr:')).toMatchObject({ output: 'stderr' })
  })

  test.each([
    ['stdin:', 'stdin: is no sink: it can only be read'],
    ['elements:a', 'elements:a is no sink'],
    ['sequence:1:2', 'sequence:1:2 is no sink'],
    ['kafka:', "'kafka:' names nothing: write kafka:TOPIC"],
    ['file:', "'file:' names nothing: write file:PATH"],
    ['out?mode=create', "mode: 'create' is none of fail, overwrite, append"],
    ['kafka:t?group=g', "there is no option 'group' here"],
    ['kafka:t?partition=1&partitioner=keep', '--partition and --partitioner exclude each other']
  ])('%s is refused', async (text, line) => {
    await expect(sink(text)).rejects.toEqual(refused(line))
  })
})

test.each([
  ['kafka:t', '-', 'f', 'what was written to - cannot be taken back'],
  ['kafka:t', 'tcp://h:1', 'f', 'what was written to tcp://h:1 cannot be taken back'],
  ['tcp://h:1', 'kafka:t', undefined, 'tcp://h:1 cannot be gone on with'],
  ['-', 'kafka:t', undefined, 'give a file to --checkpoint'],
  ['kafka:t', 'out', undefined, 'give a file to --checkpoint'],
  ['kafka:t?group=g', 'out', 'f', "add the option 'assign' to the source"],
  ['kafka:t?isolation=uncommitted', 'out', 'f', 'leave the option isolation out']
])('exactly-once from %s to %s is refused', async (from, to, checkpoint, reason) => {
  const flags: PipeFlags = { checkpoint, delivery: 'exactly-once' }
  const [planned, into] = [await source(from, flags), await sink(to, flags)]
  const check = (): void => requireExactlyOnce(parseEndpointUri(from), parseEndpointUri(to), planned, into, flags)
  expect(check).toThrow(refused(reason))
})

test('exactly-once into a topic is written in transactions', async () => {
  const flags: PipeFlags = { checkpoint: 'f', delivery: 'exactly-once' }
  const own = { id: 'x', subtask: 1, parallelism: 3, timeout: 900_000 }
  const uri = 'kafka:t?transactional-id=x&parallelism=3&subtask=1'
  expect(await sink(uri, flags)).toMatchObject({ transaction: own })
  expect(await sink('kafka:t', flags)).toMatchObject({ transaction: { id: null, subtask: 0, parallelism: 1 } })
  expect(await sink('kafka:t')).toMatchObject({ transaction: null })
  await expect(sink(uri)).rejects.toEqual(refused('--transactional-id needs --delivery exactly-once'))
  await expect(sink('kafka:t?log-failures-only', flags)).rejects.toEqual(refused('leave one of them out'))
  await expect(sink('kafka:t?acks=1', flags)).rejects.toEqual(refused('leave --acks out'))
})

test.each([
  ['in', 'file:./in', undefined, 'in and file:./in are the same file'],
  ['kafka:t', 'out?mode=append', 'out', '--checkpoint and out?mode=append are the same file']
])('one file for two things is refused: %s, %s, %s', (from, to, checkpoint, reason) => {
  const check = (): void => requireDistinct(parseEndpointUri(from), parseEndpointUri(to), { checkpoint, delivery })
  expect(check).toThrow(refused(reason))
})

test('parts of a file have a size, an age or both, and no checkpoint', async () => {
  const rollOf = (text: string): Promise<unknown> => sink(`out?roll=${text}`)
  expect(await rollOf('100MB')).toMatchObject({ output: { roll: { size: 100_000_000, age: Infinity } } })
  expect(await rollOf('1m')).toMatchObject({ output: { roll: { size: Infinity, age: 60_000 } } })
  expect(await rollOf('1M,1h30m')).toMatchObject({ output: { roll: { size: 1 << 20, age: 5_400_000 } } })
  await expect(rollOf('1h,2h')).rejects.toThrow("out?roll=1h,2h: roll: '1h,2h' says the age twice")
  await expect(rollOf('0')).rejects.toThrow('too small')
  await expect(rollOf('big')).rejects.toThrow('is not a')
  await expect(sink('out?roll=1h', { checkpoint: 'c' })).rejects.toThrow('a checkpoint cannot keep')
})
