// pipe --parallelism: who reads and writes what, and what there is once, whatever the number of subtasks.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { ownerOf } from '../../src/flow/subtask.js'
import { bootstrap, createTopic, createTopicNamed, uniqueName } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { settled } from '../support/groups.js'
import { butRetries, ended, wrongNumbers } from '../support/exactly-once.js'
import { LongRun, until } from '../support/long-runs.js'
import { nothing, wrong } from '../support/numbers.js'
import { type Result, type RunOptions, bash, finished, sluice, startSluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }

function pipe(subtasks: number, args: string[], options: RunOptions = {}): Promise<Result> {
  return sluice(['pipe', ...args, '--parallelism', `${subtasks}`], { env, ...options })
}

/** Each partition has its number as so many values. */
async function fill(topic: string, partitions: number, values = 1): Promise<void> {
  const of = (partition: number) =>
    Array.from({ length: values }, () => ({ partition, key: 'k', value: `${partition}` }))
  await write(topic, Array.from({ length: partitions }, (_, partition) => of(partition)).flat())
}

/** The lines of each file of a folder, by its name. */
function filesIn(folder: string): Record<string, string[]> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8').split('\n').slice(0, -1)])
  )
}

const text = (folder: string): { stdout: string } => ({
  stdout: Object.values(filesIn(folder))
    .map((lines) => lines.map((line) => `${line}\n`).join(''))
    .join('')
})

/** When a file was written last, in milliseconds. */
function written(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}

describe('shares', () => {
  // Owners are computed from the name: these are semantics.md's own.
  test.each([
    ['pattern-topic', 3, { 1: ['1'], 2: ['2'], 3: ['0', '3'] }],
    ['test-topic2', 4, { 1: ['2'], 2: ['3'], 3: ['0'], 4: ['1'] }]
  ])('of %s among %i are Flink’s', async (topic, subtasks, expected) => {
    await createTopicNamed(topic, { partitions: 4 })
    await fill(topic, 4)
    const cwd = new Workdir()
    const result = succeeded(await pipe(subtasks, [`kafka:${topic}?exit`, 'out'], { cwd: cwd.path }))
    expect([result.stdout, result.stderr]).toEqual(['', ''])
    const files = filesIn(cwd.join('out'))
    for (const lines of Object.values(files)) lines.sort()
    expect(files).toEqual(expected)
  })

  test.each([
    [4, 1],
    [2, 5],
    [3, 2]
  ])('of %i subtasks go to one fixed partition of %i', async (subtasks, partitions) => {
    const [from, to] = [await createTopic({ partitions: 8 }), await createTopic({ partitions })]
    await fill(from, 8)
    succeeded(await pipe(subtasks, [`kafka:${from}?exit`, `kafka:${to}?partitioner=fixed`]))
    const messages = await readAll(to)
    expect(messages).toHaveLength(8)
    for (const { partition, value } of messages) {
      expect(partition).toBe(ownerOf(from, Number(value), subtasks) % partitions)
    }
  })

  test('that are empty are said, once', async () => {
    const topic = await createTopic()
    await fill(topic, 1)
    const few = await pipe(3, [`kafka:${topic}?exit`, '-'])
    expect(few).toMatchObject({ code: 0, stdout: '0\n', stderr: 'sluice: 2 of 3 subtasks have nothing to read\n' })
    const input = await pipe(2, ['-', `kafka:${topic}`], { input: 'a\nb\n' })
    expect(input).toMatchObject({ code: 0, stderr: 'sluice: 1 of 2 subtasks have nothing to read\n' })
    expect((await readAll(topic)).map(({ value }) => value)).toEqual(['0', 'a', 'b'])
  })

  test('of files are whole files, each read once', async () => {
    const folder = new Workdir()
    for (let n = 1; n <= 9; n++) folder.write(`in/${n}`, `${n}\n`)
    succeeded(await pipe(3, ['in', 'out', '--checkpoint', 'c', '--delivery', 'exactly-once'], { cwd: folder.path }))
    for (let n = 10; n <= 12; n++) folder.write(`in/${n}`, `${n}\n`)
    succeeded(await pipe(2, ['in', 'out', '--checkpoint', 'c', '--delivery', 'exactly-once'], { cwd: folder.path }))
    expect(wrong(12, [text(folder.join('out'))])).toEqual(nothing)
  })

  test('of a group are those of its members, and none begins anew what another one has begun', async () => {
    const [from, group] = [await createTopic({ partitions: 8 }), uniqueName('group')]
    await fill(from, 8, 10)
    const run = new LongRun(['pipe', `kafka:${from}?group=${group}&from=earliest`, '-', '--parallelism', '4'])
    await run.wrote(80)
    // The group has rebalanced as they came.
    const { members } = await settled(group, 4, bootstrap, 8)
    expect(members.map((partitions) => partitions.length)).toEqual([2, 2, 2, 2])
    expect(await run.stop('SIGTERM')).toBe(143)
    const lag = succeeded(await sluice(['lag', group, '--by', 'partition', '--json'], { env }))
    expect((JSON.parse(lag.stdout) as { lag: number }[]).map((row) => row.lag)).toEqual(new Array<number>(8).fill(0))
    expect(run.lines.toSorted()).toEqual([...'01234567'].flatMap((value) => new Array<string>(10).fill(value)))
  })
})

describe('what there is once', () => {
  test('lines on standard output are whole, and stand below one header line', async () => {
    const topic = await createTopic({ partitions: 2 })
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i + 1} ${'x'.repeat(i % 200)}`)
    await write(
      topic,
      lines.map((value, i) => ({ partition: i % 2, value }))
    )
    // A slow reader: the pipe is full most of the time.
    const options = { env, within: 80_000 }
    const { stdout } = succeeded(
      await bash(
        `sluice pipe 'kafka:${topic}?exit' 'stdout:?format=csv&fields=value' --parallelism 2 | (sleep 1; cat)`,
        options
      )
    )
    const [head, ...rest] = stdout.replaceAll('\r', '').trimEnd().split('\n')
    expect(head).toBe('value')
    expect(rest.toSorted()).toEqual(lines.toSorted())
  })

  test('a reader that goes away ends all of them, silently', async () => {
    const topic = await createTopic({ partitions: 2 })
    const value = 'x'.repeat(50)
    // More than the system holds for a reader, so that each has something to write when there is none.
    await write(
      topic,
      Array.from({ length: 10_000 }, (_, i) => ({ partition: i % 2, value }))
    )
    const script = `sluice pipe 'kafka:${topic}' - --parallelism 2 | head -1`
    expect(await bash(script, { env })).toMatchObject({ code: 0, stderr: '', stdout: `${value}\n` })
  })

  test('notices, counts and commits', async () => {
    const [from, to] = [await createTopic({ partitions: 3 }), await createTopic({ partitions: 2 })]
    await fill(from, 3, 5)
    const source = `kafka:${from}?exit&group=${uniqueName('group')}&assign&from=earliest`
    const { stderr } = succeeded(await pipe(3, [source, `kafka:${to}`, '--verbose']))
    expect(stderr.match(/has 2 partitions, the source 3/g)).toHaveLength(1)
    expect(stderr.match(/^sluice: ready .*$/gm)).toHaveLength(1)
    for (const partition of [0, 1, 2]) expect(stderr).toContain(`${from}:${partition}:0`)
    expect(stderr).toMatch(/^sluice: 15 records, .*, 0 skipped$/m)
    expect(stderr).toMatch(/^sluice: commitsSucceeded [3-9], commitsFailed 0$/m)
    expect(await readAll(to)).toHaveLength(15)
  })

  test('a failure: the others settle what they have read', async () => {
    const topic = await createTopic({ partitions: 3 })
    const good = Array.from({ length: 30 }, (_, i) => ({ partition: i % 2, value: `{"a":${i}}` }))
    await write(topic, [...good, { partition: 2, value: 'bad' }])
    const folder = new Workdir()
    const args = [`kafka:${topic}`, 'out?format=csv&fields=value.a', '--checkpoint', 'c']
    const { code, stderr } = await pipe(3, args, { cwd: folder.path })
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^sluice: the value of ${topic} \\[2\\] at offset 0 is not JSON .*\n$`))
    const positions = (JSON.parse(folder.read('c')) as { positions: { offset: number }[] }).positions
    expect(positions.map(({ offset }) => offset)).toHaveLength(3)
    const rows = Object.values(filesIn(folder.join('out'))).map((lines) => Math.max(0, lines.length - 1))
    expect(rows.toSorted()).toEqual(positions.map(({ offset }) => offset).toSorted())
  })

  test('a rate', async () => {
    const [from, to] = [await createTopic({ partitions: 2 }), await createTopic()]
    await fill(from, 2, 900)
    const begin = Date.now()
    succeeded(await pipe(2, [`kafka:${from}?exit`, `kafka:${to}?rate=300/s`]))
    expect(Date.now() - begin).toBeGreaterThan(5500)
    expect(await readAll(to)).toHaveLength(1800)
  })
})

describe('files', () => {
  test('in a folder, as the mode says', async () => {
    const topic = await createTopic({ partitions: 2 })
    await fill(topic, 2)
    const folder = new Workdir()
    const run = (sink: string): Promise<Result> => pipe(2, [`kafka:${topic}?exit`, sink], { cwd: folder.path })
    const lines = (): number[] => Object.values(filesIn(folder.join('out'))).map(({ length }) => length)
    succeeded(await run('out'))
    expect([readdirSync(folder.join('out')), lines()]).toEqual([
      ['1', '2'],
      [1, 1]
    ])
    const said = 'out/1 is there already: say mode=overwrite or mode=append, or name another file'
    expect(await run('out')).toMatchObject({ code: 1, stderr: `sluice: ${said}\n` })
    succeeded(await run('out?mode=append'))
    expect(lines()).toEqual([2, 2])
    succeeded(await run('out?mode=overwrite'))
    expect(lines()).toEqual([1, 1])
    succeeded(await run('more?roll=1k'))
    expect(readdirSync(folder.join('more'))).toEqual(['1-000001', '2-000001'])
    succeeded(await run('out.gz'))
    expect(gunzipSync(folder.readBytes('out.gz/1.gz')).toString()).toMatch(/^[01]\n$/)
    folder.write('file', '')
    expect(await run('file')).toMatchObject({ code: 1, stderr: expect.stringContaining('a file has that name') })
  })

  test('hold all of a topic, whatever the number of subtasks and wherever they were ended', async () => {
    const RECORDS = 40_000
    const topic = await createTopic({ partitions: 5 })
    const produce = ['produce', topic, '--partitioner', 'round-robin', '--linger', '5ms', '--rate', `${RECORDS / 10}/s`]
    const writing = finished(startSluice([...produce, '--sequence', `1:${RECORDS}`], { env }))
    const folder = new Workdir()
    const run = ['pipe', `kafka:${topic}`, 'out', '--delivery', 'exactly-once', '--checkpoint', 'c']
    const every = ['--checkpoint-interval', '30ms']
    for (const [subtasks, signal] of [
      [3, 'SIGKILL'],
      [2, 'SIGINT'],
      [4, 'SIGKILL'],
      [3, 'SIGTERM'],
      [3, 'SIGKILL'],
      [2, 'SIGKILL']
    ] as const) {
      const before = written(folder.join('c'))
      const going = new LongRun([...run, ...every, '--parallelism', `${subtasks}`], { env, cwd: folder.path })
      await until(() => written(folder.join('c')) !== before)
      await sleep(Math.random() * 800)
      const code = await going.stop(signal)
      expect([code, going.stderr]).toEqual([{ SIGKILL: null, SIGINT: 130, SIGTERM: 143 }[signal], ''])
    }
    succeeded(await writing)
    const last = await pipe(3, [`kafka:${topic}?exit`, ...run.slice(2)], { cwd: folder.path })
    expect(last).toMatchObject({ code: 0, stderr: '' })
    expect(wrong(RECORDS, [text(folder.join('out'))])).toEqual(nothing)
  })
})

test('each record is in the other topic once, through kill -9 at any instant and other numbers of subtasks', async () => {
  const RECORDS = 40_000
  const [from, to] = [await createTopic({ partitions: 4 }), await createTopic({ partitions: 4 })]
  const produce = ['produce', from, '--partitioner', 'round-robin', '--linger', '5ms', '--rate', `${RECORDS / 15}/s`]
  const writing = finished(startSluice([...produce, '--sequence', `1:${RECORDS}`], { env }))
  const checkpoint = new Workdir().join('checkpoint')
  const keeping = ['--delivery', 'exactly-once', '--checkpoint', checkpoint]
  for (const [run, subtasks] of [3, 3, 2, 2, 4, 3, 1, 3, 4, 4, 2, 2].entries()) {
    const every = ['--checkpoint-interval', '30ms', '--parallelism', `${subtasks}`]
    const before = written(checkpoint)
    const going = new LongRun(['pipe', `kafka:${from}`, `kafka:${to}`, ...keeping, ...every])
    // Every other one comes as far as its work, also on a busy machine.
    if (run % 2 === 0) await until(() => written(checkpoint) !== before)
    await sleep(Math.random() * 800)
    expect([await going.stop('SIGKILL'), butRetries(going.stderr)]).toEqual([null, ''])
  }
  succeeded(await writing)
  const { code, stderr } = await pipe(4, [`kafka:${from}?exit`, `kafka:${to}`, ...keeping])
  expect([code, butRetries(stderr)]).toEqual([0, ''])
  await ended(to)
  expect(await wrongNumbers(to, RECORDS)).toEqual([])
})
