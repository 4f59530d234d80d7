// The tests that docs/peers.md names are there.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const page = readFileSync('docs/peers.md', 'utf8')
const named = [...page.matchAll(/`((?:e2e|unit)\/[\w/-]+) › ([^`]+)`/g)].map(([, file, names]) => ({
  file: `test/${file}.test.ts`,
  names: names!.split(' › ')
}))

/** As a string of the file, whatever its quotes. */
const stringsOf = (file: string): Set<string> => {
  const source = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return new Set(
    [...source.matchAll(/\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`\n]+)`)/g)].map(([, a, b, c]) => (a ?? b ?? c)!)
  )
}

test('each test that is named is there', () => {
  const missing = named.filter(({ file, names }) => !names.every((name) => stringsOf(file).has(name)))
  expect(missing).toEqual([])
})

test('each row says what holds it, or that it is not done', () => {
  const rows = page.split('\n').filter((line) => /^\| (?!asked|when)\S/.test(line))
  expect(rows.length).toBeGreaterThan(60)
  expect(rows.filter((row) => !/` \|$/.test(row) && !row.includes('**not done**'))).toEqual([])
})
