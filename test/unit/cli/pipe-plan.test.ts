import { describe, expect, test } from '@jest/globals'
import { type PipePlan, planPipe } from '../../../src/cli/pipe-plan.js'
import type { ClusterSettings } from '../../../src/cli/settings.js'

const plan = (source: string, sink: string, more: object = {}, instanceId: string | null = null): Promise<PipePlan> => {
  const settings = { group: { instanceId }, transaction: { id: null, timeout: 1 } } as unknown as ClusterSettings
  const flags = {
    delivery: 'at-least-once' as const,
    'on-error': 'fail' as const,
    verbose: false,
    parallelism: 2,
    ordered: false,
    unordered: false
  }
  return planPipe(
    { source, sink, flags: { ...flags, ...more } },
    { own: settings, other: () => Promise.reject(new Error()) }
  )
}
const refused = (line: string): unknown => expect.objectContaining({ exitCode: 2, line: expect.stringContaining(line) })

describe('several subtasks', () => {
  test('take what they can share', async () => {
    await expect(plan('kafka:a?group=g&assign', 'out', { checkpoint: 'c' })).resolves.toMatchObject({ checkpoint: 'c' })
    await expect(plan('kafka:a?group=g', 'kafka:b?partitioner=fixed&rate=5')).resolves.toBeDefined()
    await expect(plan('tcp-listen://:1', 'tcp://host:1')).resolves.toBeDefined()
  })

  test.each([
    ['kafka:a?max=5', '-', {}, 'max: no subtask knows'],
    ['kafka:a?idle-exit=5s', '-', {}, 'idle-exit: no subtask knows'],
    ['kafka:a?parallelism=3&subtask=1', '-', {}, 'parallelism in kafka:a'],
    ['kafka:a', 'kafka:b?partitioner=fixed&parallelism=3&subtask=1', {}, 'parallelism in kafka:b'],
    ['kafka:a', 'tcp-listen://host:1', {}, 'only one can listen there'],
    ['kafka:a', 'unix-listen:s', {}, 'only one can listen there'],
    ['kafka:a?group=g', 'out', { checkpoint: 'c' }, "add the option 'assign'"]
  ])('do not take %s to %s', async (source, sink, more, line) => {
    await expect(plan(source, sink, more)).rejects.toEqual(refused(line))
    await expect(plan(source, sink, { ...more, parallelism: 1 })).resolves.toBeDefined()
  })

  test('are no one member of a group', async () => {
    await expect(plan('kafka:a?group=g', '-', {}, 'me')).rejects.toEqual(refused('group.instance.id'))
    await expect(plan('kafka:a?group=g&assign', '-', {}, 'me')).resolves.toBeDefined()
  })
})
