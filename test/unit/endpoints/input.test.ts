import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Input, openInput } from '../../../src/endpoints/input.js'

const folder = mkdtempSync(join(tmpdir(), 'input-'))
afterAll(() => rmSync(folder, { recursive: true }))

const never = new AbortController().signal
const target = Buffer.alloc(1 << 16)

async function readText(input: Input, offset = 0, signal = never): Promise<string> {
  const count = await input.read(target, offset, signal)
  return target.toString('utf8', offset, offset + count)
}

test('a file is read in pieces of the room there is, then comes its end', async () => {
  const path = join(folder, 'file')
  writeFileSync(path, 'abc'.repeat(30_000))
  const input = await openInput(path)
  expect(input.name).toBe(path)
  expect(await readText(input)).toHaveLength(1 << 16)
  expect(await readText(input, 60_000)).toHaveLength((1 << 16) - 60_000)
  expect(await readText(input)).toHaveLength(90_000 - (1 << 16) - ((1 << 16) - 60_000))
  expect(await readText(input)).toBe('')
  expect(input.idle).toBe(false)
  await input.close()
})

test('the end of a file is where it is when it is reached', async () => {
  const path = join(folder, 'growing')
  writeFileSync(path, 'a')
  const input = await openInput(path)
  expect(await readText(input)).toBe('a')
  writeFileSync(path, 'ab')
  expect(await readText(input)).toBe('b')
  await input.close()
})

describe('a pipe', () => {
  let pipes = 0
  let path: string
  let writer: FileHandle
  let input: Input

  beforeEach(async () => {
    path = join(folder, `pipe${pipes++}`)
    execFileSync('mkfifo', [path])
    const opening = open(path, 'r+')
    writer = await opening
    input = await openInput(path)
  })

  test('gives what is there without waiting for more, and knows when that is all', async () => {
    await writer.write('line\n')
    expect(await readText(input)).toBe('line\n')
    expect(input.idle).toBe(true)
    const reading = readText(input)
    await writer.write('next\n')
    expect(await reading).toBe('next\n')
    await writer.close()
    await input.close()
  })

  test('that holds more than there is room for is not idle', async () => {
    await writer.write('0123456789')
    expect(await readText(input, target.length - 4)).toBe('0123')
    expect(input.idle).toBe(false)
    expect(await readText(input)).toBe('456789')
    expect(input.idle).toBe(true)
    await writer.close()
    await input.close()
  })

  test('is left waiting when the signal says so', async () => {
    const controller = new AbortController()
    const reading = readText(input, 0, controller.signal)
    controller.abort()
    expect(await reading).toBe('')
    await writer.close()
    await input.close()
  })
})
