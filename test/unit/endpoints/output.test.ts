import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Output, openFileOutput } from '../../../src/endpoints/output.js'
import { FailedError } from '../../../src/errors.js'

const folder = mkdtempSync(join(tmpdir(), 'output-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Node stops after the first frame. */
function zstdDecompressAll(bytes: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const options = { info: true } as const
    const { buffer, engine } = zstdDecompressSync(bytes.subarray(at), options) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    pieces.push(buffer)
    at += engine.bytesWritten
  }
  return Buffer.concat(pieces)
}

const blocks = [Buffer.from('first\n'), Buffer.alloc(3 << 20, 'second block\n'), Buffer.from('last\n')]

async function writeBlocks(output: Output): Promise<void> {
  for (const block of blocks) await output.write(block)
  await output.sync()
  await output.close()
}

test('a file holds what was written, and nothing of what was there before', async () => {
  const path = join(folder, 'plain')
  writeFileSync(path, 'x'.repeat(10 << 20))
  const output = await openFileOutput(path, 'overwrite')
  expect(output.blocks).toBe(false)
  await writeBlocks(output)
  expect(readFileSync(path).equals(Buffer.concat(blocks))).toBe(true)
})

test.each([
  ['.gz', gunzipSync],
  ['.zst', zstdDecompressAll]
])('a file that ends in %s is compressed, and complete after every block', async (extension, decompress) => {
  const path = join(folder, `packed${extension}`)
  const output = await openFileOutput(path, 'overwrite')
  expect(output.blocks).toBe(true)
  await output.write(blocks[0]!)
  expect(decompress(readFileSync(path))).toEqual(blocks[0])
  await writeBlocks(output)
  expect(decompress(readFileSync(path)).equals(Buffer.concat([blocks[0]!, ...blocks]))).toBe(true)
  expect(statSync(path).size).toBeLessThan(1 << 20)
})

describe('what is wrong', () => {
  test('a path that cannot be opened', async () => {
    const path = join(folder, 'missing', 'file')
    const error = await openFileOutput(path, 'overwrite').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FailedError)
    expect(error).toMatchObject({
      message: `cannot open ${path} for writing: there is no such folder`,
      place: { file: path }
    })
  })

  test('a full disk', async () => {
    const output = await openFileOutput('/dev/full', 'overwrite')
    const error = await output.write(blocks[0]!).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FailedError)
    expect((error as FailedError).line).toBe(
      'cannot write to /dev/full: no space left on the device: free some space and run it again'
    )
    await output.close()
  })

  test('a device that cannot be synced is none of it', async () => {
    await writeBlocks(await openFileOutput('/dev/null', 'overwrite'))
  })
})
