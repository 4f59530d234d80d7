import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { FailedError } from '../../../src/errors.js'
import { type Codec, CODECS, compress, decompress } from '../../../src/records/compression.js'
import { fixture } from './batches.js'

const codecs = CODECS.filter((codec) => codec !== 'none')
/** Compressible, but not with one trick. */
const text = Buffer.from(
  Array.from({ length: 9000 }, (_, i) => `{"id":${i},"user":"u${(i * 7919) % 1000}"}`).join('\n')
)

/** What `decompress` throws; it is to be a FailedError of one line. */
function failure(codec: Codec, bytes: Buffer, maxBytes?: number): string {
  try {
    decompress(codec, bytes, 0, bytes.length, maxBytes)
  } catch (error) {
    expect(error).toBeInstanceOf(FailedError)
    return (error as FailedError).line
  }
  throw new Error('it was taken')
}

describe.each(CODECS)('%s', (codec) => {
  test.each([1, 100, 32 << 10, (32 << 10) + 1, text.length])(
    '%d bytes come back from the middle of a buffer',
    (size) => {
      const bytes = text.subarray(0, size)
      const packed = compress(codec, undefined, bytes)
      const around = Buffer.concat([Buffer.from('before'), packed, Buffer.from('after')])
      expect(decompress(codec, around, 6, 6 + packed.length).equals(bytes)).toBe(true)
    }
  )
})

describe.each(codecs)('%s', (codec) => {
  test('makes it smaller', () => expect(compress(codec, undefined, text).length).toBeLessThan(text.length / 1.5))

  test('what is cut off or is no such data is an error', () => {
    const packed = compress(codec, undefined, text)
    for (const end of [0, 1, 5, 20, packed.length >> 1, packed.length - 1]) {
      expect(failure(codec, packed.subarray(0, end))).toMatch(`${codec} data is damaged`)
    }
    expect(failure(codec, Buffer.from('this is no compressed data at all'))).toMatch(`${codec} data is damaged`)
  })

  test('what would become too large is refused', () => {
    const packed = compress(codec, undefined, Buffer.alloc(5_000_000))
    expect(failure(codec, packed, 4_000_000)).toBe(`${codec} data is more than 4000000 bytes when decompressed`)
    expect(decompress(codec, packed, 0, packed.length, 5_100_000).length).toBe(5_000_000)
    const exact = compress(codec, undefined, text)
    expect(decompress(codec, exact, 0, exact.length, text.length + (4 << 20)).equals(text)).toBe(true)
  })
})

test.each([
  ['gzip', 9],
  ['zstd', 19]
] as const)('%s takes a level', (codec, most) => {
  expect(compress(codec, most, text).length).toBeLessThan(compress(codec, 1, text).length)
})

describe('snappy', () => {
  test('is written in the framing of the Java client, in blocks of 32 KB', () => {
    const packed = compress('snappy', undefined, text)
    expect(packed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    let blocks = 0
    for (let at = 16; at < packed.length; at += 4 + packed.readUInt32BE(at)) blocks++
    expect(blocks).toBe(Math.ceil(text.length / (32 << 10)))
  })

  test('is read without framing too', () => {
    const packed = compress('snappy', undefined, text.subarray(0, 1000))
    const raw = packed.subarray(20)
    expect(decompress('snappy', raw, 0, raw.length).equals(text.subarray(0, 1000))).toBe(true)
  })

  test('a length that its bytes cannot have is refused before memory is taken', () => {
    const huge = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x61])
    expect(failure('snappy', huge, 2 ** 33)).toBe('snappy data is damaged (a block is too short for its content)')
    expect(failure('snappy', Buffer.from([0x80, 0x80]))).toMatch('a block has no length')
  })
})

describe('lz4, as the lz4 program writes it', () => {
  const lines = Buffer.from(Array.from({ length: 9000 }, (_, i) => `record ${i % 100}\n`).join(''))
  const forms = ['independent', 'dependent', 'large-blocks', 'block-checksums', 'content-size', 'no-checksum', 'all']
  test.each(forms)('%s', (form) => {
    const packed = fixture(`lz4-${form}.bin`)
    expect(decompress('lz4', packed, 0, packed.length).equals(lines)).toBe(true)
  })

  test.each(['independent', 'block-checksums'])('a wrong checksum is an error: %s', (form) => {
    const packed = fixture(`lz4-${form}.bin`)
    packed[packed.length - 1]! ^= 1
    expect(failure('lz4', packed)).toBe('lz4 data is damaged')
  })

  test('a block that lies about its length is an error', () => {
    const packed = Buffer.from(compress('lz4', undefined, text))
    packed.writeUInt32LE(0x7fffffff, 7)
    expect(failure('lz4', packed)).toMatch('lz4 data is damaged (it ends before its last block)')
  })
})

test.each(['snappy', 'lz4'] as const)('%s still takes what is right after much that was damaged', (codec) => {
  const packed = compress(codec, undefined, text)
  const damaged = Buffer.from(packed)
  damaged.fill(0xff, 40, 60)
  for (let i = 0; i < 1000; i++) expect(() => decompress(codec, damaged, 0, damaged.length)).toThrow('is damaged')
  expect(decompress(codec, packed, 0, packed.length).equals(text)).toBe(true)
})

test('a zstd frame that does not tell its size is bounded as well', () => {
  const packed = zstdCompressSync(Buffer.alloc(3_000_000))
  expect(failure('zstd', packed, 100_000)).toMatch('more than 100000 bytes')
})
