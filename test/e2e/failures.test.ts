// What goes wrong around a run: brokers that are away, die and come back; disks, pipes and signals.
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePorts } from '../../src/sandbox/ports.js'
import { bootstrap, createTopic, createTopicNamed, withAdmin } from '../support/broker.js'
import { type Message, write } from '../support/client.js'
import { startPeer } from '../support/faulty-peer.js'
import { LongRun, collect, missingOf, numberedLines, until } from '../support/long-runs.js'
import { type OwnBrokers, startOwnBrokers } from '../support/own-brokers.js'
import { bash, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

describe('a cluster that cannot be reached', () => {
  test.each([
    [['consume', 'topic', '-e']],
    [['produce', 'topic']],
    [['lag']],
    [['offsets', 'reset', 'group', '--all-topics', '--to', 'end']]
  ])('%p names every address, at once where it is refused', async (args) => {
    const start = performance.now()
    const run = await sluice([...args, '-b', '127.0.0.1:1,127.0.0.1:2'], { input: 'a\n' })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toBe(
      'sluice: cannot reach the cluster: 127.0.0.1:1 connection refused, 127.0.0.1:2 connection refused: ' +
        'check --bootstrap-server\n'
    )
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('is given up after --connect-timeout where nothing answers', async () => {
    const silent = await startPeer()
    const start = performance.now()
    const run = await sluice(['consume', 'topic', '-b', `127.0.0.1:${silent.port}`, '--connect-timeout', '1s'])
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(
      new RegExp(`^sluice: cannot reach the cluster: 127.0.0.1:${silent.port} no answer in 1 s.*\n$`)
    )
    expect(performance.now() - start).toBeLessThan(6000)
    await silent.close()
  })
})

describe('a broker that crashes and comes back', () => {
  const LINES = 300_000
  const half = LINES / 2
  let broker: OwnBrokers
  let server: string

  beforeAll(async () => {
    const [port] = await freePorts(1)
    broker = await startOwnBrokers(port!, 1)
    server = `127.0.0.1:${port}`
  }, 90_000)

  afterAll(() => broker?.stop(), 60_000)

  test('loses nothing and doubles nothing, neither of what is written nor of what is read meanwhile', async () => {
    const topic = await createTopic({ partitions: 3, server })
    const consumer = startSluice(['consume', topic, '-b', server, '-f', '%p %s\\n'])
    const reading = collect(consumer)
    let read = ''
    consumer.stdout!.on('data', (chunk: Buffer) => (read += chunk.toString()))

    const producer = startSluice(['produce', topic, '-b', server, '--batch-bytes', '20000'])
    const writing = collect(producer)
    producer.stdin!.write(numberedLines(0, half))
    await until(() => read.length > 100_000)
    await broker.kill(1)
    // Part of this is on its way when the broker dies, the rest comes while it is away.
    producer.stdin!.write(numberedLines(half, half + 1000))
    const back = broker.restart()
    producer.stdin!.end(numberedLines(half + 1000, LINES))
    await back
    expect(await writing).toMatchObject({ code: 0 })

    const all = await sluice(['consume', topic, '-b', server, '-e', '-f', '%p %s\\n'])
    expect(missingOf(LINES, succeeded(all).stdout)).toEqual([])
    await until(() => read.split('\n').length > LINES)
    consumer.kill('SIGTERM')
    const { code, stdout, stderr } = await reading
    expect(code).toBe(143)
    expect(missingOf(LINES, stdout)).toEqual([])
    // The trouble is told, but not for each try.
    expect(stderr).toMatch(/^sluice: .*trying again\n/)
    expect(stderr.split('\n').length).toBeLessThan(12)
    expect((await writing).stderr).toMatch(/^sluice: .*trying again\n/)
  }, 180_000)

  test('one that is away as a command starts is an error', async () => {
    await broker.kill(1)
    const run = await sluice(['consume', 'topic', '-b', server, '-e'])
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(/^sluice: cannot reach the cluster: .* connection refused: .*\n$/)
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
  expect(stderr).toMatch(new RegExp(`\nsluice: topic "${topic}" partition 0: .*UNKNOWN_TOPIC_(OR_PARTITION|ID).*\n$`))
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
    expect(run.stderr).toBe(
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

test('partitions that are added are written and read, and nothing is lost or repeated', async () => {
  const topic = await createTopic()
  const consumer = new LongRun(['consume', topic, '--discover', '200ms', '-f', '%p %s\\n'])
  const args = ['--partitioner', 'round-robin', '--linger', '0', '-X', 'metadata.max.age.ms=200']
  const producer = new LongRun(['produce', topic, ...args])
  let written = 0
  const feeding = setInterval(() => producer.child.stdin!.write(numberedLines(written, (written += 20))), 20)
  await until(() => consumer.lines.length > 100)
  await withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }))
  await until(() => ['1 ', '2 '].every((partition) => consumer.lines.some((line) => line.startsWith(partition))))
  clearInterval(feeding)
  producer.child.stdin!.end()
  expect(await producer.ended).toBe(0)
  await until(() => consumer.lines.length >= written)
  await consumer.stop()
  expect(missingOf(written, consumer.stdout)).toEqual([])
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
})

describe('a signal', () => {
  const LINES = 100_000

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ] as const)('%s lets out what was read, whole lines of it, and ends with %d', async (signal, code) => {
    const topic = await createTopic()
    await write(
      topic,
      Array.from({ length: LINES }, (_, i): Message => ({ value: `${i} ${'x'.repeat(90)}` }))
    )
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
