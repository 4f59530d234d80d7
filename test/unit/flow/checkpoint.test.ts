import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { type Checkpoint } from '../../../src/flow/checkpoint.js'
import { CheckpointFile, readCheckpoint } from '../../../src/flow/checkpoint-file.js'

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const newFile = (text?: string): string => {
  const file = join(folder, `${files++}`)
  if (text !== undefined) writeFileSync(file, text)
  return file
}

const nothing: Checkpoint = {
  clusterId: null,
  group: null,
  positions: [],
  files: [],
  elements: 0,
  endpoint: null,
  outputs: [],
  transactions: []
}
const last = 2n ** 63n - 1n

test('what is read is what was written, integers beyond 2^53 too; positions are sorted', async () => {
  const file = newFile()
  const position = (topic: string, partition: number, offset: bigint) => ({ topic, partition, offset })
  const positions = [position('b', 10, 0n), position('b', 2, last), position('a', 0, 2n ** 53n + 1n)]
  const pending = { transactionalId: 'p-0-1', producerId: last, producerEpoch: 32767 }
  const checkpoint = {
    ...{ clusterId: 'c"1', group: 'grüße', elements: 7, positions },
    endpoint: {
      place: './x.mjs?t="a"',
      position: { id: last, at: [1.5, 'x', null, true, { a: 2n ** 63n }] },
      taken: 3
    },
    files: [{ file: '/a "b"', device: 2n ** 63n, inode: last, birth: last, offset: 2 ** 53 - 1, line: 3, size: 4 }],
    outputs: [{ file: '/some where/"out".gz', length: 2 ** 40 + 1 }],
    transactions: [
      { cluster: 'x', prefix: 'p', subtask: 0, pending },
      { cluster: null, prefix: 'p', subtask: 1, pending: null }
    ]
  }
  await new CheckpointFile(file).write(checkpoint)
  expect(await readCheckpoint(file)).toEqual({ ...checkpoint, positions: [positions[2], positions[1], positions[0]] })
  expect(readFileSync(file, 'utf8')).toContain('9223372036854775807')
  expect(readdirSync(folder).filter((name) => name.includes('next'))).toEqual([])
})

test('nothing but what it is', async () => {
  const file = newFile()
  await new CheckpointFile(file).write(nothing)
  expect(await readCheckpoint(file)).toEqual(nothing)
})

test('there is none', async () => {
  expect(await readCheckpoint(newFile())).toBeNull()
})

const valid = {
  ...{ kind: 'sluice checkpoint', version: 1, cluster: 'c', group: null },
  ...{ outputs: [], transactions: [], files: [], elements: 0 }
}

test.each([
  ['no JSON', 'x'],
  ['cut off', JSON.stringify({ ...valid, positions: [] }).slice(0, -5)],
  ['something else', '{"kind": "other"}'],
  ['null', 'null'],
  ['a newer version', JSON.stringify({ ...valid, version: 2, positions: [] })],
  ['a version that is none', JSON.stringify({ ...valid, version: '1', positions: [] })],
  ['no positions', JSON.stringify(valid)],
  ['an offset that is negative', JSON.stringify({ ...valid, positions: [{ topic: 't', partition: 0, offset: -1 }] })],
  ['an offset with a fraction', '{"kind": "sluice checkpoint", "version": 1.0, "positions": []}'],
  ['an offset that is a text', JSON.stringify({ ...valid, positions: [{ topic: 't', partition: 0, offset: '1' }] })],
  ['no topic', JSON.stringify({ ...valid, positions: [{ partition: 0, offset: 1 }] })],
  ['an output without length', JSON.stringify({ ...valid, outputs: [{ file: 'x' }], positions: [] })],
  ['an output that is none', JSON.stringify({ ...valid, outputs: [null], positions: [] })],
  [
    'a length beyond 2^53',
    JSON.stringify({ ...valid, positions: [] }).replace('"elements":0', '"elements":9007199254740992')
  ],
  ['a transaction without a prefix', JSON.stringify({ ...valid, transactions: [{}], positions: [] })]
])('%s is refused in one line that names the file', async (_, text) => {
  const file = newFile(text)
  const error = await readCheckpoint(file).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'FailedError', place: { file } })
  expect((error as Error).message).toMatch(/^[^\n]+$/)
  expect((error as Error).message).toContain(file)
})

test('a folder, and a file in a folder that is not there', async () => {
  await expect(readCheckpoint(folder)).rejects.toThrow(`cannot read the checkpoint ${folder}: EISDIR`)
  const file = join(folder, 'missing', 'file')
  await expect(new CheckpointFile(file).write(nothing)).rejects.toThrow(
    /^cannot write the checkpoint .*: there is no such folder$/
  )
})
