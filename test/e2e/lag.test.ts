// How far groups are behind: the numbers at their edges, members, ages, every form, limits and waiting.
import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { deleteRecordsBefore, write, writeTransaction } from '../support/client.js'
import { commit, settled } from '../support/groups.js'
import { JavaMember } from '../support/java-member.js'
import { Consumer, LongRun, until } from '../support/long-runs.js'
import { NOON, values } from '../support/reading.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { needs } from '../support/versions.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const lag = (...args: string[]): Promise<Result> => sluice(['lag', ...args], { env })

interface Row {
  group: string | null
  topic: string
  partition: number | null
  committed: number | null
  checkpoint?: number | null
  start: number | null
  end: number | null
  lag: number | null
  seconds: number | null
  member: string | null
}

const json = async (...args: string[]): Promise<Row[]> =>
  JSON.parse(succeeded(await lag(...args, '--json')).stdout) as Row[]

/** committed, start, end and lag of each partition. */
async function numbers(...args: string[]): Promise<(number | null)[][]> {
  const rows = await json('--by', 'partition', ...args)
  return rows.map(({ committed, start, end, lag }) => [committed, start, end, lag])
}

describe('at the edges', () => {
  test('a commit below the start of the log counts from the start', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, values(0, 60))
    await deleteRecordsBefore(topic, 0, 49)
    await commit(group, topic, { 0: 10 })
    expect(await numbers(group)).toEqual([[10, 49, 60, 11]])
  })

  test('a commit beyond the end is no lag, and never a negative one', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, values(0, 5))
    await commit(group, topic, { 0: 99_999_999 })
    expect(await numbers(group)).toEqual([[99_999_999, 0, 5, 0]])
  })

  test('partitions that were never committed are there with all that they hold', async () => {
    const [topic, group] = [await createTopic({ partitions: 3 }), uniqueName('group')]
    await write(topic, [...values(0, 20), ...values(1, 30)])
    await commit(group, topic, { 0: 15 })
    expect(await numbers(group)).toEqual([
      [15, 0, 20, 5],
      [null, 0, 30, 30],
      [null, 0, 0, 0]
    ])
    expect((await json(group)).map(({ lag }) => lag)).toEqual([35])
  })

  test('a transaction’s marker is an offset, but nothing that waits; one who read to the end has no lag', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await writeTransaction(topic, values(0, 3), 'commit')
    await commit(group, topic, { 0: 3 })
    const [row] = await json(group, '--by', 'partition', '--time')
    expect(row).toMatchObject({ end: 4, lag: 1, seconds: 0 })

    const reader = uniqueName('group')
    succeeded(await sluice(['consume', topic, '-g', reader, '--assign', '--from', 'earliest', '-e'], { env }))
    expect(await numbers(reader)).toEqual([[4, 0, 4, 0]])
  })

  test('the end is the high watermark, or the last stable offset', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await write(topic, values(0, 5))
    await writeTransaction(topic, values(0, 3), 'leave open')
    await commit(group, topic, { 0: 1 })
    expect(await numbers(group)).toEqual([[1, 0, 8, 7]])
    expect(await numbers(group, '--isolation', 'committed')).toEqual([[1, 0, 5, 4]])
  })

  test('a topic that is deleted stays, and is said to be gone', async () => {
    const [topic, other, group] = [await createTopic(), await createTopic(), uniqueName('group')]
    await commit(group, topic, { 0: 0 })
    await commit(group, other, { 0: 0 })
    const watch = new LongRun(['lag', group, '--by', 'partition', '--json', '--watch', '200ms'])
    await watch.wrote(2)
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic], timeout: 30_000 }))
    await watch.said(/is gone/)
    expect(watch.stderr).toBe(`sluice: topic "${topic}" is gone\n`)
    // The broker forgets what was committed to it after a while.
    const written = watch.lines.length
    await watch.wrote(written + 20)
    expect(await watch.stop()).toBe(130)
    const last = watch.lines.slice(-2).map((line) => JSON.parse(line) as Row)
    const ofTopic = last.find((row) => row.topic === topic)
    expect(ofTopic).toMatchObject({ committed: 0, start: null, end: null, lag: null })
    expect(last.find((row) => row.topic === other)).toMatchObject({ committed: 0, start: 0, end: 0, lag: 0 })
  })
})

describe('which groups and topics', () => {
  test('a group that does not exist is an error, also beside one that does', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await commit(group, topic, { 0: 0 })
    for (const args of [[`${group}x`], [group, `${group}x`]]) {
      const { code, stdout, stderr } = await lag(...args)
      expect({ code, stdout, stderr }).toEqual({
        ...{ code: 1, stdout: '' },
        stderr: `sluice: group "${group}x" does not exist: did you mean "${group}"?\n`
      })
    }
  })

  test('a topic that does not exist is an error; --topic narrows', async () => {
    const [a, b] = [await createTopic(), await createTopic()]
    const group = uniqueName('group')
    await commit(group, a, { 0: 0 })
    await commit(group, b, { 0: 0 })
    expect((await json(group)).map(({ topic }) => topic)).toEqual([a, b].sort())
    expect((await json(group, '--topic', a)).map(({ topic }) => topic)).toEqual([a])
    expect((await json(group, '--topic', a, '--topic', b)).length).toBe(2)
    const { code, stderr } = await lag(group, '--topic', a, '--topic', `${b}x`)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`topic "${b}x" does not exist`) as unknown
    })
  })

  test('all of them without a name, in order', async () => {
    const [topic, prefix] = [await createTopic(), uniqueName('group')]
    for (const name of ['b', 'a', 'c']) await commit(`${prefix}-${name}`, topic, { 0: 0 })
    const groups = (await json()).map(({ group }) => group)
    expect(groups.filter((group) => group?.startsWith(prefix))).toEqual(
      ['a', 'b', 'c'].map((name) => `${prefix}-${name}`)
    )
    expect(groups).toEqual([...groups].sort())
  })

  test('a group that has committed nothing is said', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    const consumer = new Consumer([topic, '-g', group, '--commit', 'none'])
    await settled(group, 1)
    const { code, stdout, stderr } = await lag(group, '--json')
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr: `sluice: group "${group}" has committed nothing\n`
    })
    await consumer.stop()
  })
})

describe('forms', () => {
  let topic: string
  const group = uniqueName('forms')

  beforeAll(async () => {
    topic = await createTopic({ partitions: 2 })
    await write(topic, [...values(0, 20), ...values(1, 30)])
    await commit(group, topic, { 0: 15 })
  })

  test('a table has what means something', async () => {
    expect(succeeded(await lag(group)).stdout).toBe(
      `GROUP${' '.repeat(group.length - 3)}TOPIC${' '.repeat(topic.length - 3)}LAG\n${group}  ${topic}   35\n`
    )
    const table = succeeded(await lag(group, '--by', 'partition')).stdout
    expect(table).toMatch(/^GROUP +TOPIC +PARTITION +COMMITTED +START +END +LAG +MEMBER\n/)
  })

  test('JSON and CSV have all columns', async () => {
    const none = { committed: null, start: null, end: null, seconds: null, member: null }
    expect(await json(group)).toEqual([{ group, topic, partition: null, ...none, lag: 35 }])
    const header = 'group,topic,partition,committed,start,end,lag,seconds,member\n'
    expect(succeeded(await lag(group, '--format', 'csv')).stdout).toBe(`${header}${group},${topic},,,,,35,,\n`)
    const csv = succeeded(await lag(group, '--by', 'partition', '--format', 'csv')).stdout
    expect(csv).toBe(`${header}${group},${topic},0,15,0,20,5,,\n${group},${topic},1,,0,30,30,,\n`)
  })

  test('Prometheus reads the names of kafka_exporter', async () => {
    const lines = succeeded(await lag(group, '--format', 'prometheus')).stdout.split('\n')
    const of = (labels: string): string => `{consumergroup="${group}",topic="${topic}",${labels}}`
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
      `kafka_consumergroup_current_offset${of('partition="0"')} 15`,
      `kafka_consumergroup_lag${of('partition="0"')} 5`,
      `kafka_consumergroup_lag${of('partition="1"')} 30`,
      `kafka_topic_partition_current_offset{topic="${topic}",partition="0"} 20`,
      `kafka_topic_partition_current_offset{topic="${topic}",partition="1"} 30`,
      `kafka_topic_partition_oldest_offset{topic="${topic}",partition="0"} 0`,
      `kafka_topic_partition_oldest_offset{topic="${topic}",partition="1"} 0`,
      ''
    ])
  })

  test('--max: the report, and 3 when a row of it is over', async () => {
    const results = await Promise.all([
      lag(group, '--max', '35'),
      lag(group, '--max', '34'),
      lag(group, '--max', '34', '--by', 'partition')
    ])
    expect(results.map(({ code }) => code)).toEqual([0, 3, 0])
    expect(results[1].stdout).toContain(group)
    expect(results[1].stderr).toBe(`sluice: the lag of group "${group}" on topic "${topic}" is 35, over 34\n`)
  })

  test('--wait that is in vain names the worst', async () => {
    const { code, stderr } = await lag(group, '--by', 'partition', '--wait', '--timeout', '300ms')
    expect(code).toBe(3)
    const worst = `the lag of group "${group}" on topic "${topic}" partition 1 is 30, over 0 (1 other row too)`
    expect(stderr).toBe(`sluice: ${worst}, after 0.3 s\n`)
  })
})

test('--wait ends once a consumer has caught up', async () => {
  const [topic, group] = [await createTopic(), uniqueName('group')]
  await write(topic, values(0, 100))
  await commit(group, topic, { 0: 10 })
  const waiting = new LongRun(['lag', group, '--wait', '--json'])
  const near = new LongRun(['lag', group, '--wait', '--max', '50', '--json'])
  const consume = ['consume', topic, '-g', group, '--assign', '-e']
  succeeded(await sluice([...consume, '-n', '60'], { env }))
  expect(await near.ended).toBe(0)
  expect(JSON.parse(near.stdout)).toEqual([expect.objectContaining({ lag: 30 })])
  expect(waiting.child.exitCode).toBeNull()
  succeeded(await sluice(consume, { env }))
  expect(await waiting.ended).toBe(0)
  expect(JSON.parse(waiting.stdout)).toEqual([expect.objectContaining({ lag: 0 })])
  expect(waiting.stderr).toBe('')
})

test('members are told by partition; one without any is no trouble', async () => {
  const [topic, group] = [await createTopic({ partitions: 2 }), uniqueName('group')]
  await write(topic, [...values(0, 3), ...values(1, 3)])
  const consumers = [0, 1, 2].map(
    (index) =>
      new Consumer([
        topic,
        '-g',
        group,
        '--from',
        'earliest',
        '-X',
        `client.id=reader-${index}`,
        '--commit',
        'auto:200ms'
      ])
  )
  await settled(group, 3)
  await until(async () => {
    const rows = await numbers(group).catch(() => [])
    return rows.length === 2 && rows.every((row) => row[3] === 0)
  })
  const members = (await json(group, '--by', 'partition')).map(({ member }) => member)
  expect(members).toEqual([0, 1].map(() => expect.stringMatching(/^reader-[012] \(127\.0\.0\.1\)$/) as unknown))
  expect(new Set(members).size).toBe(2)
  await Promise.all(consumers.map((consumer) => consumer.stop()))
  await settled(group, 0)
  expect((await json(group, '--by', 'partition')).map(({ member }) => member)).toEqual([null, null])
})

needs('4.0')('members of a group of the newer protocol are told too (KIP-848)', async () => {
  const [topic, group] = [await createTopic(), uniqueName('group')]
  await write(topic, values(0, 3))
  const java = await JavaMember.start(topic, group, 'group.protocol=consumer')
  try {
    await until(async () => {
      const [row] = await json(group, '--by', 'partition').catch(() => [])
      return row?.lag === 0 && row.member === 'console-consumer (127.0.0.1)'
    })
  } finally {
    await java.stop()
  }
})

describe('--time is the age of the next unread record', () => {
  const secondsOf = async (...args: string[]): Promise<(number | null)[]> =>
    (await json('--time', '--by', 'partition', ...args)).map(({ seconds }) => seconds)
  const since = (time: number): number => (Date.now() - time) / 1000
  /** What is looked up: the ages of records of these times, as of some time while that is done; whole seconds count. */
  const between = async (times: number[], look: () => Promise<(number | null)[]>): Promise<(number | null)[]> => {
    const before = times.map(since)
    const seconds = await look()
    for (const [i, time] of times.entries()) {
      expect(seconds[i]!).toBeGreaterThan(before[i]! - 1)
      expect(seconds[i]!).toBeLessThan(since(time) + 1)
    }
    return seconds
  }

  test('by its own timestamp, in every partition; 0 where there is none', async () => {
    const [topic, group] = [await createTopic({ partitions: 4 }), uniqueName('group')]
    // Batches that a small fetch does not hold two of.
    const large = 'x'.repeat(100_000)
    const messages = [0, 1, 2].flatMap((partition) =>
      values(partition, 5).map((message) => ({ ...message, value: large }))
    )
    await write(topic, messages)
    await commit(group, topic, { 0: 0, 1: 3, 2: 5, 3: 0 })
    const seconds = await between([NOON, NOON + 3000], () => secondsOf(group))
    expect(seconds.slice(2)).toEqual([0, 0])
    const [sum] = await json(group, '--time')
    expect(sum!.seconds).toBeGreaterThanOrEqual(seconds[0]!)
  })

  test('of an aborted transaction only where it is read', async () => {
    const [topic, group] = [await createTopic(), uniqueName('group')]
    await writeTransaction(topic, values(0, 3), 'abort')
    await write(topic, values(0, 1, 600))
    await commit(group, topic, { 0: 1 })
    await between([NOON + 1000], () => secondsOf(group))
    await between([NOON + 600_000], () => secondsOf(group, '--isolation', 'committed'))
  })

  test('by the broker’s clock where the topic has that, and from the start of the log', async () => {
    const topic = await createTopic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
    const group = uniqueName('group')
    await write(topic, values(0, 1))
    await write(topic, values(0, 1))
    await deleteRecordsBefore(topic, 0, 1)
    await commit(group, topic, { 0: 0 })
    const [seconds] = await secondsOf(group)
    expect(seconds).toBeGreaterThanOrEqual(0)
    expect(seconds).toBeLessThan(60)
  })
})

describe('--checkpoint', () => {
  const file = (): string => new Workdir().join('positions')

  test('counts from the file’s positions, beside the committed ones', async () => {
    const [topic, group, positions] = [await createTopic(), uniqueName('group'), file()]
    await write(topic, values(0, 50))
    await commit(group, topic, { 0: 10 })
    const consume = ['consume', topic, '-g', group, '--assign', '--commit', 'none', '--checkpoint', positions]
    succeeded(await sluice([...consume, '-n', '20'], { env }))
    const [row] = await json('--checkpoint', positions, '--by', 'partition')
    expect(row).toMatchObject({ group, committed: 10, checkpoint: 30, lag: 20 })
    expect(await json(group, '--checkpoint', positions)).toEqual([
      expect.objectContaining({ group, lag: 20, checkpoint: null })
    ])
    const { code, stderr } = await lag(`${group}-other`, '--checkpoint', positions)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `sluice: the checkpoint file is of group "${group}": name that group, or none\n`
    })
  })

  test('a file of no group stands by itself, or beside the group that is named', async () => {
    const [topic, group, positions] = [await createTopic(), uniqueName('group'), file()]
    await write(topic, values(0, 50))
    succeeded(await sluice(['consume', topic, '--checkpoint', positions, '-n', '20'], { env }))
    expect(await json('--checkpoint', positions, '--by', 'partition')).toEqual([
      expect.objectContaining({ group: null, topic, committed: null, checkpoint: 20, lag: 30 })
    ])
    await commit(group, topic, { 0: 10 })
    expect(await json(group, '--checkpoint', positions, '--by', 'partition')).toEqual([
      expect.objectContaining({ group, committed: 10, checkpoint: 20, lag: 30 })
    ])
  })

  test('positions in what is gone stay, are said, and do not hide the rest', async () => {
    const [topic, positions] = [await createTopic(), file()]
    await write(topic, values(0, 5))
    succeeded(await sluice(['consume', topic, '--checkpoint', positions, '-n', '2'], { env }))
    const place = `{"topic": "${topic}", "partition": 0,`
    const more = [place.replace(' 0,', ' 7,'), place.replace(topic, `${topic}x`)].map(
      (other) => `${other} "offset": 1},`
    )
    writeFileSync(positions, readFileSync(positions, 'utf8').replace(place, `${more.join('\n')}\n${place}`))
    const rows = await json('--checkpoint', positions, '--by', 'partition')
    expect(rows.map(({ partition, checkpoint, lag }) => [partition, checkpoint, lag])).toEqual([
      [0, 2, 3],
      [7, 1, null],
      [0, 1, null]
    ])
    const { code, stdout, stderr } = await lag('--checkpoint', positions, '--max', '2', '--format', 'csv')
    expect(stdout.split('\n').map((line) => line.split(',').slice(1).join())).toMatchObject([
      ...[expect.anything(), `${topic},,,,,,3,,`, `${topic}x,,,,,,,,`, '']
    ])
    expect([code, stderr.split('\n')]).toEqual([
      3,
      [
        `sluice: topic "${topic}x" is gone`,
        `sluice: topic "${topic}" partition 7 is gone`,
        `sluice: the lag of topic "${topic}" is 3, over 2`,
        ''
      ]
    ])
  })

  test('another cluster’s file is refused, and so is none', async () => {
    const [topic, positions] = [await createTopic(), file()]
    await write(topic, values(0, 5))
    succeeded(await sluice(['consume', topic, '--checkpoint', positions, '-n', '2'], { env }))
    const foreign = `${positions}-foreign`
    writeFileSync(foreign, readFileSync(positions, 'utf8').replace(/"cluster": "[^"]*"/, '"cluster": "elsewhere"'))
    const results = [await lag('--checkpoint', foreign), await lag('--checkpoint', `${positions}-none`)]
    expect(results.map(({ code, stdout }) => [code, stdout])).toEqual([
      [1, ''],
      [1, '']
    ])
    expect(results[0]!.stderr).toContain(`the checkpoint ${positions}-foreign is of cluster elsewhere`)
    expect(results[1]!.stderr).toContain(`there is no checkpoint ${positions}-none`)
  })
})

test.each([
  [['--wait', '--watch', '2s'], '--wait does not go with'],
  [['--listen', 'nowhere'], 'is nowhere to listen'],
  [['--watch', '1ms'], 'too short'],
  [['--timeout', '1s'], '--timeout needs something']
])('%j is wrong usage', async (args, what) => {
  const { code, stdout, stderr } = await sluice(['lag', '-b', '127.0.0.1:1', ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(what)
})
