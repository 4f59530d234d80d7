// Reading: where it starts, where it ends, and which records it shows.
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { deleteRecordsBefore, write } from '../support/client.js'
import { NOON, read, values } from '../support/reading.js'
import { finished, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

/** 3 partitions, values 0 to 49 at offsets 0 to 49 of each. */
let topic: string
/** 2 partitions of 10. */
let other: string

beforeAll(async () => {
  topic = await createTopic({ partitions: 3, name: 'three-by-fifty' })
  other = await createTopic({ partitions: 2, name: 'two-by-ten' })
  await write(topic, [...values(0, 50), ...values(1, 50), ...values(2, 50)])
  await write(other, [...values(0, 10), ...values(1, 10)])
})

describe('--from', () => {
  const all = '0:0-49 1:0-49 2:0-49'

  test.each<[from: string, expected: string]>([
    ['earliest', all],
    ['beginning', all],
    ['latest', ''],
    ['47', '0:47-49 1:47-49 2:47-49'],
    ['-2', '0:48-49 1:48-49 2:48-49'],
    ['-1000', all],
    [`@${NOON + 40_000}`, '0:40-49 1:40-49 2:40-49'],
    [`@${NOON + 39_001}`, '0:40-49 1:40-49 2:40-49'],
    ['@2024-03-01T12:00:45Z', '0:45-49 1:45-49 2:45-49'],
    ['@2024-03-01T13:00:45+01:00', '0:45-49 1:45-49 2:45-49'],
    ['@2024-03-01', all],
    // Everything is older than an hour: the end.
    ['@-1h', ''],
    ['0:48,2:10', '0:48-49 2:10-49']
  ])('%s', async (from, expected) => {
    expect(await read(topic, '--from', from, '--exit')).toBe(expected)
  })

  test('-o is the same, and nothing at all is earliest', async () => {
    expect(await read(topic, '-o', '-1', '-e')).toBe('0:49 1:49 2:49')
    expect(await read(topic, '-e')).toBe(all)
  })

  test('a relative time counts back from now', async () => {
    const recent = await createTopic()
    await write(recent, [...values(0, 3), { value: 'just now' }])
    expect(await read(recent, '--from', '@-1h', '-e')).toBe('0:3')
  })

  test('partitions that are not listed start as --reset says', async () => {
    expect(await read(topic, '--from', '1:48', '--reset', 'earliest', '-e')).toBe('0:0-49 1:48-49 2:0-49')
    const { code, stdout, stderr } = await sluice(['consume', topic, '--from', '1:48', '--reset', 'none', '-e'], {
      env
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^sluice: topic "${topic}" partition 0 .*--reset earliest or latest.*\n$`))
  })

  test('lists name topics where there are several, and what is not read is said', async () => {
    const from = `${topic}:0:49,${other}:0:8,${other}:7:1`
    const { stdout, stderr } = succeeded(
      await sluice(['consume', topic, other, '--from', from, '-e', '-f', '%t:%p:%o\n'], { env })
    )
    expect(stdout.split('\n').sort()).toEqual(['', `${topic}:0:49`, `${other}:0:8`, `${other}:0:9`].sort())
    expect(stderr).toBe(`sluice: the offset given for ${other} [7] is not used: this partition is not read\n`)
  })

  test('latest is where the log ends when --verbose says ready: nothing written after it is missed', async () => {
    const own = await createTopic({ partitions: 2 })
    await write(own, values(0, 3))
    const child = startSluice(['consume', own, '--from', 'latest', '--verbose'], { env })
    const ready = waitFor(child.stderr, /ready .*\n/)
    expect(await ready).toContain(`sluice: ready ${own}:0:3,${own}:1:0\n`)
    const run = finished(child)
    const seen = waitFor(child.stdout, /after\n/)
    await write(own, [{ partition: 1, value: 'after' }])
    await seen
    child.kill('SIGTERM')
    expect(await run).toMatchObject({ code: 143, stdout: 'after\n' })
  })
})

describe('the end', () => {
  test.each<[args: string[], expected: string]>([
    [['--exit'], '0:0-49 1:0-49 2:0-49'],
    [['--until', 'end'], '0:0-49 1:0-49 2:0-49'],
    [['--until', '3'], '0:0-2 1:0-2 2:0-2'],
    [['--until', '-48'], '0:0-1 1:0-1 2:0-1'],
    // A partition that is not listed is not read.
    [['--until', '0:2,2:1'], '0:0-1 2:0'],
    [['--until', `@${NOON + 2000}`], '0:0-1 1:0-1 2:0-1'],
    // No record of that time or later: the end as of now.
    [['--until', '@-1h'], '0:0-49 1:0-49 2:0-49'],
    [['--from', '10', '--until', '12'], '0:10-11 1:10-11 2:10-11'],
    [['--from', '10', '--until', '10'], ''],
    [['--from', '10', '--until', '3'], ''],
    [['-p', '1', '-n', '4'], '1:0-3'],
    [['-p', '1', '--from', '48', '-n', '4', '-e'], '1:48-49'],
    [['-p', '1', '-n', '0'], ''],
    [['--idle-exit', '1s'], '0:0-49 1:0-49 2:0-49']
  ])('%p', async (args, expected) => {
    expect(await read(topic, ...args)).toBe(expected)
  })

  test('-n counts over all partitions', async () => {
    const { stdout } = succeeded(await sluice(['consume', topic, '-n', '60'], { env }))
    expect(stdout.split('\n')).toHaveLength(61)
  })

  test('--idle-exit counts from the last record', async () => {
    const own = await createTopic()
    await write(own, values(0, 1))
    const child = startSluice(['consume', own, '--idle-exit', '5s'], { env })
    const run = finished(child)
    await waitFor(child.stdout, /0\n/)
    const start = performance.now()
    await sleep(1500)
    await write(own, values(0, 1, 1))
    expect(await run).toMatchObject({ code: 0, stdout: '0\n1\n', stderr: '' })
    // Not from the start, nor from the first one.
    expect(performance.now() - start).toBeGreaterThan(6000)
  })

  test('is as of the start, however much is written meanwhile', async () => {
    const own = await createTopic()
    await write(own, values(0, 3))
    let writing = true
    const busy = (async () => {
      for (let n = 0; writing; n++) await write(own, values(0, 1, 3 + n))
    })()
    const child = startSluice(['consume', own, '-e', '--verbose'], { env })
    const { code } = await finished(child)
    writing = false
    await busy
    expect(code).toBe(0)
  })

  test('of an empty topic is there at once', async () => {
    const empty = await createTopic({ partitions: 2 })
    expect(await read(empty, '-e')).toBe('')
    expect(await read(empty, '--from', 'latest', '-e')).toBe('')
    expect(await read(empty, '--from', `@${NOON}`, '-e')).toBe('')
    expect(await read(empty, '--from', '-5', '-e')).toBe('')
  })

  test('of a topic whose records are all deleted is there at once', async () => {
    const emptied = await createTopic()
    await write(emptied, values(0, 20))
    await deleteRecordsBefore(emptied, 0, 20)
    expect(await read(emptied, '-e')).toBe('')
    // The end cannot be beyond what is there.
    expect(await read(emptied, '--from', 'earliest', '--until', '-5')).toBe('')
    await write(emptied, values(0, 1, 20))
    expect(await read(emptied, '-e')).toBe('0:20')
  })
})

describe('what is read', () => {
  test('several topics, each named once or twice', async () => {
    const { stdout } = succeeded(await sluice(['consume', topic, other, topic, '-e', '-f', '%t\n'], { env }))
    const lines = stdout.split('\n')
    expect(lines.filter((line) => line === topic)).toHaveLength(150)
    expect(lines.filter((line) => line === other)).toHaveLength(20)
  })

  test('the topics whose whole name matches, internal ones never', async () => {
    const id = uniqueName('pattern')
    const names = await Promise.all(['a', 'b'].map((name) => createTopic({ name: `${id}-${name}` })))
    for (const name of names) await write(name, values(0, 1))
    const readPattern = async (pattern: string): Promise<string[]> => {
      const run = await sluice(['consume', '--topic-pattern', pattern, '-e', '-f', '%t\n'], { env })
      return succeeded(run).stdout.split('\n').filter(Boolean).sort()
    }
    expect(await readPattern(`${id}.*`)).toEqual([...names].sort())
    expect(await readPattern(`nothing|${id}-a-.*`)).toEqual([names[0]])
    const half = await sluice(['consume', '--topic-pattern', id, '-e'], { env })
    expect(half).toMatchObject({ code: 1, stdout: '' })
    expect(half.stderr).toMatch(/^sluice: no topic matches the pattern: .*the whole name must match\n$/)
    const internal = await sluice(['consume', '--topic-pattern', '__(consumer_offsets|transaction_state)', '-e'], {
      env
    })
    expect(internal).toMatchObject({ code: 1, stdout: '' })
  })

  test.each([
    ['1', '1:0-49'],
    ['0,2', '0:0-49 2:0-49'],
    ['1-2,2', '1:0-49 2:0-49']
  ])('partitions -p %s', async (list, expected) => {
    expect(await read(topic, '-p', list, '-e')).toBe(expected)
  })

  test.each([
    ['2147483647', 'it has partitions 0 to 2'],
    ['1,3', 'it has partitions 0 to 2']
  ])('-p %s does not exist', async (list, advice) => {
    const number = list.split(',').at(-1)
    const run = await sluice(['consume', topic, '-p', list], { env })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toBe(`sluice: partition ${number} of topic "${topic}" does not exist: ${advice}\n`)
  })

  test('a topic that does not exist is an error at once, with the nearest name, and is not created', async () => {
    const wrong = topic.replace('three', 'thre')
    const start = performance.now()
    const run = await sluice(['consume', other, wrong, '--exit'], { env })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toBe(`sluice: topic "${wrong}" does not exist: did you mean "${topic}"?\n`)
    expect(performance.now() - start).toBeLessThan(20_000)
    expect(await withAdmin((admin) => admin.listTopics())).not.toContain(wrong)
  })
})
