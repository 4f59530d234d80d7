import { expect, test } from '@jest/globals'
import { fuzzFormats } from '../../fuzz/formats.js'

test('no parser misbehaves, whatever it is fed', async () => {
  await expect(fuzzFormats(5_000, 1)).resolves.toBeUndefined()
})
