import { expect, test } from '@jest/globals'
import { parseCompression } from '../../../src/cli/compression.js'
import { UsageError } from '../../../src/errors.js'

test('compression, with a level where the codec has levels', () => {
  expect(parseCompression('zstd:3')).toEqual({ codec: 'zstd', level: 3 })
  expect(parseCompression('gzip')).toEqual({ codec: 'gzip', level: undefined })
  for (const text of ['', 'zip', 'zstd:0', 'zstd:23', 'zstd:', 'lz4:3', 'none:1', 'toString']) {
    expect(() => parseCompression(text)).toThrow(UsageError)
  }
})
