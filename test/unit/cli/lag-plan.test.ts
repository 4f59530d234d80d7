import { describe, expect, test } from '@jest/globals'
import { UsageError } from '../../../src/errors.js'
import { type LagFlags, type LagPlan, lagColumns, planLag } from '../../../src/cli/lag-plan.js'

const flags = (more: Partial<LagFlags> = {}): LagFlags => ({
  by: 'topic',
  json: false,
  time: false,
  wait: false,
  isolation: 'uncommitted',
  ...more
})

const listen = { host: '127.0.0.1', port: 9308 }

describe('combinations', () => {
  test.each<[string, Partial<LagFlags>]>([
    ['a limit and waiting', { max: 5, wait: true, timeout: 1000 }],
    ['watching for a while', { watch: 2000, timeout: 1000, format: 'csv' }],
    ['all that goes on', { watch: 2000, history: 'x.html', listen }]
  ])('%s', (_, more) => {
    expect(() => planLag([], flags(more))).not.toThrow()
  })

  test.each<[string, Partial<LagFlags>]>([
    ['--wait does not go with', { wait: true, watch: 2000 }],
    ['--max does not go with', { max: 1, listen }],
    ['--timeout needs something', { timeout: 1000 }],
    ['--format prometheus is one look', { format: 'prometheus', watch: 2000 }],
    ['--history and --listen print no rows', { history: 'x.html', json: true }],
    ['--history and --listen print no rows', { listen, format: 'csv' }]
  ])('%s …', (what, more) => {
    expect(() => planLag([], flags(more))).toThrow(UsageError)
    expect(() => planLag([], flags(more))).toThrow(what)
  })
})

test.each<[string, Partial<LagFlags>, Partial<LagPlan>]>([
  ['one look', {}, { look: { max: null, timeout: null }, watch: null }],
  ['a limit', { max: 5 }, { look: { max: 5n, timeout: null }, watch: null }],
  ['waiting for no lag', { wait: true }, { look: { max: 0n, timeout: 60_000 } }],
  ['waiting for less', { wait: true, max: 5, timeout: 1000 }, { look: { max: 5n, timeout: 1000 } }],
  ['watching', { watch: 500, timeout: 9 }, { watch: { interval: 500, timeout: 9, history: null, listen: null } }],
  ['serving', { listen }, { watch: { interval: 2000, timeout: null, history: null, listen } }]
])('%s', (_, more, plan) => {
  expect(planLag([], flags(more))).toMatchObject(plan)
})

test('groups are asked for once, and for their members where these are shown', () => {
  const reader = (groups: string[], more: Partial<LagFlags>): LagPlan['reader'] => planLag(groups, flags(more)).reader
  expect(reader([], {})).toMatchObject({ groups: null, topics: null, members: false, checkpoint: null })
  expect(reader(['a', 'b', 'a'], { by: 'partition' })).toMatchObject({ groups: ['a', 'b'], members: true })
  expect(reader([], { by: 'partition', format: 'prometheus' }).members).toBe(false)
})

test('programs get all columns, people those that have something in them', () => {
  const all = ['group', 'topic', 'partition', 'committed', 'start', 'end', 'lag', 'seconds', 'member']
  expect(lagColumns(flags(), false)).toEqual(all)
  expect(lagColumns(flags(), true)).toEqual(['group', 'topic', 'lag'])
  expect(lagColumns(flags({ time: true }), true)).toEqual(['group', 'topic', 'lag', 'seconds'])
  expect(lagColumns(flags({ by: 'partition' }), true)).toEqual(all.filter((name) => name !== 'seconds'))
  expect(lagColumns(flags({ checkpoint: 'f' }), false)).toContain('checkpoint')
})
