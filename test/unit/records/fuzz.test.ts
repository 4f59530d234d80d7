import { expect, test } from '@jest/globals'
import { fuzzRecords } from '../../fuzz/records.js'

test('the reader does not misbehave, whatever it is fed', () => {
  expect(() => fuzzRecords(4_000, 1)).not.toThrow()
})
