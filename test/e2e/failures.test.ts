// What goes wrong around a run: brokers that are away, topics that go and come, disks, pipes and signals.
import { once } from 'node:events'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, createTopicNamed, withAdmin } from '../support/broker.js'
import { write } from '../support/client.js'
import { startPeer } from '../support/faulty-peer.js'
import { Feed, LongRun, collect, missingOf, until } from '../support/long-runs.js'
import { bash, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

describe('a cluster that cannot be reached', () => {
  test.each([
    [['consume', 'topic', '-e']],
    [['produce', 'topic']],
    [['lag']],
    [['offsets', 'reset', 'group', '--all-topics', '--to', 'end']]
  ])('%p names every address, at once where it is refused', async (args) => {
    const start = performance.now()
    const run = await sluice([...args, '-b', '127.0.0.1:1,127.0.0.1:2', '--connect-timeout', '60s'], { input: 'a\n' })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toBe(
      'sluice: cannot reach the cluster: 127.0.0.1:1 connection refused, 127.0.0.1:2 connection refused: ' +
        'check --bootstrap-server\n'
    )
    expect(performance.now() - start).toBeLessThan(30_000)
  })

  test('is given up after --connect-timeout where nothing answers', async () => {
    const silent = await startPeer()
    const run = await sluice(['consume', 'topic', '-b', `127.0.0.1:${silent.port}`, '--connect-timeout', '1s'])
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(
      new RegExp(`^sluice: cannot reach the cluster: 127.0.0.1:${silent.port} no answer in 1 s.*\n$`)
    )
    await silent.close()
  })
})

test.each([['consume'], ['produce']])('a topic that is deleted under a running %s is an error', async (command) => {
  const topic = await createTopic()
  await write(topic, [{ value: 'a' }])
  const child = startSluice([command, topic], { env })
  const run = collect(child)
  if (command === 'consume') await waitFor(child.stdout, /a\n/)
  else {
    child.stdin!.write('b\n')
    await until(async () => (await count(topic)) === 2)
  }
  await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }))
  if (command === 'produce') child.stdin!.end('c\n')
  const { code, stderr } = await run
  expect(code).toBe(1)
  expect(stderr).toMatch(
    new RegExp(`(^|\n)sluice: topic "${topic}" partition 0: .*UNKNOWN_TOPIC_(OR_PARTITION|ID).*\n$`)
  )
})

describe('a topic that is deleted and created anew', () => {
  /** It has more records than the one before, so that a position in that one would mean something in it, too. */
  async function createAnew(topic: string, config = {}): Promise<void> {
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }))
    await createTopicNamed(topic, config)
    await write(
      topic,
      ['p', 'q', 'r', 's'].map((value) => ({ value }))
    )
  }

  test('under a consume that follows is read from its beginning, which is said', async () => {
    const topic = await createTopic()
    await write(topic, [{ value: 'a' }, { value: 'b' }])
    const run = new LongRun(['consume', topic, '-g', topic, '--from', 'earliest', '-f', '%o %s\\n'])
    await run.wrote(2)
    await createAnew(topic)
    await run.wrote(6)
    expect(run.stdout).toBe('0 a\n1 b\n0 p\n1 q\n2 r\n3 s\n')
    expect(await run.stop()).toBe(130)
    expect(run.stderr).toContain(`sluice: topic "${topic}" was deleted and created anew: going on at its beginning\n`)
    const committed = await sluice(['offsets', 'list', topic, '--json'], { env })
    expect(JSON.parse(committed.stdout)).toMatchObject([{ topic, committed: 4 }])
  })

  test.each([
    ['an end', ['--until', '0:9']],
    ['--reset none', ['--reset', 'none']]
  ])('is an error where there is %s', async (_, flags) => {
    const topic = await createTopic()
    await write(topic, [{ value: 'a' }])
    const run = new LongRun(['consume', topic, ...flags])
    await run.wrote(1)
    await createAnew(topic)
    expect(await run.ended).toBe(1)
    expect(run.stdout).toBe('a\n')
    // It may take a while until it is there again.
    expect(run.stderr.replace(/^sluice: .*: trying again\n/gm, '')).toBe(
      `sluice: topic "${topic}" was deleted and created anew while it was read: run it again to read the new one\n`
    )
  })

  test('under a produce is written on, which is said', async () => {
    const topic = await createTopic()
    const run = new LongRun(['produce', topic, '-X', 'metadata.max.age.ms=100'])
    run.child.stdin!.write('a\n')
    await until(async () => (await count(topic)) === 1)
    await createAnew(topic)
    await run.said(/sluice: topic "[^"]+" was deleted and created anew: going on in the new one\n$/)
    run.child.stdin!.end('b\n')
    expect(await run.ended).toBe(0)
    expect(succeeded(await sluice(['consume', topic, '-e'], { env })).stdout).toBe('p\nq\nr\ns\nb\n')
  })
})

test('partitions that are added are written, read and copied, and nothing is lost or repeated', async () => {
  const [topic, copy] = [await createTopic(), await createTopic()]
  const consumer = new LongRun(['consume', topic, '--discover', '200ms', '-f', '%p %s\\n'])
  const copier = new LongRun(['pipe', `kafka:${topic}?discover=200ms`, `kafka:${copy}`])
  const watcher = new LongRun(['consume', copy, '--discover', '200ms', '-f', '%p %s\\n'])
  const args = ['--partitioner', 'round-robin', '--linger', '0', '-X', 'metadata.max.age.ms=200']
  const producer = new LongRun(['produce', topic, ...args])
  const feed = new Feed(producer.child, { lines: 20, every: 20 })
  await until(() => consumer.lines.length > 100 && watcher.lines.length > 100)
  const topicPartitions = [copy, topic].map((name) => ({ topic: name, count: 3 }))
  await withAdmin((admin) => admin.createPartitions({ topicPartitions }))
  const reachesAll = ({ lines }: LongRun): boolean =>
    ['1 ', '2 '].every((p) => lines.some((line) => line.startsWith(p)))
  await until(() => reachesAll(consumer) && reachesAll(watcher))
  feed.end()
  const { written } = feed
  expect(await producer.ended).toBe(0)
  await until(() => consumer.lines.length >= written && watcher.lines.length >= written)
  expect([await consumer.stop(), await copier.stop(), await watcher.stop()]).toEqual([130, 130, 130])
  expect(missingOf(written, consumer.stdout)).toEqual([])
  expect(missingOf(written, watcher.stdout)).toEqual([])
})

describe('a full disk', () => {
  test.each([
    ['standard output', 'sluice consume $TOPIC -e > /dev/full'],
    ['/dev/full', 'sluice consume $TOPIC -e -O /dev/full']
  ])('is one line, for %s', async (name, script) => {
    const topic = await createTopic()
    await write(topic, [{ value: 'a' }])
    const run = await bash(script, { env: { ...env, TOPIC: topic } })
    expect(run).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: `sluice: cannot write to ${name}: no space left on the device: free some space and run it again\n`
    })
  })

  test('ends a run that follows, too', async () => {
    const topic = await createTopic()
    await write(topic, [{ value: 'a' }])
    expect(await bash(`sluice consume ${topic} > /dev/full`, { env })).toMatchObject({ code: 1 })
  })

  test('in the middle of a run with a checkpoint: the next one, which has space, leaves each record there once', async () => {
    const topic = await createTopic({ partitions: 2 })
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i} ${'x'.repeat(40)}\n`)
    succeeded(await sluice(['produce', topic, '--partitioner', 'round-robin'], { env, input: lines.join('') }))
    const folder = new Workdir()
    const run = `sluice consume ${topic} -e -O out --checkpoint positions --checkpoint-interval 5ms`
    // No file becomes larger than 2 MB: what is written beyond that fails, as on a full disk, and in the middle of a write.
    const first = await bash(`ulimit -f 2000; ${run}`, { env, cwd: folder.path })
    expect(first).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^sluice: cannot write to out: .*\n$/) })
    expect(folder.read('out').length).toBe(2000 * 1024)
    succeeded(await bash(run, { env, cwd: folder.path }))
    expect(folder.read('out').split('\n').sort()).toEqual(lines.join('').split('\n').sort())
  })
})

describe('a signal', () => {
  let topic: string

  beforeAll(async () => {
    topic = await createTopic()
    const input = Array.from({ length: 100_000 }, (_, i) => `${i} ${'x'.repeat(90)}\n`).join('')
    succeeded(await sluice(['produce', topic], { env, input }))
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ] as const)('%s lets out what was read, whole lines of it, and ends with %d', async (signal, code) => {
    const child = startSluice(['consume', topic], { env })
    // The reader is slow: the signal comes while much is on its way.
    await waitFor(child.stdout, /\n/)
    child.stdout!.pause()
    child.kill(signal)
    const chunks: Buffer[] = []
    child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stdout!.resume()
    const [ended] = (await once(child, 'close')) as [number]
    expect(ended).toBe(code)
    const text = Buffer.concat(chunks).toString()
    expect(text.endsWith('x\n')).toBe(true)
    const numbers = text
      .slice(text.indexOf('\n') + 1)
      .trim()
      .split('\n')
      .map((line) => parseInt(line))
    expect(numbers.every((number, i) => i === 0 || number === numbers[i - 1]! + 1)).toBe(true)
  })

  test('writes what produce has read; a line without its end is not one', async () => {
    const topic = await createTopic()
    const child = startSluice(['produce', topic, '--linger', '1m'], { env })
    const run = collect(child)
    // More than the system holds for a reader, so that it is known to read; less than two batches.
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i} ${'x'.repeat(90)}\n`)
    await new Promise((resolve) => child.stdin!.write(lines.join(''), resolve))
    child.kill('SIGINT')
    expect(await run).toEqual({ code: 130, stdout: '', stderr: '' })
    child.stdin!.destroy()
    const written = succeeded(await sluice(['consume', topic, '-e'], { env })).stdout
    const records = written.split('\n').length - 1
    expect(records).toBeGreaterThan(15_000)
    expect(written === lines.slice(0, records).join('')).toBe(true)
  })
})

/** How many records the topic's only partition has. */
async function count(topic: string): Promise<number> {
  return Number((await withAdmin((admin) => admin.fetchTopicOffsets(topic)))[0]!.high)
}
