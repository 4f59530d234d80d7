// The checkpoint file: what consume goes on from, and what it says of one that does not fit.
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { addPartitions, bootstrap, createTopic, createTopicNamed, uniqueName, withAdmin } from '../support/broker.js'
import { exists, files } from '../support/checkpoints.js'
import { write } from '../support/client.js'
import { commit } from '../support/groups.js'
import { Consumer, until } from '../support/long-runs.js'
import { ranges, values } from '../support/reading.js'
import { type Result, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const consume = (...args: string[]): Promise<Result> => sluice(['consume', ...args], { env })
const places = ['-f', '%t:%p:%o\\n']

/** Resolves once the broker knows nothing of the topic any more. */
async function remove(topic: string): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.deleteTopics({ topics: [topic] })
    await until(async () => !(await admin.listTopics()).includes(topic))
  })
}

describe('a run goes on where the one before it ended', () => {
  let topic: string
  beforeAll(async () => {
    topic = await createTopic({ partitions: 2 })
    await write(topic, [...values(0, 20), ...values(1, 20)])
  })

  test.each([
    ['earliest', []],
    ['latest', []],
    ['0:3,1:3', []],
    ['@0', ['-g', 'GROUP']],
    ['group', ['-g', 'GROUP', '--reset', 'latest']],
    ['earliest', ['-g', 'GROUP', '--assign']]
  ])('whatever --from says: %s %p', async (from, options) => {
    const { positions } = files()
    const group = uniqueName('group')
    const more = options.map((option) => (option === 'GROUP' ? group : option))
    const args = [topic, '--checkpoint', positions, ...more, ...places]
    const first = succeeded(await consume(...args, '--from', '0:0,1:0', '--until', '0:5,1:7'))
    expect(ranges(first.stdout)).toBe('0:0-4 1:0-6')
    // Nor does what the group has committed, unless other members may have read on.
    const offset = more.includes('--assign') ? 15 : 3
    if (more.length > 0) await commit(group, topic, { 0: offset, 1: offset })
    const second = succeeded(await consume(...args, '--from', from, '-n', '3'))
    const third = succeeded(await consume(...args, '--from', from, '-e'))
    expect(ranges(second.stdout + third.stdout)).toBe('0:5-19 1:7-19')
    expect(second.stdout.split('\n')).toHaveLength(4)
    expect(succeeded(await consume(...args, '--from', from, '-e')).stdout).toBe('')
  })

  test('or where other members of the group went on', async () => {
    const { positions } = files()
    const group = uniqueName('group')
    const args = [topic, '-g', group, '--checkpoint', positions, ...places]
    succeeded(await consume(...args, '--from', 'earliest', '--until', '0:5,1:7'))
    succeeded(await consume(topic, '-g', group, '--until', '0:9,1:7'))
    expect(ranges(succeeded(await consume(...args, '-e')).stdout)).toBe('0:9-19 1:7-19')
  })

  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('%s leaves a checkpoint of all that was written', async (signal) => {
    const { args, out } = files()
    const consumer = new Consumer([topic, ...args, '--checkpoint-interval', '1h', ...places])
    await until(() => exists(out) && readFileSync(out, 'utf8').split('\n').length === 41)
    await consumer.stop(signal)
    succeeded(await consume(topic, ...args, '-e', ...places))
    expect(ranges(readFileSync(out, 'utf8'))).toBe('0:0-19 1:0-19')
  })

  test('two runs never have one checkpoint, under whatever name', async () => {
    const { args, out, positions } = files()
    const consumer = new Consumer([topic, ...args, ...places])
    await until(() => exists(positions) && exists(out))
    const link = `${positions}.link`
    symlinkSync(positions, link)
    const second = ['pipe', `kafka:${topic}?exit`, `${out}.second`, '--checkpoint', link]
    for (const more of [[], ['--parallelism', '2']]) {
      expect(await sluice([...second, ...more], { env })).toMatchObject({
        code: 1,
        stderr: `sluice: another run keeps the checkpoint ${link}: end that first, or give another --checkpoint\n`
      })
    }
    expect(exists(`${out}.second`)).toBe(false)
    await consumer.stop('SIGKILL')
    succeeded(await consume(topic, ...args, '-e', ...places))
  })

  test('a partition that was not known is read from its beginning', async () => {
    const own = await createTopic()
    await write(own, values(0, 3))
    const { positions } = files()
    const args = [own, '--checkpoint', positions, '--from', 'latest', '-e', ...places]
    expect(succeeded(await consume(...args)).stdout).toBe('')
    await addPartitions(own, 2)
    await write(own, [...values(0, 1, 3), ...values(1, 2)])
    expect(ranges(succeeded(await consume(...args)).stdout)).toBe('0:3 1:0-1')
  })

  test('a position that the log has no longer is told, and --reset says where to go on', async () => {
    const own = await createTopic()
    await write(own, values(0, 10))
    const { positions } = files()
    const restored = [own, '--checkpoint', positions, ...places]
    succeeded(await consume(...restored, '--until', '2'))
    const args = [...restored, '-e']
    await withAdmin(async (admin) => {
      await admin.fetchTopicOffsets(own)
      await admin.deleteTopicRecords({ topic: own, partitions: [{ partition: 0, offset: '6' }] })
    })
    const none = await consume(...args, '--reset', 'none')
    expect(none).toMatchObject({ code: 1, stdout: '' })
    const run = succeeded(await consume(...args))
    expect(ranges(run.stdout)).toBe('0:6-9')
    expect(run.stderr).toMatch(/offset 2 .*out of range.*4 offsets skipped/)
  })
})

describe('a run goes on behind what stopped it', () => {
  test.each(['out', 'out.gz'])('a record that cannot be decoded: %s', async (name) => {
    const topic = await createTopic()
    await write(
      topic,
      ['1', '2', 'corrupt', '4', '5'].map((value) => ({ value }))
    )
    const { args, out } = files(name)
    const run = [topic, ...args, '-e', '--value-as', 'json']
    for (let attempt = 0; attempt < 2; attempt++) {
      const failed = await consume(...run)
      expect(failed.code).toBe(1)
      expect(failed.stderr).toContain(`${topic} [0] at offset 2`)
    }
    expect((await consume(...run, '--on-error', 'skip')).code).toBe(0)
    const text = name === 'out' ? readFileSync(out, 'utf8') : gunzipSync(readFileSync(out)).toString()
    expect(text).toBe('1\n2\n4\n5\n')
  })

  test('a topic that was named and is gone is an error', async () => {
    const [gone, stays] = [await createTopic(), await createTopic()]
    for (const topic of [gone, stays]) await write(topic, values(0, 5))
    const { args, positions, out } = files()
    succeeded(await consume(gone, stays, ...args, '-e'))
    await remove(gone)
    const before = [readFileSync(positions), readFileSync(out)]
    const run = await consume(gone, stays, ...args, '-e')
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toContain(gone)
    expect([readFileSync(positions), readFileSync(out)]).toEqual(before)
  })

  test('a topic of a pattern that is gone is told, and its position kept', async () => {
    const id = uniqueName()
    for (const name of [`${id}-gone`, `${id}-stays`]) {
      await createTopicNamed(name)
      await write(name, values(0, 5))
    }
    const { positions } = files()
    const args = ['--topic-pattern', `${id}-.*`, '--checkpoint', positions, '-e', ...places]
    succeeded(await consume(...args))
    await remove(`${id}-gone`)
    await write(`${id}-stays`, values(0, 2, 5))
    const run = succeeded(await consume(...args))
    expect(run.stdout).toBe(`${id}-stays:0:5\n${id}-stays:0:6\n`)
    expect(run.stderr).toContain(`${id}-gone`)
    expect(readFileSync(positions, 'utf8')).toContain(`${id}-gone`)
  })

  test('a topic that was made anew, and is shorter', async () => {
    const topic = await createTopic()
    await write(topic, values(0, 10))
    const { positions } = files()
    const args = [topic, '--checkpoint', positions, ...places]
    succeeded(await consume(...args, '-e'))
    await remove(topic)
    await createTopicNamed(topic)
    await write(topic, values(0, 3))
    const run = succeeded(await consume(...args, '--reset', 'earliest', '-n', '3'))
    expect(ranges(run.stdout)).toBe('0:0-2')
    expect(run.stderr).toMatch(/offset 10 .*out of range/)
  })
})

test('a run may go on in another output, for a file each', async () => {
  const topic = await createTopic()
  await write(topic, values(0, 20))
  const { positions, out } = files()
  for (const [until, expected] of [
    ['7', '0:0-6'],
    ['9', '0:7-8'],
    ['20', '0:9-19']
  ] as const) {
    const output = `${out}-${until}`
    succeeded(await consume(topic, '--checkpoint', positions, '-O', output, '--until', until, ...places))
    expect(ranges(readFileSync(output, 'utf8'))).toBe(expected)
  }
})

describe('one clear line, and nothing touched, where a checkpoint does not fit', () => {
  let topic: string
  beforeAll(async () => {
    topic = await createTopic()
    await write(topic, values(0, 20))
  })

  async function refused(args: string[], kept: string[] = []): Promise<string> {
    const before = kept.map((path) => readFileSync(path))
    const run = await consume(topic, '-e', ...args)
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toMatch(/^sluice: .+: .+\n$/)
    expect(run.stderr.trimEnd()).not.toContain('\n')
    kept.forEach((path, i) => expect(readFileSync(path).equals(before[i]!)).toBe(true))
    return run.stderr
  }

  async function made(...args: string[]): Promise<ReturnType<typeof files>> {
    const made = files()
    succeeded(await consume(topic, ...made.args, '--until', '7', ...args))
    return made
  }

  test('another cluster', async () => {
    const { args, positions, out } = await made()
    const { clusterId } = await withAdmin((admin) => admin.describeCluster())
    const text = readFileSync(positions, 'utf8')
    expect(text).toContain(clusterId)
    writeFileSync(positions, text.replace(clusterId, 'AnotherClusterXXXXXXXX'))
    const said = await refused(args, [positions, out])
    expect(said).toContain(positions)
    expect(said).toMatch(/cluster/)
  })

  test('another group', async () => {
    const { args, positions, out } = await made('--reset', 'earliest', '-g', uniqueName('group'))
    const said = await refused([...args, '-g', uniqueName('group')], [positions, out])
    expect(said).toMatch(/group/)
    expect(said).toContain(positions)
  })

  test('damaged, foreign or of a newer version', async () => {
    const { args, positions, out } = await made()
    const text = readFileSync(positions, 'utf8')
    const wrong = [
      '',
      '{',
      'null',
      '[]',
      '{}',
      '{"name":"sluice","version":"1.0.0"}',
      '\0\0\0\0',
      text.slice(0, text.length / 2),
      text.slice(0, -3),
      text.replace(/"offset": ?\d+/, '"offset": -5'),
      text.replace(/"offset": ?\d+/, '"offset": "seven"'),
      text.replace(/"partition": ?\d+/, '"partition": 1.5'),
      text.replace(/"positions"/, '"position"'),
      text.replace(/"version": ?\d+/, '"version": 99')
    ]
    for (const content of wrong) {
      expect(content).not.toBe(text)
      writeFileSync(positions, content)
      expect(await refused(args, [positions, out])).toContain(positions)
    }
    expect(await refused(args)).toMatch(/version 99/)
    writeFileSync(positions, text)
    succeeded(await consume(topic, ...args, '-e'))
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(21)
  })

  test('an output that is shorter than it was, or gone', async () => {
    const { args, positions, out } = await made()
    const size = statSync(out).size
    const whole = readFileSync(out)
    truncateSync(out, size - 1)
    expect(await refused(args, [positions, out])).toContain(out)
    rmSync(out)
    expect(await refused(args, [positions])).toContain(out)
    expect(exists(out)).toBe(false)
    writeFileSync(out, whole)
    succeeded(await consume(topic, '-e', ...args))
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(21)
  })

  test('what is in the output behind the checkpoint is cut off', async () => {
    const { args, out } = await made()
    const before = readFileSync(out, 'utf8')
    writeFileSync(out, `${before}half a li`)
    succeeded(await consume(topic, ...args, '-e'))
    expect(readFileSync(out, 'utf8')).toBe(
      values(0, 20)
        .map(({ value }) => `${String(value)}\n`)
        .join('')
    )
  })

  test('a checkpoint that cannot be written is said before anything is read', async () => {
    const folder = new Workdir()
    mkdirSync(folder.join('folder'))
    const out = folder.write('out', 'precious\n')
    for (const path of [folder.join('missing/positions'), folder.join('folder')]) {
      expect(await refused(['--checkpoint', path, '-O', out], [out])).toContain(path)
    }
  })

  test('the output that is the checkpoint itself', async () => {
    const { positions } = files()
    expect(await consume(topic, '-e', '--checkpoint', positions, '-O', positions)).toMatchObject({
      code: 2,
      stdout: ''
    })
  })
})
