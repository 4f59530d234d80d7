import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from '@jest/globals'
import { openInput } from '../../../src/endpoints/input.js'

const folder = mkdtempSync(join(tmpdir(), 'decompressed-'))
afterAll(() => rmSync(folder, { recursive: true }))

const never = new AbortController().signal

/** What can be read of a file, and the error that ends it. */
async function contentOf(path: string, room = 1 << 16): Promise<{ text: string; error: Error | null }> {
  const target = Buffer.alloc(room)
  const pieces: Buffer[] = []
  const input = await openInput(path)
  try {
    for (let count; (count = await input.read(target, 0, never)) > 0;)
      pieces.push(Buffer.from(target.subarray(0, count)))
    return { text: Buffer.concat(pieces).toString(), error: null }
  } catch (error) {
    return { text: Buffer.concat(pieces).toString(), error: error as Error }
  } finally {
    await input.close()
  }
}

function write(name: string, ...parts: Buffer[]): string {
  const path = join(folder, name)
  writeFileSync(path, Buffer.concat(parts))
  return path
}

// What hardly packs, and what packs very well.
const rough = Array.from({ length: 60_000 }, (_, i) => `${i} ${(i * 2_654_435_761) % 4_294_967_296}\n`).join('')
const smooth = 'all the same\n'.repeat(2_000_000)

describe.each([
  ['gz', gzipSync],
  ['zst', zstdCompressSync]
] as const)('.%s', (extension, pack) => {
  const packed = (text: string): Buffer => pack(Buffer.from(text))

  test.each([
    ['small ones', ['one\n', 'two\n', '', 'three']],
    ['large ones', [rough, smooth, rough]]
  ])('of many parts, %s, is read as one', async (name, parts) => {
    const path = write(`${name}.${extension}`, ...parts.map(packed))
    const { text, error } = await contentOf(path)
    expect(error).toBeNull()
    expect(text === parts.join('')).toBe(true)
  })

  test('is read in pieces of the room there is', async () => {
    expect(await contentOf(write(`room.${extension}`, packed('one two'), packed(' three')), 2)).toEqual({
      text: 'one two three',
      error: null
    })
  })

  test('without a byte in it is empty', async () => {
    expect(await contentOf(write(`empty.${extension}`))).toEqual({ text: '', error: null })
  })

  test('that is cut off gives what is there, and says so', async () => {
    const last = packed('last')
    const path = write(`cut.${extension}`, packed(rough), last.subarray(0, last.length - 5))
    const { text, error } = await contentOf(path)
    expect(text.startsWith(rough)).toBe(true)
    expect(error?.message).toBe(`cannot read ${path}: it is cut off`)
  })

  test('that is damaged gives all that stands before the damage, and says so', async () => {
    const path = write(`damaged.${extension}`, packed('one\n'), packed(rough), packed('two\n'), Buffer.from('nonsense'))
    const { text, error } = await contentOf(path)
    expect(text === `one\n${rough}two\n`).toBe(true)
    expect(error?.message).toMatch(`cannot read ${path}: it is damaged (`)
  })

  test('that is something else says so', async () => {
    const path = write(`text.${extension}`, Buffer.from('just text\n'))
    expect(await contentOf(path)).toMatchObject({
      text: '',
      error: { message: expect.stringContaining(`cannot read ${path}: it is damaged (`) as unknown }
    })
  })
})

test('zeros behind a gzip file pad it', async () => {
  expect(await contentOf(write('padded.gz', gzipSync('one\n'), Buffer.alloc(512)))).toEqual({
    text: 'one\n',
    error: null
  })
})
