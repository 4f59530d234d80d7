import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PathSelection } from '../../../src/endpoints/file-list.js'
import { StreamInput } from '../../../src/endpoints/input.js'
import { isSame } from '../../../src/endpoints/known-files.js'
import { TextFiles } from '../../../src/endpoints/text-files.js'
import { TextSource, only } from '../../../src/endpoints/text-source.js'
import { BadRecordError } from '../../../src/errors.js'
import type { FilePosition } from '../../../src/flow/endpoint.js'
import { type ParserOptions, createParser } from '../../../src/formats/index.js'
import { lines } from './line-options.js'
import { plainOf } from './list-records.js'

const root = mkdtempSync(join(tmpdir(), 'text-files-'))
afterAll(() => rmSync(root, { recursive: true }))
let folder = root
let folders = 0
beforeEach(() => mkdirSync((folder = join(root, `${folders++}`))))

const never = new AbortController().signal
const options = (more: Partial<ParserOptions>): ParserOptions => ({ ...lines, ...more })

interface Run {
  values: (string | null)[]
  files: FilePosition[]
  notices: string[]
  error: unknown
}

/** Reads up to `most` records, over and over from where the run before was, as a program that is killed does. */
async function run(
  name: string,
  restored: FilePosition[],
  parser: ParserOptions = lines,
  { most = Infinity, goesOn = false } = {}
): Promise<Run> {
  const notices: string[] = []
  const notice = (text: string): unknown => notices.push(text)
  const whole = parser.format === 'file'
  const files = await TextFiles.open(new PathSelection(join(folder, name)), { restored, watch: null, whole, notice })
  const source = new TextSource(files, () => createParser(parser), 64)
  const values: (string | null)[] = []
  let error: unknown = null
  const take = async (): Promise<void> => {
    for (;;) {
      const records = await source.read(never)
      if (records === null) return
      if (typeof records === 'string') continue
      for (;;) {
        if (values.length >= most) return
        try {
          if (!records.next()) break
          values.push(plainOf(records).value)
        } catch (thrown) {
          error = source.locate(thrown, goesOn)
          if (!goesOn || !(thrown instanceof BadRecordError)) return
        }
      }
    }
  }
  await take().catch((thrown: unknown) => (error = thrown))
  const state = source.state()
  await source.close()
  return { values, files: state.files, notices, error }
}

const csv = options({ format: 'csv', valueField: 'b' })
const rows = '\ufeffa,b\n1,one\n\n"2\n2",two\n3,"th""ree"\n4,four'
const prefixed = Buffer.concat(
  ['one', '', 'three'].map((text) => Buffer.concat([sized(text.length), Buffer.from(text)]))
)

function sized(length: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(length)
  return bytes
}

const forms: [string, string, string | Buffer, ParserOptions, string[]][] = [
  ['lines', 'in', 'one\n\nthree\nfour', lines, ['one', '', 'three', 'four']],
  ['a long delimiter', 'in', 'one||two||||four', options({ delimiter: Buffer.from('||') }), ['one', 'two', '', 'four']],
  ['a packed file', 'in.gz', Buffer.concat(['one\nt', 'wo\n'].map((t) => gzipSync(t))), lines, ['one', 'two']],
  ['csv', 'in', rows, csv, ['one', 'two', 'th"ree', 'four']],
  ['csv with CRLF', 'in', 'a,b\r\n1,one\r\n2,two\r\n', csv, ['one', 'two']],
  ['csv without a header line', 'in', '1,one\n2,two\n', { ...csv, columns: ['a', 'b'], header: false }, ['one', 'two']],
  ['length-prefixed', 'in', prefixed, options({ format: 'length-prefixed' }), ['one', '', 'three']],
  ['a whole file', 'in', 'one\ntwo', options({ format: 'file' }), ['one\ntwo']],
  ['an empty whole file', 'in', '', options({ format: 'file' }), ['']]
]

describe('is gone on with behind any record', () => {
  test.each(forms)('%s', async (_, name, content, parser, expected) => {
    writeFileSync(join(folder, name), content)
    for (let most = 1; most <= expected.length; most++) {
      let files: FilePosition[] = []
      const values: (string | null)[] = []
      for (let runs = 0; runs <= expected.length; runs++) {
        const part = await run(name, files, parser, { most })
        expect([part.error, part.notices]).toEqual([null, []])
        files = part.files
        values.push(...part.values)
      }
      expect(values).toEqual(expected)
      expect(files).toEqual([expect.objectContaining({ file: join(folder, name) })])
    }
  })
})

describe('a bad record', () => {
  const bad: [string, string, ParserOptions, number][] = [
    ['jsonl', '{"a":1}\n{"a"\n{"a":3}\n', options({ format: 'jsonl' }), 2],
    ['csv', 'b\n"1\n"\n2"2\n3\n', csv, 4]
  ]
  test.each(bad)(
    '%s: comes again, at the same line, unless the run goes on without it',
    async (_, content, parser, line) => {
      writeFileSync(join(folder, 'in'), content)
      const first = await run('in', [], parser)
      expect(first.values).toHaveLength(1)
      const again = await run('in', first.files, parser)
      expect(again.values).toEqual([])
      for (const { error } of [first, again]) expect(error).toMatchObject({ place: { line } })
      const rest = await run('in', again.files, parser, { goesOn: true })
      expect(rest.values).toHaveLength(1)
      expect(await run('in', rest.files, parser)).toMatchObject({ values: [], error: null })
    }
  )
})

describe('a file that is known', () => {
  test('goes on where it is renamed to, also out of the pattern; a new one of its name is read, too', async () => {
    writeFileSync(join(folder, 'a.log'), 'one\ntwo\n')
    const { files } = await run('*.log', [], lines, { most: 1 })
    renameSync(join(folder, 'a.log'), join(folder, 'a.log.1'))
    writeFileSync(join(folder, 'a.log'), 'three\n')
    const rest = await run('*.log', files)
    expect(rest).toMatchObject({ values: ['two', 'three'], notices: [], error: null })
    expect(rest.files).toHaveLength(2)
  })

  test('and gone, half read or not, is forgotten', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), 'one\ntwo\n')
    const { files } = await run('', [], lines, { most: 3 })
    unlinkSync(join(folder, 'a'))
    unlinkSync(join(folder, 'b'))
    expect(await run('', files)).toMatchObject({
      values: ['one', 'two'],
      notices: [`${join(folder, 'b')} was not read to its end, and is gone`],
      files: [{ file: join(folder, 'c'), offset: 8, line: 2 }]
    })
  })

  test('but not selected now is dropped', async () => {
    writeFileSync(join(folder, 'a'), 'a\n')
    writeFileSync(join(folder, 'b'), 'b\n')
    const { files } = await run('a', [])
    expect(await run('b', files)).toMatchObject({
      values: ['b'],
      notices: [expect.stringMatching(/^the checkpoint's position/)],
      files: [{ file: join(folder, 'b') }]
    })
  })

  test.each(['in', 'in.gz'])('and has less than was read of it is refused: %s', async (name) => {
    const path = join(folder, name)
    const pack = (text: string): string | Buffer => (name === 'in' ? text : gzipSync(text))
    writeFileSync(path, pack('one\ntwo\nthree\nfour\nfive\n'))
    const { files } = await run(name, [], lines, { most: 4 })
    truncateSync(path)
    appendFileSync(path, pack('one\n'))
    const { error, values } = await run(name, files)
    expect(values).toEqual([])
    expect(String(error)).toMatch(/cannot go on with .*: it has less than the 19 bytes that its checkpoint says/)
  })

  test('is told from one that has got its number', async () => {
    const path = join(folder, 'a')
    writeFileSync(path, 'a')
    await sleep(20)
    appendFileSync(path, 'b')
    const stats = statSync(path, { bigint: true })
    const { dev: device, ino: inode, birthtimeNs: birth } = stats
    const position = { file: path, device, inode, birth, offset: 2, line: 0, size: 2 }
    expect(isSame(position, stats)).toBe(true)
    expect(isSame({ ...position, birth: birth - 1n }, stats)).toBe(birth === 0n)
    // As systems say that do not keep it: the last change, or nothing.
    const unknown = (birthtimeNs: bigint) => Object.assign(Object.create(stats) as typeof stats, { birthtimeNs })
    expect(isSame(position, unknown(stats.ctimeNs))).toBe(true)
    expect(isSame(position, unknown(0n))).toBe(true)
    expect(isSame({ ...position, inode: inode + 1n }, stats)).toBe(false)
  })
})

test('whoever waits for input can be interrupted, and nothing of it is lost', async () => {
  const stream = new PassThrough()
  const source = new TextSource(only(new StreamInput('stream', stream as never)), () => createParser(lines))
  const values: (string | null)[] = []
  for (const piece of ['on', 'e\ntw', 'o\n']) {
    const waiting = source.read(never)
    source.interrupt()
    expect(await waiting).toBe('settle')
    stream.write(piece)
    const records = await source.read(never)
    if (records === null || typeof records === 'string') throw new Error('no records')
    while (records.next()) values.push(plainOf(records).value)
  }
  expect(values).toEqual(['one', 'two'])
  expect(source.state()).toEqual({ positions: [], files: [], elements: 0, endpoint: null })
  const waiting = source.read(never)
  await source.close()
  expect(await waiting).toBeNull()
})
