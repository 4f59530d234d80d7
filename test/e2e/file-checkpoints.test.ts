// Files and lists as sources that are gone on with: each record comes into a file once, whenever pipe is killed.
import { appendFileSync, openSync, readFileSync, renameSync, truncateSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { LongRun } from '../support/long-runs.js'
import { type Result, sluice, startSluice, finished } from '../support/sluice.js'
import { Workdir } from '../support/workdir.js'

const silence = { code: 0, stdout: '', stderr: '' }

interface State {
  files: { file: string; offset: number; line: number; size: number }[]
  elements: number
}

class Scene {
  readonly folder = new Workdir()
  readonly args: string[]

  constructor(source: string, sink: string) {
    const keeping = ['--checkpoint', 'positions', '--checkpoint-interval', '3ms', '--delivery', 'exactly-once']
    this.args = ['pipe', source, sink, ...keeping]
  }

  run(): Promise<Result> {
    return sluice(this.args, { cwd: this.folder.path })
  }

  /** null: there is none. */
  get state(): State | null {
    try {
      return JSON.parse(this.folder.read('positions')) as State
    } catch {
      return null
    }
  }

  /** Bytes, or elements. */
  get done(): number {
    const { files = [], elements = 0 } = this.state ?? {}
    return files.reduce((sum, { offset }) => sum + offset, elements)
  }

  /** Kills a run once it has done so much. */
  async kill(done: number): Promise<void> {
    const run = new LongRun(this.args, { cwd: this.folder.path })
    const ended = run.ended.then(() => true)
    while (this.done < done) {
      if (await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1))])) break
    }
    // One that was done by then has ended by itself.
    expect([null, 0]).toContain(await run.stop('SIGKILL'))
    expect(run.stderr).toBe('')
  }
}

describe('through kill -9 at any instant, each record is in the file once', () => {
  const RECORDS = 600_000
  const KILLS = 6
  const text = Array.from({ length: RECORDS }, (_, i) => `${i} ${'x'.repeat(i % 40)}\n`).join('')
  const plain = Buffer.from(text)
  // Cells with line ends in them, too.
  const rows = Array.from({ length: RECORDS }, (_, i) => (i % 100 === 0 ? `"a\n${i}",${i}\n` : `a${i},${i}\n`)).join('')
  const numbers = Array.from({ length: RECORDS }, (_, i) => `${i}\n`).join('')

  const forms: [string, string, string, Record<string, string | Buffer>, string][] = [
    ['a file', 'in.txt', 'out', { 'in.txt': plain }, text],
    ['a packed file into a packed one', 'in.gz', 'out.gz', { 'in.gz': gzipSync(plain, { level: 1 }) }, text],
    [
      'csv with a header line',
      'in.csv?format=csv&value-field=b',
      'out?format=csv&fields=value&no-header',
      { 'in.csv': `a,b\n${rows}` },
      numbers
    ],
    [
      'the files of a folder',
      'in',
      'out',
      { 'in/1': plain.subarray(0, 6_000_000), 'in/2.gz': gzipSync(plain.subarray(6_000_000)), 'in/3': '' },
      text.slice(0, 6_000_000).replace(/([^\n])$/, '$1\n') + text.slice(6_000_000)
    ],
    ['a sequence', `sequence:0:${RECORDS - 1}`, 'out', {}, numbers]
  ]

  test.each(forms)('%s', async (_, source, sink, files, expected) => {
    const scene = new Scene(source, sink)
    for (const [name, content] of Object.entries(files)) scene.folder.write(name, content)
    const all = source.startsWith('sequence') ? RECORDS : plain.length * (source.includes('csv') ? 0.5 : 1)
    for (let kill = 0; kill < KILLS; kill++) await scene.kill(((kill + Math.random()) / (KILLS + 1)) * all)
    expect(await scene.run()).toEqual(silence)
    const bytes = scene.folder.readBytes(sink.replace(/\?.*/, ''))
    const out = (sink.endsWith('gz') ? gunzipSync(bytes) : bytes).toString().replaceAll('\r', '')
    expect(out.length).toBe(expected.length)
    expect(out === expected).toBe(true)
    // One more run has nothing to add.
    expect(await scene.run()).toEqual(silence)
    expect(scene.folder.readBytes(sink.replace(/\?.*/, '')).equals(bytes)).toBe(true)
  })
})

describe('a later run', () => {
  const keeping = ['--checkpoint', 'positions']
  const pipe = (folder: Workdir, source: string, ...more: string[]): Promise<Result> =>
    sluice(['pipe', source, 'out', ...keeping, ...more], { cwd: folder.path })

  test('reads what was appended, of renamed files too, and new ones; errors name the line in the file', async () => {
    const folder = new Workdir()
    folder.write('log', '{"n":1}\n{"n":2}\n')
    const source = 'log?format=jsonl&value-field=n'
    expect(await pipe(folder, source)).toEqual(silence)
    appendFileSync(folder.join('log'), '{"n":3}\n')
    renameSync(folder.join('log'), folder.join('log.1'))
    folder.write('log', '{"n":4}\n{"n":5}\n')
    expect(await pipe(folder, source)).toEqual(silence)
    expect(folder.read('out')).toBe('1\n2\n3\n4\n5\n')
    appendFileSync(folder.join('log'), '{"n":6}\n{"m":7}\n{"n":8}\n')
    const failed = { code: 1, stdout: '', stderr: expect.stringMatching(/^sluice: log:4: the line has no field 'n'/) }
    expect(await pipe(folder, source)).toMatchObject(failed)
    expect(folder.read('out')).toBe('1\n2\n3\n4\n5\n6\n')
    // The bad one was not taken.
    expect(await pipe(folder, source)).toMatchObject(failed)
    expect(await pipe(folder, source, '--on-error', 'skip')).toMatchObject({ code: 0 })
    expect(folder.read('out')).toBe('1\n2\n3\n4\n5\n6\n8\n')
  })

  test('says that a file is another one, or cut short, or what it is that the checkpoint is of', async () => {
    const folder = new Workdir()
    folder.write('in', 'a\nb\n')
    expect(await pipe(folder, 'in')).toEqual(silence)
    folder.write('new', 'c\n')
    renameSync(folder.join('new'), folder.join('in'))
    expect(await pipe(folder, 'in')).toMatchObject({
      ...{
        code: 0,
        stderr: `sluice: ${folder.join('in')} is another file than before: it is read from its beginning\n`
      }
    })
    expect(folder.read('out')).toBe('a\nb\nc\n')
    truncateSync(folder.join('in'), 1)
    expect(await pipe(folder, 'in')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^sluice: cannot go on with in: it has less than the 2 bytes .* remove the checkpoint/
      )
    })
    for (const [source, kind] of [
      ['elements:a', 'records of the command line'],
      ['kafka:t', 'topics']
    ]) {
      expect(await pipe(folder, source!, '-b', '127.0.0.1:1')).toMatchObject({
        ...{
          code: 1,
          stderr: expect.stringContaining(`is of files, this run reads ${kind}: give another --checkpoint`)
        }
      })
    }
    expect(folder.read('out')).toBe('a\nb\nc\n')
  })

  test('goes on with a file at standard input, and with elements', async () => {
    const folder = new Workdir()
    folder.write('in', 'a\nb\n')
    const fromInput = async (): Promise<Result> => {
      const stdin = openSync(folder.join('in'), 'r')
      return finished(startSluice(['pipe', '-', 'out', ...keeping], { cwd: folder.path, stdin }))
    }
    expect(await fromInput()).toEqual(silence)
    appendFileSync(folder.join('in'), 'c\n')
    expect(await fromInput()).toEqual(silence)
    expect(folder.read('out')).toBe('a\nb\nc\n')

    const list = new Workdir()
    expect(await pipe(list, 'elements:a,b')).toEqual(silence)
    expect(await pipe(list, 'elements:a,b,c')).toEqual(silence)
    expect(readFileSync(list.join('out'), 'utf8')).toBe('a\nb\nc\n')
  })
})
