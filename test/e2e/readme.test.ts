// The one-liners of README.md, run as they stand there, one after the other.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bootstrap } from '../support/broker.js'
import { bash, root, succeeded } from '../support/sluice.js'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const [, block] = /<!-- one-liners[^]*?```sh\n([^]*?)```/.exec(readme)!
const lines = block!.trimEnd().split('\n')

const folder = mkdtempSync(join(tmpdir(), 'sluice-readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() => {
  const rows = Array.from(
    { length: 20 },
    (_, id) => `${id},user-${id % 3},${85 + id},2026-01-0${1 + (id % 9)}T00:00:00Z`
  )
  writeFileSync(join(folder, 'orders.csv'), ['id,user,amount,time', ...rows, ''].join('\n'))
})

/** What a line prints or leaves behind, for those of which more than success can be said. */
const expectations: Record<string, (stdout: string) => void> = {
  'sort -n | tail -1': (stdout) => expect(stdout).toBe('1000\n'),
  'amounts.csv': () => {
    const [header, ...rows] = readFileSync(join(folder, 'amounts.csv'), 'utf8').trimEnd().split('\n')
    expect(header).toBe('key,value.id,value.amount')
    expect(rows).toHaveLength(20)
    expect(rows).toContain('user-1,1,86')
  },
  'jq -r': (stdout) =>
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map(Number)
        .sort((a, b) => a - b)
    ).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
  '@-1h': (stdout) => expect(stdout.trimEnd().split('\n')).toHaveLength(20),
  hexdump: (stdout) => expect(stdout).toContain('|'),
  'hundreds.txt': () =>
    expect(readFileSync(join(folder, 'hundreds.txt'), 'utf8').trimEnd().split('\n')).toHaveLength(10)
}

test('there are ten or more', () => expect(lines.length).toBeGreaterThanOrEqual(10))

test.each(lines)('%s', async (line) => {
  const result = succeeded(await bash(line, { cwd: folder, env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap } }))
  expect(result.stderr).toBe('')
  for (const [part, check] of Object.entries(expectations)) if (line.includes(part)) check(result.stdout)
})
