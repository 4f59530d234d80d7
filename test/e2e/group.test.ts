// Several readers that share a group: members that come, go and are killed, Java's own among them.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { addPartitions, bootstrap, createTopic, createTopicNamed, uniqueName } from '../support/broker.js'
import { write } from '../support/client.js'
import { committedTotal, describeGroup, settled } from '../support/groups.js'
import { JavaMember } from '../support/java-member.js'
import { Consumer, until } from '../support/long-runs.js'
import { NumberWriter, nothing, totalOf, wrong } from '../support/numbers.js'
import { ranges, values } from '../support/reading.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const places = ['-f', '%t:%p:%o\\n']
/** Members hear of each other at their next heartbeat. */
const QUICK = 'heartbeat.interval.ms=300'
const member = (group: string): string[] => ['-g', group, '--reset', 'earliest', '-X', QUICK]

describe('members that come and go lose nothing and repeat nothing', () => {
  test('three of sluice', async () => {
    const [topic, group] = [await createTopic({ partitions: 6 }), uniqueName('group')]
    const args = [topic, ...member(group)]
    const readers: Consumer[] = []
    const join = (): Consumer => {
      const reader = new Consumer(args)
      readers.push(reader)
      return reader
    }
    const writer = await NumberWriter.start(topic, 6)
    const first = join()
    await first.wrote(200)
    const second = join()
    await settled(group, 2)
    await second.wrote(200)
    const third = join()
    const { members } = await settled(group, 3)
    expect(members.map((partitions) => partitions.length)).toEqual([2, 2, 2])
    await third.wrote(200)
    expect(await first.stop()).toBe(130)
    await settled(group, 2)
    expect(await second.stop('SIGTERM')).toBe(143)
    const { members: rest } = await settled(group, 1)
    expect(rest[0]).toHaveLength(6)
    const count = await writer.stop()
    await until(() => totalOf(readers) >= count)
    expect(await third.stop()).toBe(130)
    expect(wrong(count, readers)).toEqual(nothing)
    expect(readers.map(({ stderr }) => stderr)).toEqual(['', '', ''])
    expect(await committedTotal(group, topic)).toBe(count)
    expect((await describeGroup(group)).state).toBe('Empty')
  })

  test.each<[string, string[]]>([
    ['all given up at each rebalance', ['-X', 'partition.assignment.strategy=range']],
    ['what stays is kept', ['-X', 'partition.assignment.strategy=cooperative-sticky']]
  ])('one after another, many times, also while the group rebalances: %s', async (_, options) => {
    const [topic, group] = [await createTopic({ partitions: 7 }), uniqueName('group')]
    const writer = await NumberWriter.start(topic, 7)
    const readers: Consumer[] = []
    const ends: Promise<number | null>[] = []
    for (let round = 0; round < 12; round++) {
      readers.push(new Consumer([topic, ...member(group), ...options]))
      await sleep(100 + Math.random() * 700)
      if (round % 3 > 0) ends.push(readers[ends.length]!.stop(round % 2 === 0 ? 'SIGINT' : 'SIGTERM'))
    }
    const count = await writer.stop()
    await until(() => wrong(count, readers).missing.length === 0)
    await Promise.all([...ends, ...readers.slice(ends.length).map((reader) => reader.stop())])
    expect(wrong(count, readers)).toEqual(nothing)
    expect(await committedTotal(group, topic)).toBe(count)
  })

  const assignor = (name: string): string =>
    `partition.assignment.strategy=org.apache.kafka.clients.consumer.${name}Assignor`

  test.each<[string, string[], string[]]>([
    ['as they come', [], []],
    ['Java’s with the range assignor', [assignor('Range')], []],
    ['Java’s with the round-robin assignor', [assignor('RoundRobin')], []],
    [
      'all with the sticky assignor that cooperates',
      [assignor('CooperativeSticky')],
      ['-X', assignor('CooperativeSticky')]
    ]
  ])('one of Java’s beside two of sluice, %s', async (_, properties, options) => {
    const [topic, group] = [await createTopic({ partitions: 5 }), uniqueName('group')]
    const writer = await NumberWriter.start(topic, 5)
    const args = [topic, ...member(group), ...options]
    const first = new Consumer(args)
    await first.wrote(100)
    const java = await JavaMember.start(topic, group, QUICK, ...properties)
    await settled(group, 2)
    const second = new Consumer(args)
    const { members } = await settled(group, 3, bootstrap, 5)
    expect(members.flat().sort()).toEqual([0, 1, 2, 3, 4].map((partition) => `${topic}:${partition}`))
    await second.wrote(100)
    await until(() => java.stdout.length > 0)
    await first.stop()
    await settled(group, 2)
    await java.commits()
    await java.stop()
    await settled(group, 1)
    const count = await writer.stop()
    const readers = [first, second, java]
    await until(() => totalOf(readers) >= count)
    await second.stop()
    expect(wrong(count, readers)).toEqual(nothing)
    expect(await committedTotal(group, topic)).toBe(count)
  })

  test('sluice joins a group that Java leads', async () => {
    const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
    const java = await JavaMember.start(topic, group, QUICK)
    await settled(group, 1)
    const writer = await NumberWriter.start(topic, 4)
    const reader = new Consumer([topic, ...member(group)])
    const { members } = await settled(group, 2)
    expect(members.map((partitions) => partitions.length)).toEqual([2, 2])
    const count = await writer.stop()
    await until(() => totalOf([reader, java]) >= count)
    await reader.stop()
    await java.stop()
    expect(wrong(count, [reader, java])).toEqual(nothing)
  })
})

describe('members that are killed', () => {
  const short = ['-X', 'session.timeout.ms=6000']

  test('lose nothing; what they had not committed is read again', async () => {
    const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
    const args = [topic, ...member(group), '--commit', 'auto:300ms', ...short]
    const [first, second] = [new Consumer(args), new Consumer(args)]
    await settled(group, 2)
    const writer = await NumberWriter.start(topic, 4)
    await Promise.all([first.wrote(300), second.wrote(300)])
    await until(async () => (await committedTotal(group, topic)) > 0)
    await second.stop('SIGKILL')
    // Its partitions come to the first when its session is over.
    await settled(group, 1)
    const third = new Consumer(args)
    await settled(group, 2)
    const count = await writer.stop()
    const readers = [first, second, third]
    await until(() => wrong(count, readers).missing.length === 0)
    await Promise.all([first.stop(), third.stop()])
    expect(await committedTotal(group, topic)).toBe(count)
    // Only what the killed one had read since its last commit, which was not long ago.
    expect(totalOf(readers) - count).toBeLessThan(3000)
  })

  test('with a name of their own come back to what they had, at once', async () => {
    const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
    await write(topic, [...values(0, 10), ...values(1, 10)])
    const args = [topic, ...member(group), '--commit', 'auto:100ms', ...places]
    const named = (name: string): string[] => [...args, '-X', `group.instance.id=${name}`]
    const [first, second] = [new Consumer(named('one')), new Consumer(named('two'))]
    const { members } = await settled(group, 2)
    await until(async () => (await committedTotal(group, topic)) === 20)
    await second.stop('SIGKILL')
    const start = performance.now()
    const again = new Consumer(named('two'))
    await write(topic, [...values(0, 1, 10), ...values(1, 1, 10)])
    await again.wrote(1)
    // The session of the one that was killed would have lasted 45 s.
    expect(performance.now() - start).toBeLessThan(20_000)
    expect((await settled(group, 2)).members.toSorted()).toEqual(members.toSorted())
    await Promise.all([first.stop(), again.stop()])
  })
})

describe('assignments', () => {
  test('of nothing: a member waits, and takes over', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    const args = [topic, ...member(group), '-f', '%o\\n']
    const first = new Consumer(args)
    await settled(group, 1)
    const second = new Consumer(args)
    const { members } = await settled(group, 2)
    expect(members.toSorted()).toEqual([[], [`${topic}:0`]])
    await write(topic, values(0, 3))
    await until(() => totalOf([first, second]) === 3)
    const [busy, waiting] = first.lines.length > 0 ? [first, second] : [second, first]
    expect(await busy.stop()).toBe(130)
    await settled(group, 1)
    await write(topic, values(0, 3, 3))
    await waiting.wrote(3)
    await waiting.stop()
    expect([busy.stdout, waiting.stdout]).toEqual(['0\n1\n2\n', '3\n4\n5\n'])
    expect([busy.stderr, waiting.stderr]).toEqual(['', ''])
  })

  test('of a pattern, also of topics that come later', async () => {
    const [id, group] = [uniqueName(), uniqueName('group')]
    await createTopicNamed(`${id}-a`, { partitions: 2 })
    const args = ['--topic-pattern', `${id}-.*`, ...member(group), '--discover', '500ms', ...places]
    const [first, second] = [new Consumer(args), new Consumer(args)]
    await settled(group, 2)
    await createTopicNamed(`${id}-b`, { partitions: 4 })
    await write(`${id}-a`, [...values(0, 3), ...values(1, 3)])
    await write(
      `${id}-b`,
      [0, 1, 2, 3].flatMap((partition) => values(partition, 3))
    )
    await until(() => totalOf([first, second]) >= 18)
    await until(async () => (await describeGroup(group)).members.flat().length === 6)
    await Promise.all([first.stop(), second.stop()])
    const lines = [...first.lines, ...second.lines]
    expect(new Set(lines).size).toBe(18)
    expect(lines).toHaveLength(18)
  })

  test('of partitions that came before the first of them, from their beginning', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    const short = ['-X', 'session.timeout.ms=6000', '--discover', '500ms']
    const args = [topic, ...member(group), '--from', 'latest', ...short, ...places]
    const first = new Consumer(args)
    await settled(group, 1)
    await first.stop('SIGKILL')
    const second = new Consumer(args)
    // It has looked where the log ends, and waits until the session of the first one is over.
    await until(async () => (await describeGroup(group)).state === 'PreparingRebalance')
    await addPartitions(topic, 2)
    await write(topic, values(1, 4))
    await second.wrote(4)
    await second.stop()
    expect(ranges(second.stdout)).toBe('1:0-3')
  })

  test('of new partitions of a topic, from their beginning', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    // latest is for what was there at the start.
    const args = [topic, ...member(group), '--from', 'latest', '--discover', '500ms', '-v', ...places]
    const [first, second] = [new Consumer(args), new Consumer(args)]
    await Promise.all([first.said(/ assigned /), second.said(/ assigned /)])
    await settled(group, 2)
    await addPartitions(topic, 3)
    await write(topic, [...values(1, 4), ...values(2, 4)])
    await until(() => totalOf([first, second]) >= 8)
    await Promise.all([first.stop(), second.stop()])
    expect(ranges(first.stdout + second.stdout)).toBe('1:0-3 2:0-3')
    expect(await committedTotal(group, topic)).toBe(8)
  })
})

describe('-g and an end', () => {
  test('-e ends a lone member, an empty topic too', async () => {
    const [topic, empty, group] = [await createTopic({ partitions: 3 }), await createTopic(), uniqueName('group')]
    await write(topic, [...values(0, 5), ...values(2, 5)])
    const run = succeeded(await consume(topic, empty, '-g', group, '--reset', 'earliest', '-e', ...places))
    expect(ranges(run.stdout)).toBe('0:0-4 2:0-4')
    expect(run.stderr).toBe('')
    expect(succeeded(await consume(topic, empty, '-g', group, '-e', ...places)).stdout).toBe('')
  })

  test('-e ends two members that share a topic', async () => {
    const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
    await write(
      topic,
      [0, 1, 2, 3].flatMap((partition) => values(partition, 50))
    )
    const args = [topic, ...member(group), '-e', ...places]
    const [first, second] = await Promise.all([consume(...args), consume(...args)])
    expect([first.code, second.code]).toEqual([0, 0])
    expect(ranges(first.stdout + second.stdout).replaceAll(' ', '')).toMatch(/^0:0-491:0-492:0-493:0-49$/)
    expect(first.stdout.length + second.stdout.length).toBe(200 * `${topic}:0:0\n`.length + 4 * 40)
  })

  test('--idle-exit ends a member', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, values(0, 5))
    const run = succeeded(await consume(topic, '-g', group, '--reset', 'earliest', '--idle-exit', '1s', ...places))
    expect(ranges(run.stdout)).toBe('0:0-4')
    expect(await committedTotal(group, topic)).toBe(5)
  })
})
