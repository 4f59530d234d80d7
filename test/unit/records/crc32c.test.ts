import { expect, test } from '@jest/globals'
import { crc32c, loadNative, tableCrc32c } from '../../../src/records/crc32c.js'

// https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
const known: [string, Buffer, number][] = [
  ['zeros', Buffer.alloc(32), 0x8a9136aa],
  ['ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['ascending', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['"123456789"', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0]
]

test.each(known)('%s', (_, bytes, checksum) => {
  const padded = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('xyz')])
  expect(tableCrc32c(padded, 3, 3 + bytes.length)).toBe(checksum)
  expect(crc32c(padded, 3, 3 + bytes.length)).toBe(checksum)
})

test('the native module and the table agree, and it takes over', () => {
  const native = loadNative()!
  const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7919) >> 3))
  for (let start = 0; start < 9; start++) {
    for (let end = start; end < start + 40; end++) {
      expect(tableCrc32c(bytes, start, end)).toBe(native(bytes.subarray(start, end)))
    }
  }
  const checksums = Array.from({ length: 10 }, () => crc32c(bytes, 0, bytes.length))
  expect(new Set(checksums)).toEqual(new Set([native(bytes)]))
})
