// Reading: where it starts, where it ends, and which records it shows.
import { once } from 'node:events'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { type Message, deleteRecordsBefore, write, writeTransaction } from '../support/client.js'
import { bash, finished, sluice, startSluice, succeeded, waitFor } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

/** 1 March 2024, 12:00 UTC. */
const NOON = 1_709_294_400_000

/** `count` values from `first` on, one a second from noon. */
function values(partition: number, count: number, first = 0): Message[] {
  return Array.from({ length: count }, (_, i) => ({
    partition,
    value: `${first + i}`,
    timestamp: `${NOON + (first + i) * 1000}`
  }))
}

/** Runs consume: which offsets it gave of which partitions, as in `0:0-49 1:3`. */
async function read(...args: string[]): Promise<string> {
  return ranges(succeeded(await sluice(['consume', ...args, '-f', '%t:%p:%o\n'], { env })).stdout)
}

/** Offsets of a partition that follow each other become one range. The topic is left out: `read` names one as a rule. */
function ranges(text: string): string {
  const parts = new Map<string, [first: number, last: number][]>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [, partition, offset] = /:(\d+):(\d+)$/.exec(line)!
    const list = parts.get(partition!) ?? []
    parts.set(partition!, list)
    const last = list.at(-1)
    if (last && last[1] === Number(offset) - 1) last[1]++
    else list.push([Number(offset), Number(offset)])
  }
  const show = ([first, last]: [number, number]): string => (first === last ? `${first}` : `${first}-${last}`)
  return [...parts]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([partition, list]) => `${partition}:${list.map(show).join(',')}`)
    .join(' ')
}

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
    [['--idle-exit', '300ms'], '0:0-49 1:0-49 2:0-49']
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
    const child = startSluice(['consume', own, '--idle-exit', '3s'], { env })
    const run = finished(child)
    await waitFor(child.stdout, /0\n/)
    await write(own, values(0, 1, 1))
    await waitFor(child.stdout, /1\n/)
    const last = performance.now()
    expect(await run).toMatchObject({ code: 0, stdout: '0\n1\n', stderr: '' })
    expect(performance.now() - last).toBeGreaterThan(2500)
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

describe('a position that no record has', () => {
  test('behind the last record stands the marker of its transaction', async () => {
    const own = await createTopic()
    await writeTransaction(own, values(0, 5), 'commit')
    expect(await read(own, '-e')).toBe('0:0-4')
    expect(await read(own, '-e', '--isolation', 'uncommitted')).toBe('0:0-4')
    expect(await read(own, '--from', '-1', '-e')).toBe('')
    expect(await read(own, '--from', '5', '-e')).toBe('')
    expect(await read(own, '--until', '6')).toBe('0:0-4')
  })

  test('aborted transactions are shown under --isolation uncommitted alone', async () => {
    const own = await createTopic()
    await write(own, values(0, 2))
    await writeTransaction(own, values(0, 3), 'abort')
    await writeTransaction(own, values(0, 2), 'commit')
    await writeTransaction(own, values(0, 3), 'abort')
    // Markers at 5, 8 and 12.
    expect(await read(own, '-e')).toBe('0:0-1,6-7')
    expect(await read(own, '-e', '--isolation', 'uncommitted')).toBe('0:0-4,6-7,9-11')
    expect(await read(own, '--from', '3', '-n', '1')).toBe('0:6')
  })

  test('an open transaction ends the log for those who read what is committed', async () => {
    const own = await createTopic()
    await write(own, values(0, 2))
    await writeTransaction(own, values(0, 3), 'leave open')
    await write(own, values(0, 1))
    expect(await read(own, '-e')).toBe('0:0-1')
    expect(await read(own, '--from', 'latest', '--idle-exit', '500ms')).toBe('')
    expect(await read(own, '-e', '--isolation', 'uncommitted')).toBe('0:0-5')
  })

  test('compaction leaves gaps, also at the end of what is asked for', async () => {
    await withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 4, name: '1', configEntries: [{ name: 'log.cleaner.backoff.ms', value: '100' }] }]
      })
    )
    const config = {
      ...{ 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.001' },
      ...{ 'max.compaction.lag.ms': '100', 'delete.retention.ms': '0' }
    }
    const own = await createTopic({ config })
    // Of each send only the last value of a key stays; what follows closes the segment.
    const keyed = (key: string, value: string): Message => ({ key, value, partition: 0 })
    await write(
      own,
      Array.from({ length: 1000 }, (_, i) => keyed(`k${i % 3}`, `${i}`))
    )
    await write(
      own,
      Array.from({ length: 1000 }, (_, i) => keyed('gone', `${i}`))
    )
    await write(
      own,
      Array.from({ length: 500 }, () => keyed('gone', 'last'))
    )
    const deadline = Date.now() + 60_000
    let got: string
    for (let n = 0; (got = await read(own, '--until', '1000')) !== '0:997-999'; n++) {
      if (Date.now() > deadline) throw new Error(`not compacted: ${got}`)
      await write(own, [keyed('other', `${n}`)])
    }
    expect(await read(own, '--from', '5', '--until', '998')).toBe('0:997')
    // From within a gap to within one: nothing, and it ends.
    expect(await read(own, '--from', '1001', '--until', '1500')).toBe('')
    expect(await read(own, '--from', '1001', '-n', '1')).toMatch(/^0:\d+$/)
  }, 90_000)
})

describe('an offset out of range', () => {
  test.each<[args: string[], expected: string, notice: string]>([
    [
      ['--from', '999', '-n', '1'],
      '0:0',
      'offset 999 of TOPIC [0] is out of range: going on from 0 (earliest, 999 offsets back)'
    ],
    [
      ['--from', '999', '--until', '1000', '--idle-exit', '500ms'],
      '0:0-49',
      'going on from 0 (earliest, 999 offsets back)'
    ],
    [
      ['--from', '0:999', '--reset', 'latest', '--idle-exit', '300ms'],
      '',
      'going on from 50 (latest, 949 offsets back)'
    ]
  ])('%p goes on as --reset says, with a word about the gap', async (args, expected, notice) => {
    const { stdout, stderr } = succeeded(
      await sluice(['consume', topic, '-p', '0', ...args, '-f', '%t:%p:%o\n'], { env })
    )
    expect(ranges(stdout)).toBe(expected)
    expect(stderr).toContain(notice.replace('TOPIC', topic))
  })

  test('with --reset none is an error that names the place', async () => {
    const run = await sluice(['consume', topic, '-p', '0', '--from', '999', '--reset', 'none', '-n', '1'], { env })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toBe(
      `sluice: offset 999 of ${topic} [0] is out of range: give --reset earliest or latest to go on from there\n`
    )
  })

  test('arises also when records are deleted before they are read', async () => {
    const own = await createTopic()
    await write(own, values(0, 5))
    const child = startSluice(['consume', own, '--from', 'earliest', '-n', '8'], { env })
    const run = finished(child)
    await waitFor(child.stdout, /4\n/)
    // While it stands still, a fetch that waits at the broker is answered with what is written first; the rest is gone.
    child.kill('SIGSTOP')
    await write(own, values(0, 1, 5))
    await write(own, values(0, 20, 6))
    await deleteRecordsBefore(own, 0, 20)
    child.kill('SIGCONT')
    const { code, stdout, stderr } = await run
    const wanted = stdout.includes('\n5\n') ? 6 : 5
    const before = Array.from({ length: wanted }, (_, i) => `${i}`)
    const after = Array.from({ length: 8 - wanted }, (_, i) => `${20 + i}`)
    expect({ code, lines: stdout.trim().split('\n') }).toEqual({ code: 0, lines: [...before, ...after] })
    expect(stderr).toBe(
      `sluice: offset ${wanted} of ${own} [0] is out of range: going on from 20 (earliest, ${20 - wanted} offsets skipped)\n`
    )
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
    expect(performance.now() - start).toBeLessThan(5000)
    expect(await withAdmin((admin) => admin.listTopics())).not.toContain(wrong)
  })
})

describe('output', () => {
  test('delimiters: any bytes, several, none, NUL, and the key before the value', async () => {
    const own = await createTopic()
    await write(own, [
      { key: 'k1', value: 'v1' },
      { key: null, value: 'v2' },
      { key: '', value: '' },
      { key: 'k4', value: null }
    ])
    const outputOf = async (...args: string[]): Promise<string> =>
      succeeded(await sluice(['consume', own, '-e', ...args], { env })).stdout
    expect(await outputOf()).toBe('v1\nv2\n\n\n')
    expect(await outputOf('-0')).toBe('v1\0v2\0\0\0')
    expect(await outputOf('-D', '')).toBe('v1v2')
    expect(await outputOf('-D', '::\\n\\x00')).toBe('v1::\n\0v2::\n\0::\n\0::\n\0')
    expect(await outputOf('-K', ' → ')).toBe('k1 → v1\n → v2\n → \nk4 → \n')
  })

  test('-O writes a file, which .gz and .zst compress, and says nothing on stdout', async () => {
    const workdir = new Workdir()
    const expected = succeeded(await sluice(['consume', topic, '-e', '-p', '1'], { env })).stdout
    for (const name of ['plain', 'packed.gz', 'packed.zst']) {
      const run = await sluice(['consume', topic, '-e', '-p', '1', '-O', name], { env, cwd: workdir.path })
      expect(run).toEqual({ code: 0, stdout: '', stderr: '' })
    }
    expect(workdir.read('plain')).toBe(expected)
    expect(gunzipSync(workdir.readBytes('packed.gz')).toString()).toBe(expected)
    const { zstdDecompressSync } = await import('node:zlib')
    expect(zstdDecompressSync(workdir.readBytes('packed.zst')).toString()).toBe(expected)
  })

  test('a record far beyond a megabyte is whole, and those after it come too', async () => {
    const own = await createTopic({ config: { 'max.message.bytes': '8000000' } })
    const long = '0123456789abcdef'.repeat(400_000)
    await write(own, [{ value: 'before' }])
    await write(own, [{ value: long }])
    await write(own, [{ value: long }, { value: 'after' }])
    const { stdout } = succeeded(await sluice(['consume', own, '-e'], { env }))
    expect(stdout === `before\n${long}\n${long}\nafter\n`).toBe(true)
  })

  test('goes out line by line while a topic is slow', async () => {
    const own = await createTopic({ partitions: 2 })
    const child = startSluice(['consume', own], { env })
    const run = finished(child)
    for (let i = 0; i < 4; i++) {
      const seen = waitFor(child.stdout, new RegExp(`^line ${i}\n$`), 10_000)
      await write(own, [{ value: `line ${i}`, partition: i % 2 }])
      await seen
    }
    child.kill('SIGINT')
    expect(await run).toMatchObject({ code: 130, stderr: '' })
  })
})

describe('a reader of the output', () => {
  let large: string
  const LINES = 200_000

  beforeAll(async () => {
    large = await createTopic({ partitions: 2, name: 'large' })
    const line = (i: number): Message => ({ value: `${i} ${'x'.repeat(90)}`, partition: i % 2 })
    await write(
      large,
      Array.from({ length: LINES }, (_, i) => line(i))
    )
  }, 60_000)

  test.each([
    ['that has seen enough', `sluice consume ${'$TOPIC'} | head -1`],
    ['that has seen enough of a bounded run', `sluice consume ${'$TOPIC'} -e -f '%o %s\\n' | head -1`],
    ['that never reads', `sluice consume ${'$TOPIC'} -e | true`]
  ])('%s ends it, in silence and with 0', async (_, script) => {
    const start = performance.now()
    // With pipefail: sluice's own exit code counts.
    const run = await bash(script, { env: { ...env, TOPIC: large } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout.split('\n').length).toBeLessThanOrEqual(2)
    expect(performance.now() - start).toBeLessThan(10_000)
  })

  test('that is slow gets every byte, of every partition in order', async () => {
    const slowly = 'for n in 1 2 3 4 5; do sleep 0.1; head -c 100000; done; cat'
    const { stdout } = succeeded(
      await bash(`sluice consume $TOPIC -e | (${slowly})`, { env: { ...env, TOPIC: large } })
    )
    const lines = stdout.split('\n')
    expect(lines).toHaveLength(LINES + 1)
    for (const parity of [0, 1]) {
      const numbers = lines
        .filter(Boolean)
        .map((line) => parseInt(line))
        .filter((n) => n % 2 === parity)
      expect(numbers.every((n, i) => n === i * 2 + parity)).toBe(true)
    }
    expect(lines.slice(0, -1).every((line) => line.endsWith('x'.repeat(90)))).toBe(true)
  })

  test('that stands still holds up its end no longer than the second signal', async () => {
    const child = startSluice(['consume', large, '-e'], { env })
    await waitFor(child.stdout, /\n/)
    child.stdout!.pause()
    const exit = once(child, 'exit')
    // Two signals in a row may arrive as one.
    const asking = setInterval(() => child.kill('SIGINT'), 100)
    const [code, signal] = (await exit) as [number | null, string | null]
    clearInterval(asking)
    child.stdout!.destroy()
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGINT' })
  })
})
