import { describe, expect, test } from '@jest/globals'
import { type ConsumeFlags, planConsume } from '../../../src/cli/consume-plan.js'

const plan = (flags: Partial<ConsumeFlags>, topics = ['t']): ReturnType<typeof planConsume> =>
  planConsume({ exit: false, assign: false, isolation: 'committed', 'key-as': 'string', ...flags }, topics)

describe('without a group', () => {
  test('everything from the beginning, followed', () => {
    expect(plan({})).toEqual({
      selection: { topics: ['t'], pattern: null, partitions: null, share: null },
      ...{ from: { kind: 'earliest' }, until: null, group: null, join: false, commit: { kind: 'none' } },
      ...{ discover: 300_000, eventTime: null, filter: null },
      ...{ reset: null, isolation: 'committed', limit: Infinity, idleExit: Infinity }
    })
  })

  test('with an end nothing new is looked for, unless that is wanted', () => {
    expect(plan({ exit: true })).toMatchObject({ until: { kind: 'latest' }, discover: 0 })
    expect(plan({ until: { kind: 'earliest' } }).discover).toBe(0)
    expect(plan({ exit: true, discover: 7 }).discover).toBe(7)
    expect(plan({ discover: 0 }).discover).toBe(0)
  })
})

describe('with a group', () => {
  test('it is joined, read from where it is, and committed', () => {
    expect(plan({ group: 'g' })).toMatchObject({
      ...{ from: { kind: 'group' }, group: 'g', join: true, commit: { kind: 'auto', interval: 5000 } }
    })
    expect(plan({ group: 'g', checkpoint: 'f' }).commit).toEqual({ kind: 'checkpoint' })
    expect(plan({ group: 'g', checkpoint: 'f', commit: { kind: 'none' } }).commit).toEqual({ kind: 'none' })
  })

  test.each<Partial<ConsumeFlags>>([
    { assign: true },
    { partition: [0] },
    { parallelism: 2, subtask: 1 },
    { key: 'k' }
  ])('what one takes for oneself is not shared: %j', (flags) => {
    expect(plan({ group: 'g', ...flags }).join).toBe(false)
  })
})

test('filters, of both kinds', () => {
  expect(plan({ key: '', 'key-as': 'hex' }).filter).toEqual({ key: { text: '', as: 'hex' }, grep: null })
  expect(plan({ grep: 'x', group: 'g' })).toMatchObject({ filter: { key: null, grep: 'x' }, join: true })
})

test('watermarks, where something asks for them', () => {
  const until = { kind: 'watermark' as const, timestamp: 5 }
  expect(plan({ until }).eventTime).toEqual({ field: 'timestamp', outOfOrderness: 0, idleAfter: Infinity })
  expect(plan({ 'event-time': 'value.t', 'max-out-of-orderness': 5, 'idle-partition': 6 }).eventTime).toEqual({
    ...{ field: 'value.t', outOfOrderness: 5, idleAfter: 6 }
  })
})

test.each<[Partial<ConsumeFlags>, RegExp, string[]?]>([
  [{}, /no topic/, []],
  [{ 'topic-pattern': /x/ }, /exclude each other/],
  [{ from: { kind: 'group' } }, /needs --group/],
  [{ until: { kind: 'group' } }, /needs --group/],
  [{ assign: true }, /needs --group/],
  [{ commit: { kind: 'exit' } }, /needs --group/],
  [{ group: '' }, /empty/],
  [{ 'checkpoint-interval': 5 }, /needs --checkpoint/],
  [{ checkpoint: 'f', 'checkpoint-interval': 0 }, /more than 0/],
  [{ checkpoint: 'f', output: './f' }, /same file/],
  [{ parallelism: 2 }, /needs --subtask/],
  [{ parallelism: 2, subtask: 2 }, /no subtask 2 of 2/]
])('%j is wrong usage', (flags, message, topics = ['t']) => {
  expect(() => plan(flags, topics)).toThrow(message)
})
