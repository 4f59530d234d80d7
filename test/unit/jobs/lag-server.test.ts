import { expect, test } from '@jest/globals'
import { shared } from '../../../src/jobs/lag-server.js'

test('who asks while work is under way gets the next result, and all of them the same one', async () => {
  const pending: ((error?: Error) => void)[] = []
  let started = 0
  const ask = shared(() => {
    const count = ++started
    return new Promise<number>((resolve, reject) => pending.push((error) => (error ? reject(error) : resolve(count))))
  })
  const first = ask()
  const others = Promise.all([ask(), ask(), ask()])
  expect(started).toBe(1)
  pending[0]!()
  expect(await first).toBe(1)
  pending[1]!()
  expect(await others).toEqual([2, 2, 2])

  const failed = ask()
  const later = ask()
  pending[2]!(new Error('away'))
  await expect(failed).rejects.toThrow('away')
  pending[3]!()
  expect(await later).toBe(4)
  void ask()
  expect(started).toBe(5)
})
