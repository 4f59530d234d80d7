// Event time: slices that end where every partition has come to a time.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { addPartitions, bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { type Message, write } from '../support/client.js'
import { Consumer } from '../support/long-runs.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1)

const inOrder = ['--max-out-of-orderness', '0']

/** Records of one partition; value and timestamp are the time. */
const at = (partition: number, ...times: number[]): Message[] =>
  times.map((time) => ({ partition, value: `${time}`, timestamp: `${time}` }))
/** 0, 10, 20, … up to and without `end`, each later by `shift`. */
const every = (end: number, shift = 0): number[] => Array.from({ length: end / 10 }, (_, i) => i * 10 + shift)

describe('slices are complete and do not overlap', () => {
  const ways: [string, () => string[]][] = [
    ['of a group', () => ['-g', uniqueName('group'), '--reset', 'earliest']],
    ['of a group without joining', () => ['-g', uniqueName('group'), '--reset', 'earliest', '--assign']],
    ['of a checkpoint', () => ['--checkpoint', new Workdir().join('positions')]]
  ]

  test.each(ways)('%s', async (_, keeping) => {
    const topic = await createTopic({ partitions: 3 })
    // One partition is far ahead when the slice ends.
    await write(topic, [...at(0, ...every(3000)), ...at(1, ...every(3000, 3)), ...at(2, ...every(3000, 7))])
    const kept = keeping()
    const run = async (end: string[]): Promise<number[]> =>
      linesOf(succeeded(await consume(topic, ...kept, ...inOrder, ...end)).stdout).map(Number)
    const first = await run(['--until', 'watermark:1000'])
    const second = await run(['--until', 'watermark:2000'])
    const rest = await run(['-e'])
    const all = [...first, ...second, ...rest]
    expect(all).toHaveLength(900)
    expect(new Set(all).size).toBe(900)
    const before = (end: number, times: number[]): number => times.filter((time) => time < end).length
    expect(before(1000, first)).toBe(300)
    expect(before(1000, second)).toBe(0)
    expect(before(2000, [...first, ...second])).toBe(600)
    expect(before(2000, rest)).toBe(0)
  })

  test('records that come late by less than --max-out-of-orderness are in', async () => {
    const topic = await createTopic()
    await write(topic, at(0, 100, 300, 200, 1000, 700, 600, 1400, 999, 1700, 2000))
    const run = succeeded(await consume(topic, '--until', 'watermark:1000', '--max-out-of-orderness', '500ms'))
    const early = linesOf(run.stdout).filter((time) => Number(time) < 1000)
    expect(early).toEqual(['100', '300', '200', '700', '600', '999'])
  })

  test('it follows until event time has come that far', async () => {
    const topic = await createTopic({ partitions: 2 })
    const consumer = new Consumer([topic, '--until', 'watermark:1000', ...inOrder])
    await write(topic, [...at(0, 100), ...at(1, 200)])
    await consumer.wrote(2)
    await write(topic, at(0, 1001))
    await write(topic, [...at(1, 300)])
    await consumer.wrote(3)
    expect(consumer.child.exitCode).toBeNull()
    await write(topic, [...at(1, 1001)])
    expect(await consumer.ended).toBe(0)
    expect(consumer.lines.filter((time) => Number(time) < 1000).sort()).toEqual(['100', '200', '300'])
  })

  test('a new partition holds it back', async () => {
    const topic = await createTopic()
    const args = [topic, '--until', 'watermark:1000', ...inOrder, '--discover', '200ms']
    const consumer = new Consumer(args)
    await write(topic, at(0, 100))
    await consumer.wrote(1)
    await addPartitions(topic, 2)
    await write(topic, at(1, 500))
    await consumer.wrote(2)
    await write(topic, at(0, 1001))
    await write(topic, at(1, 600))
    await consumer.wrote(3)
    expect(consumer.child.exitCode).toBeNull()
    await write(topic, at(1, 1001))
    expect(await consumer.ended).toBe(0)
  })
})

describe('idle partitions', () => {
  test('one that is silent holds nothing back, one that never spoke neither', async () => {
    const topic = await createTopic({ partitions: 3 })
    await write(topic, [...at(0, 100, 2000), ...at(1, 300)])
    const args = [topic, '--until', 'watermark:1000', ...inOrder, '--idle-partition', '500ms']
    const run = succeeded(await consume(...args))
    expect(
      linesOf(run.stdout)
        .filter((time) => Number(time) < 1000)
        .sort()
    ).toEqual(['100', '300'])
  })
})

describe('event time is a field', () => {
  const json = (partition: number, ...times: unknown[]): Message[] =>
    times.map((ts) => ({ partition, value: JSON.stringify({ ts }), timestamp: '1700000000000' }))

  test.each([
    ['of the value, as a number', 'value.ts', (time: number): unknown => time],
    ['of the value, as ISO 8601', 'value.ts', (time: number): unknown => new Date(time).toISOString()]
  ])('%s', async (_, field, form) => {
    const topic = await createTopic({ partitions: 2 })
    const times = (...each: number[]): unknown[] => each.map(form)
    await write(topic, [...json(0, ...times(100, 500, 1500)), ...json(1, ...times(200, 600, 1600))])
    const run = succeeded(await consume(topic, '--event-time', field, '--until', 'watermark:1000', ...inOrder))
    const seen = linesOf(run.stdout)
    for (const time of [100, 200, 500, 600]) expect(seen).toContain(JSON.stringify({ ts: form(time) }))
  })

  test('a record without it is as one that cannot be decoded', async () => {
    const topic = await createTopic()
    await write(topic, [...json(0, 100), { value: '{"other":1}' }, ...json(0, 200, 2000)])
    const args = [topic, '--event-time', 'value.ts', '--until', 'watermark:1000', ...inOrder]
    const failed = await consume(...args)
    expect(failed).toMatchObject({ code: 1, stdout: '{"ts":100}\n' })
    expect(failed.stderr).toContain(`${topic} [0] at offset 1`)
    const skipping = await consume(...args, '--on-error', 'skip')
    expect(skipping.code).toBe(0)
    expect(linesOf(skipping.stdout).slice(0, 2)).toEqual(['{"ts":100}', '{"ts":200}'])
    expect(skipping.stdout).not.toContain('other')
  })
})

test('a slice goes on in the next file', async () => {
  const topic = await createTopic({ partitions: 2 })
  await write(topic, [...at(0, ...every(2000)), ...at(1, ...every(2000, 5))])
  const folder = new Workdir()
  const kept = ['--checkpoint', folder.join('positions')]
  const all: string[] = []
  for (const end of [500, 1000, 1500]) {
    const out = folder.join(`until-${end}`)
    succeeded(await consume(topic, ...kept, '-O', out, ...inOrder, '--until', `watermark:${end}`))
    const lines = linesOf(readFileSync(out, 'utf8'))
    all.push(...lines)
    expect(all.filter((time) => Number(time) < end)).toHaveLength((end / 10) * 2)
    expect(lines.every((time) => Number(time) >= end - 500)).toBe(true)
  }
  expect(new Set(all).size).toBe(all.length)
})
