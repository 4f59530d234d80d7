import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { wantedAt } from '../../../src/completion/line.js'
import type { Manifest } from '../../../src/completion/manifest.js'

const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as Manifest
const manifest: Manifest = { commands, topics: { offsets: { description: 'Offsets.' } } }
const values = (...words: string[]): string[] => wantedAt(manifest, words).candidates.map(({ value }) => value)

test('commands, of one word and of two', () => {
  expect(values('')).toEqual(expect.arrayContaining(['consume', 'produce', 'pipe', 'lag', 'offsets', 'sandbox']))
  expect(values('').filter((word) => word === 'offsets')).toHaveLength(1)
  expect(values('offsets', '')).toEqual(expect.arrayContaining(['list', 'reset']))
  expect(wantedAt(manifest, ['']).candidates).toContainEqual({ value: 'offsets', description: 'Offsets.' })
  expect(values('-')).toEqual(['--help', '--version'])
})

test('nothing behind a command that does not exist', () => {
  expect(values('consum', '')).toEqual([])
  expect(values('offsets', 'lst', '')).toEqual([])
})

test('flags that are not there yet, unless they may be repeated', () => {
  expect(values('consume', '--fr')).toContain('--from')
  expect(values('consume', '--from', 'end', '-')).not.toContain('--from')
  expect(values('consume', '-e', '-')).not.toContain('--exit')
  expect(values('consume', '-n5', '-')).not.toContain('--max')
  expect(values('consume', '-X', 'a=b', '-')).toContain('--property')
  expect(values('consume', '-')).toEqual(expect.arrayContaining(['--progress', '--no-progress', '--help']))
  // A command without arguments.
  expect(values('sandbox', 'start', '')).toContain('--brokers')
})

test.each<[words: string[], syntax: string, prefix: string]>([
  [['consume', ''], 'TOPIC', ''],
  [['consume', 'a', 'b', ''], 'TOPIC', ''],
  [['consume', '-e', '--from', 'end', 'o'], 'TOPIC', ''],
  [['discover', ''], 'TOPIC', ''],
  [['consume', '--from', ''], 'OFFSETS', ''],
  [['consume', '--from', '-'], 'OFFSETS', ''],
  [['consume', '--from=e'], 'OFFSETS', '--from='],
  [['consume', '-oe'], 'OFFSETS', '-o'],
  [['consume', '--isolation', ''], 'committed|uncommitted', ''],
  [['consume', '-g', ''], 'GROUP', ''],
  [['produce', 't', ''], 'FILE', ''],
  [['produce', 't', 'a', 'b', ''], 'FILE', ''],
  [['produce', 't', '-', ''], 'FILE', ''],
  // An optional value is never in the next word.
  [['produce', '--create-topic', ''], 'TOPIC', ''],
  [['produce', 't', '--', '--x', '-'], 'FILE', ''],
  [['offsets', 'reset', 'g', '--topic', 'a', '--topic', ''], 'TOPIC[:0,1]', ''],
  [['pipe', 'a', ''], 'SINK', ''],
  [['completion', ''], 'bash|zsh|fish', '']
])('%p takes %s', (words, syntax, prefix) => expect(wantedAt(manifest, words).value).toEqual({ syntax, prefix }))

test('what stands on the line tells which cluster', () => {
  const { typed } = wantedAt(manifest, ['lag', '-b', 'a:1', '--bootstrap-server=b:2', '-Xx=y', '-X', 'z=', ''])
  expect(typed).toEqual({ 'bootstrap-server': ['a:1', 'b:2'], property: ['x=y', 'z='] })
})
