import { expect, test } from '@jest/globals'
import { defaultReset } from '../../../src/jobs/start-offsets.js'
import type { OffsetSpec } from '../../../src/kafka/offsets.js'

test.each<[OffsetSpec, string]>([
  [{ kind: 'earliest' }, 'earliest'],
  [{ kind: 'latest' }, 'latest'],
  [{ kind: 'timestamp', timestamp: 5n }, 'latest'],
  [{ kind: 'offset', offset: 5n }, 'earliest'],
  [{ kind: 'last', count: 5n }, 'earliest'],
  [{ kind: 'specific', offsets: [] }, 'earliest']
])('an offset out of range goes on as the start policy says: %p', (from, reset) => {
  expect(defaultReset(from)).toBe(reset)
})
