import { describe, expect, test } from '@jest/globals'
import { UsageError } from '../../../src/errors.js'
import { type LagFlags, checkLag, lagColumns } from '../../../src/cli/lag-plan.js'

const flags = (more: Partial<LagFlags> = {}): LagFlags => ({
  by: 'topic',
  json: false,
  time: false,
  wait: false,
  ...more
})

describe('combinations', () => {
  test.each<[string, Partial<LagFlags>]>([
    ['a limit and waiting', { max: 5, wait: true, timeout: 1000 }],
    ['watching for a while', { watch: 2000, timeout: 1000, format: 'csv' }],
    ['all that goes on', { watch: 2000, history: 'x.html', listen: {} }]
  ])('%s', (_, more) => {
    expect(() => checkLag(flags(more))).not.toThrow()
  })

  test.each<[string, Partial<LagFlags>]>([
    ['--wait does not go with', { wait: true, watch: 2000 }],
    ['--max does not go with', { max: 1, listen: {} }],
    ['--timeout needs something', { timeout: 1000 }],
    ['--format prometheus is one look', { format: 'prometheus', watch: 2000 }],
    ['--history and --listen print no rows', { history: 'x.html', json: true }],
    ['--history and --listen print no rows', { listen: {}, format: 'csv' }]
  ])('%s …', (what, more) => {
    expect(() => checkLag(flags(more))).toThrow(UsageError)
    expect(() => checkLag(flags(more))).toThrow(what)
  })
})

test('programs get all columns, people those that have something in them', () => {
  const all = ['group', 'topic', 'partition', 'committed', 'start', 'end', 'lag', 'seconds', 'member']
  expect(lagColumns(flags(), false)).toEqual(all)
  expect(lagColumns(flags(), true)).toEqual(['group', 'topic', 'lag'])
  expect(lagColumns(flags({ time: true }), true)).toEqual(['group', 'topic', 'lag', 'seconds'])
  expect(lagColumns(flags({ by: 'partition' }), true)).toEqual(all.filter((name) => name !== 'seconds'))
  expect(lagColumns(flags({ checkpoint: 'f' }), false)).toContain('checkpoint')
})
