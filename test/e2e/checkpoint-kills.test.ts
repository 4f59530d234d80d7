// How each record comes into a file once, whenever consume is killed, and what its checkpoint says meanwhile.
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName } from '../support/broker.js'
import { exists, files } from '../support/checkpoints.js'
import { committed, committedTotal } from '../support/groups.js'
import { Consumer, until } from '../support/long-runs.js'
import { NumberWriter, nothing, wrong } from '../support/numbers.js'
import { type Result, finished, sluice, startSluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const places = ['-f', '%t:%p:%o\\n']

/** Node's own reader ends with the first of several frames. */
const unpackZstd = (path: string): string =>
  execFileSync('zstd', ['-dcq', path], { encoding: 'utf8', maxBuffer: 1 << 28 })

describe('through kill -9 at any instant, each record is in the file once', () => {
  const RECORDS = 60_000
  const KILLS = 6

  const forms: [string, string[], (path: string) => string][] = [
    ['out.txt', ['-f', '%p %o %s\\n'], (path) => readFileSync(path, 'utf8')],
    ['out.gz', ['-f', '%p %o %s\\n'], (path) => gunzipSync(readFileSync(path)).toString()],
    ['out.zst', ['-f', '%p %o %s\\n'], unpackZstd],
    ['out.csv', ['-f', 'csv', '--fields', 'partition,offset,value'], (path) => readFileSync(path, 'utf8')]
  ]

  test.each(forms)('%s', async (name, format, read) => {
    const topic = await createTopic({ partitions: 3 })
    const { args, positions, out } = files(name)
    // Half of it is there, the rest comes in while the runs are killed.
    const produce = ['produce', topic, '--partitioner', 'round-robin', '--linger', '5ms', '--sequence']
    succeeded(await sluice([...produce, `1:${RECORDS / 2}`], { env }))
    const rest = startSluice([...produce, `${RECORDS / 2 + 1}:${RECORDS}`, '--rate', `${RECORDS / 16}/s`], { env })
    const writing = finished(rest)

    const run = [topic, ...args, '--checkpoint-interval', '40ms', ...format]
    for (let kill = 0; kill < KILLS; kill++) {
      const consumer = new Consumer(run)
      // Sooner or later than it has begun, written its first checkpoint, cut the file back.
      await sleep(150 + Math.random() * 700)
      await consumer.stop('SIGKILL')
      expect(consumer.stderr).toBe('')
    }
    succeeded(await writing)
    const last = await consume(...run, '-e')
    expect(last).toMatchObject({ code: 0, stdout: '' })

    const lines = read(out).split('\n')
    expect(lines.pop()).toBe('')
    if (name.endsWith('.csv')) expect(lines.shift()).toBe('partition,offset,value')
    const next = [0, 0, 0]
    const values = new Set<string>()
    const wrong: string[] = []
    for (const line of lines) {
      const [partition, offset, value] = line.trimEnd().split(/[ ,]/) as [string, string, string]
      if (next[+partition]!++ !== +offset && wrong.length < 10) wrong.push(line)
      values.add(value)
    }
    expect(wrong).toEqual([])
    expect(lines).toHaveLength(RECORDS)
    expect(values.size).toBe(RECORDS)
    // One more run has nothing to add, and changes nothing.
    const before = readFileSync(out)
    expect(await consume(...run, '-e')).toMatchObject({ code: 0, stdout: '' })
    expect(readFileSync(out).equals(before)).toBe(true)
    expect(statSync(positions).size).toBeGreaterThan(0)
  })

  test('as a member of a group, which has committed as much in the end', async () => {
    const [topic, group] = [await createTopic({ partitions: 3 }), uniqueName('group')]
    const { args, out } = files()
    const writer = await NumberWriter.start(topic, 3)
    // With a name of its own it has its partitions back at once.
    const member = ['-g', group, '--reset', 'earliest', '-X', 'group.instance.id=one']
    const run = [topic, ...member, ...args, '--checkpoint-interval', '40ms']
    for (let kill = 0; kill < 10; kill++) {
      const consumer = new Consumer(run)
      await sleep(300 + Math.random() * 700)
      await consumer.stop('SIGKILL')
      expect(consumer.stderr).toBe('')
    }
    const count = await writer.stop()
    succeeded(await consume(...run, '-e'))
    expect(wrong(count, [{ stdout: readFileSync(out, 'utf8') }])).toEqual(nothing)
    expect(await committedTotal(group, topic)).toBe(count)
  })

  test('standard output may repeat, and misses nothing', async () => {
    const topic = await createTopic({ partitions: 2 })
    const { positions } = files()
    const args = [topic, '--checkpoint', positions, '--checkpoint-interval', '20ms', ...places]
    const writing = sluice(['produce', topic, '--linger', '5ms', '--sequence', '1:20000', '--rate', '4000/s'], { env })
    let text = ''
    for (let kill = 0; kill < 8; kill++) {
      const consumer = new Consumer(args)
      await sleep(300 + Math.random() * 500)
      await consumer.stop('SIGKILL')
      text += consumer.stdout.slice(0, consumer.stdout.lastIndexOf('\n') + 1)
    }
    succeeded(await writing)
    text += succeeded(await consume(...args, '-e')).stdout
    expect(new Set(text.trimEnd().split('\n')).size).toBe(20_000)
  })
})

test('the file is whole at every instant, and never ahead of what was written', async () => {
  const topic = await createTopic({ partitions: 2 })
  const group = uniqueName('group')
  const { args, positions, out } = files()
  const produce = ['produce', topic, '--linger', '5ms', '--sequence', '1:6000', '--rate', '2000/s']
  const writing = sluice(produce, { env })
  const consumer = new Consumer([topic, '-g', group, '--reset', 'earliest', ...args, '--checkpoint-interval', '10ms'])
  await until(() => exists(positions) && exists(out))
  let looks = 0
  let before = ''
  for (let done = false; !done; await sleep(1)) {
    const text = readFileSync(positions, 'utf8')
    if (text === before) continue
    before = text
    const { positions: list, outputs } = JSON.parse(text) as {
      positions: { partition: number; offset: number }[]
      outputs: { length: number }[]
    }
    const records = list.reduce((sum, { offset }) => sum + offset, 0)
    // Every record is a line; what is committed is never more than what the checkpoint has.
    const lines =
      readFileSync(out)
        .subarray(0, outputs[0]?.length ?? 0)
        .toString()
        .split('\n').length - 1
    expect(lines).toBe(records)
    looks++
    done = records === 6000
  }
  succeeded(await writing)
  await until(async () => Object.values(await committed(group, topic)).reduce((sum, each) => sum + each, 0) === 6000)
  await consumer.stop()
  expect(looks).toBeGreaterThan(20)
})
