import { expect, test } from '@jest/globals'
import { Patience } from '../../../src/connectors/patience.js'

test('the user is told once: of what lasts, and of a long time that the peer asks for', async () => {
  const told: string[] = []
  const stop = new AbortController()
  const patience = new Patience({ notice: (text) => void told.push(text), signal: stop.signal })
  const begun = performance.now()
  for (const atLeast of [0, 300, 0, 0]) await patience.failed('is away', atLeast)
  expect(performance.now() - begun).toBeGreaterThan(290)
  expect(told).toEqual(['is away: trying again'])
  patience.succeeded()
  patience.succeeded()
  expect(told).toEqual(['is away: trying again', 'goes on'])
  const waiting = patience.failed('is busy', 3_600_000)
  expect(told.at(-1)).toBe('is busy: trying again in 3600 s')
  stop.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
})
