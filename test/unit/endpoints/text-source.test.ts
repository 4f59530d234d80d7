import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { TextSource } from '../../../src/endpoints/text-source.js'
import { NamedSelection } from '../../../src/endpoints/file-list.js'
import { TextFiles } from '../../../src/endpoints/text-files.js'
import { FailedError } from '../../../src/errors.js'
import { type ParserOptions, createParser } from '../../../src/formats/index.js'
import { chunkOf, plainOf } from './list-records.js'

const folder = mkdtempSync(join(tmpdir(), 'text-source-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const defaults: ParserOptions = {
  ...{ format: 'lines', delimiter: Buffer.from('\n'), keyDelimiter: null, emptyIsNull: false, keyField: null },
  ...{ valueField: null, timestampField: null, columns: null, header: true, keyAs: 'string', valueAs: 'string' }
}
const never = new AbortController().signal

async function sourceOf(paths: string[], options: Partial<ParserOptions> = {}): Promise<TextSource> {
  const notice = (text: string): void => expect(text).toBe('')
  const files = await TextFiles.open(new NamedSelection(paths), { restored: null, watch: null, whole: false, notice })
  return new TextSource(files, () => createParser({ ...defaults, ...options }))
}

async function valuesOf(opened: Promise<TextSource>): Promise<(string | null)[]> {
  const source = await opened
  const values = []
  for (let records = await chunkOf(source, never); records; records = await chunkOf(source, never)) {
    while (records.next()) values.push(plainOf(records).value)
  }
  await source.close()
  return values
}

describe('lines', () => {
  test('of several files, one after the other; a last line without its end is not joined with the next file', async () => {
    const paths = [fileOf('a', 'a1\na2'), fileOf('empty', ''), fileOf('b', '\nb2\n')]
    expect(await valuesOf(sourceOf(paths))).toEqual(['a1', 'a2', '', 'b2'])
  })

  test('that are cut by the end of the window, or longer than it, stay whole', async () => {
    const long = 'long'.repeat(1 << 20)
    const values = Array.from({ length: 40_000 }, (_, i) => `${i} ${'x'.repeat(i % 120)}`)
    values.splice(20_000, 0, long, '', long)
    const path = fileOf('windows', values.join('\n'))
    expect(await valuesOf(sourceOf([path]))).toEqual(values)
  })

  test('end at a delimiter of several bytes also where the window cuts that', async () => {
    const values = Array.from({ length: 60_000 }, (_, i) => `${i} ${'-'.repeat(i % 50)}|`)
    const path = fileOf('delimiters', values.join('||'))
    // What looks like a delimiter first is one: a value that ends in | and a delimiter || are "|||".
    const expected = values.join('||').split('||')
    expect(await valuesOf(sourceOf([path], { delimiter: Buffer.from('||') }))).toEqual(expected)
  })
})

test('a whole file is one record, however long it is', async () => {
  const content = Buffer.alloc(3 << 20, 'file\n').toString()
  expect(await valuesOf(sourceOf([fileOf('whole', content), fileOf('none', '')], { format: 'file' }))).toEqual([
    content,
    ''
  ])
})

describe('what is wrong', () => {
  test('names file and line', async () => {
    const path = fileOf('bad.jsonl', '{"a":1}\n{"a":\n')
    const source = await sourceOf([path], { format: 'jsonl' })
    const records = (await chunkOf(source, never))!
    expect(records.next()).toBe(true)
    let error: unknown
    try {
      records.next()
    } catch (thrown) {
      error = source.locate(thrown)
    }
    expect(error).toBeInstanceOf(FailedError)
    expect(error).toMatchObject({ place: { file: path, line: 2 } })
    expect((error as FailedError).message.startsWith(`${path}:2: `)).toBe(true)
    await source.close()
  })

  test('with an error that is not about the input is told as it is', async () => {
    const source = await sourceOf([fileOf('good', 'a\n')])
    await chunkOf(source, never)
    const bug = new TypeError('x is not a function')
    expect(source.locate(bug)).toBe(bug)
    await source.close()
  })

  test.each([
    ['a file that is not there', () => join(folder, 'missing'), 'no such file'],
    ['a folder', () => folder, 'it is a directory']
  ])('%s', async (_, path, reason) => {
    await expect(valuesOf(sourceOf([path()]))).rejects.toThrow(`cannot read ${path()}: ${reason}`)
  })

  test('a record without an end is not gathered for ever', async () => {
    // Sparse: 200 MB that take no room.
    const path = fileOf('endless', '')
    const { truncateSync } = await import('node:fs')
    truncateSync(path, 200 << 20)
    await expect(valuesOf(sourceOf([path]))).rejects.toThrow(`${path}:1: a record has no end within 128 MiB`)
  })
})

test('a signal ends the reading, and a line that it cuts is no record', async () => {
  const source = await sourceOf([fileOf('cut', `a\n${'b'.repeat(2 << 20)}`)])
  const records = (await chunkOf(source, never))!
  expect(records.next()).toBe(true)
  expect(records.next()).toBe(false)
  expect(await chunkOf(source, AbortSignal.abort())).toBeNull()
  await source.close()
})
