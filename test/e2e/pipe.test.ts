// pipe between topics and text, through crashes on either side, and what it refuses before it touches anything.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { bootstrap, createTopic, uniqueName, withAdmin } from '../support/broker.js'
import { readAll, write } from '../support/client.js'
import { committed, committedTotal } from '../support/groups.js'
import { LongRun, until } from '../support/long-runs.js'
import { NumberWriter, nothing, wrong } from '../support/numbers.js'
import { type Result, type RunOptions, sluice, succeeded } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap }
const pipe = (args: string[], options: RunOptions = {}): Promise<Result> =>
  sluice(['pipe', ...args], { env, ...options })

/** A run that has nothing to say on stderr. */
async function piped(args: string[], options: RunOptions = {}): Promise<string> {
  const { stdout, stderr } = succeeded(await pipe(args, options))
  expect(stderr).toBe('')
  return stdout
}

/** The values of a topic, as lines. */
async function linesOf(topic: string, server?: string): Promise<{ stdout: string }> {
  return { stdout: (await readAll(topic, server)).map(({ value }) => `${value}\n`).join('') }
}

async function count(topic: string, server?: string): Promise<number> {
  const partitions = await withAdmin((admin) => admin.fetchTopicOffsets(topic), server)
  return partitions.reduce((sum, { offset }) => sum + Number(offset), 0)
}

describe('text and topics', () => {
  const folder = new Workdir()
  const cwd = folder.path

  test('a file into a topic and back, in either form', async () => {
    const topic = await createTopic()
    folder.write('in.csv', 'id,name\n1,"a,b"\n2,c\n')
    await piped(['in.csv?format=csv&key-field=id', `kafka:${topic}`], { cwd })
    expect((await readAll(topic)).map(({ key }) => key)).toEqual(['1', '2'])
    await piped([`kafka:${topic}?exit`, 'file:out.csv?format=csv&fields=key,value.name'], { cwd })
    expect(folder.read('out.csv').replaceAll('\r', '')).toBe('key,value.name\n1,"a,b"\n2,c\n')
    await piped([`kafka:${topic}?exit`, 'out.gz?format=%25k:%25p:%25o%0A'], { cwd })
    expect(gunzipSync(folder.readBytes('out.gz')).toString()).toBe('1:0:0\n2:0:1\n')
  })

  test('a file that is there already is left alone, unless something is said', async () => {
    const said = 'sluice: kept is there already: say mode=overwrite or mode=append, or name another file\n'
    folder.write('kept', 'before\n')
    expect(await pipe(['elements:a,b', 'kept'], { cwd })).toMatchObject({ code: 1, stdout: '', stderr: said })
    expect(folder.read('kept')).toBe('before\n')
    await piped(['elements:a,b', 'kept?mode=append'], { cwd })
    expect(folder.read('kept')).toBe('before\na\nb\n')
    await piped(['sequence:2:1', 'kept?mode=overwrite'], { cwd })
    expect(folder.read('kept')).toBe('2\n1\n')
  })

  test('with a checkpoint, too: nothing is left of what did not begin', async () => {
    const topic = await createTopic()
    folder.write('kept', 'before\n')
    const result = await pipe([`kafka:${topic}?exit`, 'kept', '--checkpoint', 'positions'], { cwd })
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('kept is there already') })
    expect(existsSync(folder.join('positions'))).toBe(false)
  })

  test('standard streams', async () => {
    const topic = await createTopic()
    await piped(['-?key-delimiter=:', `kafka:${topic}?header=a=1`], { input: 'k:v\nw\n' })
    expect(await piped([`kafka:${topic}?exit`, '-?format=%25k=%25s %25h;'])).toBe('k=v a=1;=w a=1;')
    expect(await piped(['stdin:?delimiter=;', 'stdout:?format=jsonl&fields=value'], { input: 'a;b' })).toBe(
      '{"value":"a"}\n{"value":"b"}\n'
    )
    expect(await pipe(['elements:a,b', 'stderr:'])).toMatchObject({ code: 0, stdout: '', stderr: 'a\nb\n' })
  })

  test('records from the command line', async () => {
    const topic = await createTopic()
    await piped(['elements:a,,b c', `kafka:${topic}?key=k`])
    await piped(['sequence:9:11', `kafka:${topic}`])
    const read = (await readAll(topic)).map(({ key, value }) => [key, value])
    expect(read).toEqual([['k', 'a'], ['k', ''], ['k', 'b c'], [null, '9'], [null, '10'], [null, '11']]) // prettier-ignore
  })

  test('a record that cannot be read is said, or passed', async () => {
    const topic = await createTopic()
    folder.write('in.jsonl', '{"a":1}\n{"a":\n{"a":2}\n')
    const args = ['in.jsonl?format=jsonl&key-field=a', `kafka:${topic}`]
    const failed = await pipe(args, { cwd })
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(/^sluice: in\.jsonl:2: .*; 1 record sent before it\n$/)
  })

  test('watermarks and checkpoints go through', async () => {
    const topic = await createTopic()
    await write(topic, [1, 2, 3].map((i) => ({ value: `${i}`, timestamp: `${i * 1000}` }))) // prettier-ignore
    const source = `kafka:${topic}?until=watermark:1970-01-01T00:00:02Z`
    expect(await piped([source, '-'], { cwd })).toBe('1\n2\n')
    await piped([`kafka:${topic}?max=2`, 'part', '--checkpoint', 'part.positions'], { cwd })
    await piped([`kafka:${topic}?exit`, 'part', '--checkpoint', 'part.positions'], { cwd })
    expect(folder.read('part')).toBe('1\n2\n3\n')
  })
})

describe('nothing is lost', () => {
  test('through kill -9: the group has committed what the other topic has, and no more', async () => {
    const [topic, copied, group] = [
      await createTopic({ partitions: 3 }),
      await createTopic({ partitions: 3 }),
      uniqueName('group')
    ]
    const source = `kafka:${topic}?group=${group}&assign&reset=earliest&commit=auto:20ms`
    const writer = await NumberWriter.start(topic, 3)
    for (let kill = 0; kill < 6; kill++) {
      const run = new LongRun(['pipe', source, `kafka:${copied}`])
      const before = await committedTotal(group, topic)
      await until(async () => (await committedTotal(group, topic)) > before)
      await sleep(Math.random() * 100)
      await run.stop('SIGKILL')
      // A commit never comes before the records.
      expect(await committedTotal(group, topic)).toBeLessThanOrEqual(await count(copied))
    }
    const written = await writer.stop()
    succeeded(await pipe([`${source}&exit`, `kafka:${copied}`]))
    expect(wrong(written, [await linesOf(copied)]).missing).toEqual([])
    expect(await committedTotal(group, topic)).toBe(written)
  })

  test('through SIGINT, and nothing is repeated', async () => {
    const [topic, copied, group] = [await createTopic(), await createTopic(), uniqueName('group')]
    const source = `kafka:${topic}?group=${group}&assign&reset=earliest&commit=exit`
    const writer = await NumberWriter.start(topic, 1)
    for (let stop = 0; stop < 3; stop++) {
      const run = new LongRun(['pipe', source, `kafka:${copied}`])
      const before = await count(copied)
      await until(async () => (await count(copied)) > before)
      expect(await run.stop('SIGINT')).toBe(130)
      expect(await committed(group, topic)).toEqual({ 0: await count(copied) })
    }
    const written = await writer.stop()
    succeeded(await pipe([`${source}&exit`, `kafka:${copied}`]))
    expect(wrong(written, [await linesOf(copied)])).toEqual(nothing)
  })

  test('exactly once into a file, killed at any instant, from the first on', async () => {
    const topic = await createTopic({ partitions: 3 })
    const folder = new Workdir()
    const [out, positions] = [folder.join('out.csv'), folder.join('positions')]
    const args = ['--checkpoint', positions, '--checkpoint-interval', '20ms', '--delivery', 'exactly-once']
    const sink = `${out}?format=csv&fields=value`
    const writer = await NumberWriter.start(topic, 3)
    for (let kill = 0; kill < 12; kill++) {
      const run = new LongRun(['pipe', `kafka:${topic}`, sink, ...args])
      // As soon as there is a checkpoint or a file, or some time later.
      await until(() => existsSync(positions) || existsSync(out))
      await sleep(kill < 3 ? 0 : 200 + Math.random() * 400)
      await run.stop('SIGKILL')
      expect(run.stderr).toBe('')
    }
    const written = await writer.stop()
    await piped([`kafka:${topic}?exit`, sink, ...args])
    const [header, ...lines] = readFileSync(out, 'utf8').split('\n')
    expect(header!.trim()).toBe('value')
    expect(wrong(written, [{ stdout: lines.join('\n') }])).toEqual(nothing)
  })
})

describe('wrong usage is said before anything is touched', () => {
  const folder = new Workdir()

  test.each<[string[], RegExp]>([
    [['kafka:t'], /Missing 1 required arg|sink/i],
    [
      ['kafka:t?form=earliest', 'out'],
      /^sluice: kafka:t\?form=earliest: there is no option 'form' here: did you mean from\?\n$/
    ],
    [['kafka:t', 'out?mod=append'], /there is no option 'mod' here: did you mean mode\?/],
    [['kafak:t', 'out'], /^sluice: there are no endpoints of the kind 'kafak:': did you mean kafka:\?\n$/],
    [['stdout:', 'out'], /^sluice: stdout: is no source: it can only be written to\n$/],
    [['elements:a', 'sequence:1:2'], /^sluice: sequence:1:2 is no sink: it can only be read\n$/],
    [['kafka:t?from=never', 'out'], /from: .*never/],
    [['elements:a', 'out?format=cvs'], /cvs/],
    [
      ['tcp://127.0.0.1:1', 'out', '--delivery', 'exactly-once', '--checkpoint', 'c'],
      /^sluice: --checkpoint needs a source that can be gone on with: what tcp:.* has sent is gone/
    ],
    [['kafka:t', 'tcp://127.0.0.1:1', '--delivery', 'exactly-once', '--checkpoint', 'c'], /cannot be taken back/],
    [['kafka:t', 'out', '--delivery', 'exactly-once'], /give a file to --checkpoint/],
    [['kafka:t', 'out', '--checkpoint', 'out'], /--checkpoint and out are the same file/],
    [['tcp://127.0.0.1:1', 'out', '--checkpoint', 'c'], /--checkpoint needs a source that can be gone on with/],
    [['-', 'out', '--checkpoint', 'c'], /^sluice: --checkpoint: standard input is no file, and cannot be gone on/]
  ])('%j', async (args, said) => {
    // Nobody listens there.
    const nowhere = { KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' }
    const result = await pipe(args, { env: nowhere, cwd: folder.path })
    expect(result.stderr).toMatch(said)
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(existsSync(folder.join('out'))).toBe(false)
    expect(existsSync(folder.join('c'))).toBe(false)
  })
})
