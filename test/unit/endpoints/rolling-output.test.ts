import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { WriteMode } from '../../../src/endpoints/output.js'
import { RollingOutput } from '../../../src/endpoints/rolling-output.js'
import type { Formatter } from '../../../src/formats/format.js'

const root = mkdtempSync(join(tmpdir(), 'rolling-'))
afterAll(() => rmSync(root, { recursive: true }))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'))
})

const notices: string[] = []
const formatter: Formatter = { begin: (out) => out.text('head\n'), write: () => undefined }

function open(name: string, size: number, mode: WriteMode = 'fail', age = Infinity): Promise<RollingOutput> {
  notices.length = 0
  return RollingOutput.open(join(folder, name), mode, { size, age }, formatter, (line) => notices.push(line))
}

/** What is in the folder, by name. */
function content(): Record<string, string> {
  const names = readdirSync(folder).sort()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

test('parts are numbered before the extension, complete under their names, and have a beginning each', async () => {
  const output = await open('out.csv', 10)
  await output.write(Buffer.from('head\n1\n'))
  expect(content()).toEqual({ '.out-000001.csv': 'head\n1\n' })
  await output.write(Buffer.from('2\n'))
  await output.write(Buffer.from('3\n'))
  expect(content()).toEqual({ 'out-000001.csv': 'head\n1\n2\n', '.out-000002.csv': 'head\n3\n' })
  await output.write(Buffer.from('longer than a part\n'))
  await output.close()
  expect(content()).toEqual({
    'out-000001.csv': 'head\n1\n2\n',
    'out-000002.csv': 'head\n3\n',
    'out-000003.csv': 'head\nlonger than a part\n'
  })
})

test('nothing written is no part', async () => {
  const output = await open('out', 10)
  await output.sync()
  await output.close()
  expect(content()).toEqual({})
})

test.each([
  ['out', 'out-000001'],
  ['a.b.csv', 'a.b-000001.csv'],
  ['out.csv.gz', 'out-000001.csv.gz'],
  ['out.zst', 'out-000001.zst'],
  ['.dot', '.dot-000001']
])('%s becomes %s', async (name, part) => {
  const output = await open(name, 10)
  await output.write(Buffer.from('x'))
  await output.close()
  expect(readdirSync(folder)).toEqual([part])
})

test('a part is complete when it is old, though nothing more is written', async () => {
  const output = await open('out', Infinity, 'fail', 100)
  await output.write(Buffer.from('1\n'))
  while (!existsSync(join(folder, 'out-000001'))) await new Promise((resolve) => setTimeout(resolve, 10))
  await output.write(Buffer.from('2\n'))
  await output.close()
  expect(content()).toEqual({ 'out-000001': '1\n', 'out-000002': 'head\n2\n' })
})

describe('parts that are there already', () => {
  beforeEach(() => {
    for (const name of ['out-000002.csv', '.out-000003.csv', 'out-2024.csv', 'out-000001.txt', 'about-000001.csv']) {
      writeFileSync(join(folder, name), name)
    }
  })

  test('are an error', async () => {
    await expect(open('out.csv', 10)).rejects.toThrow(`${join(folder, 'out-000002.csv')} is there already`)
  })

  test('are counted on from, and what a killed run left is said', async () => {
    const output = await open('out.csv', 10, 'append')
    expect(notices).toEqual([expect.stringContaining('.out-000003.csv was left by a run that was killed')])
    await output.write(Buffer.from('x'))
    await output.close()
    expect(readdirSync(folder)).toContain('out-000004.csv')
    expect(readdirSync(folder)).toHaveLength(6)
  })

  test('go, and nothing else does', async () => {
    const output = await open('out.csv', 10, 'overwrite')
    await output.write(Buffer.from('x'))
    await output.close()
    expect(readdirSync(folder).sort()).toEqual(['about-000001.csv', 'out-000001.csv', 'out-000001.txt', 'out-2024.csv'])
  })
})

test('where a part cannot be completed, that is said', async () => {
  const output = await open('out', Infinity)
  await output.write(Buffer.from('1\n'))
  rmSync(join(folder, '.out-000001'))
  await expect(output.close()).rejects.toThrow(`cannot complete ${join(folder, 'out-000001')}: ENOENT`)
})
