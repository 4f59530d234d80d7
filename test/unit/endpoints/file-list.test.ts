import { type BigIntStats, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { type ListedFile, byAge, listFiles } from '../../../src/endpoints/file-list.js'

const root = mkdtempSync(join(tmpdir(), 'file-list-'))
afterAll(() => rmSync(root, { recursive: true }))
const folder = join(root, 'logs')
mkdirSync(join(folder, 'nested.log'), { recursive: true })
mkdirSync(join(root, 'empty'))

// What was written last comes last.
const names = ['a.log', 'c.log', 'b.log', '[x].log', 'log.txt', '+(.log', 'c.log.gz']
const hidden = ['_SUCCESS.log', '.part.log', 'd.log._COPYING_']
for (const [i, name] of [...names, ...hidden].entries()) {
  writeFileSync(join(folder, name), '')
  const time = i < 2 ? 1000 : 1000 + i
  utimesSync(join(folder, name), time, time)
}
symlinkSync('/nowhere', join(folder, 'dangling.log'))

async function listed(path: string): Promise<string[]> {
  return (await listFiles(join(root, path))).map((file) => relative(folder, file.path))
}

test('a folder is the files in it, by the time of their last change', async () => {
  const expected = ['a.log', 'c.log', 'b.log', '[x].log', 'log.txt', '+(.log', 'c.log.gz']
  expect(await listed('logs')).toEqual(expected)
  expect(await listed('logs/')).toEqual(expected)
  expect(await listed('empty')).toEqual([])
})

test.each([
  ['*.log', ['a.log', 'c.log', 'b.log', '[x].log', '+(.log']],
  ['?.log', ['a.log', 'c.log', 'b.log']],
  ['[ac].log*', ['a.log', 'c.log', 'c.log.gz']],
  ['[a-b].log', ['a.log', 'b.log']],
  ['[!a-b].log', ['c.log']],
  ['[[]x].*', ['[x].log']],
  ['+(.*', ['+(.log']],
  ['*', ['a.log', 'c.log', 'b.log', '[x].log', 'log.txt', '+(.log', 'c.log.gz']]
])('%s', async (pattern, expected) => {
  expect(await listed(`logs/${pattern}`)).toEqual(expected)
})

test('of the same last change, the one that was made first comes first; else it is by name', () => {
  const file = (path: string, mtimeNs: bigint, birthtimeNs: bigint): ListedFile => ({
    path,
    stats: { mtimeNs, birthtimeNs } as BigIntStats
  })
  const files = [file('d', 2n, 1n), file('c', 1n, 4n), file('b', 1n, 4n), file('a', 1n, 5n), file('e', 1n, 3n)]
  expect(files.sort(byAge).map(({ path }) => path)).toEqual(['e', 'b', 'c', 'a', 'd'])
})

test('a file of the very name is that file, whatever it is called', async () => {
  expect(await listed('logs/[x].log')).toEqual(['[x].log'])
  expect(await listed('logs/.part.log')).toEqual(['.part.log'])
})

test.each(['nothing', 'logs/nothing', 'nothing/*', 'logs/*.csv', 'logs/_*', 'logs/a.log/*'])(
  '%s does not exist',
  async (path) => {
    await expect(listed(path)).rejects.toThrow(`${join(root, path)} does not exist`)
  }
)

test('a range that runs backwards is no pattern', async () => {
  await expect(listed('logs/[z-a].log')).rejects.toThrow("'[z-a].log' is no pattern")
})
