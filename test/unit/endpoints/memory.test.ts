import { expect, test } from '@jest/globals'
import { MemorySource, sequence } from '../../../src/endpoints/memory.js'
import { chunkOf, plainOf } from './list-records.js'

const never = new AbortController().signal

async function valuesOf(source: MemorySource, most = Infinity): Promise<(string | null)[]> {
  const values = []
  for (;;) {
    const records = await chunkOf(source, never)
    if (!records) return values
    while (records.next()) values.push(plainOf(records).value)
    if (values.length >= most) return values
  }
}

test('elements are values without keys or headers, in order, then comes the end', async () => {
  const source = new MemorySource(['a', '', 'ä'])
  const records = (await chunkOf(source, never))!
  const result = []
  while (records.next()) result.push(plainOf(records))
  expect(result).toEqual(['a', '', 'ä'].map((value) => ({ key: null, value, headers: [] })))
  expect(await chunkOf(source, never)).toBeNull()
})

test('what a stamp put on a record is not on the next one', async () => {
  const source = new MemorySource(['a', 'b'])
  const records = (await chunkOf(source, never))!
  records.next()
  records.keyBytes = Buffer.from('key')
  records.keyStart = 0
  records.keyEnd = 3
  records.next()
  expect(plainOf(records)).toEqual({ key: null, value: 'b', headers: [] })
})

test('a sequence counts up or down, both ends included, beyond 2^53', () => {
  expect([...sequence(1n, 3n)]).toEqual(['1', '2', '3'])
  expect([...sequence(2n, -1n)]).toEqual(['2', '1', '0', '-1'])
  expect([...sequence(7n, 7n)]).toEqual(['7'])
  expect([...sequence(2n ** 53n, 2n ** 53n + 2n)]).toEqual(['9007199254740992', '9007199254740993', '9007199254740994'])
})

test('a long sequence is complete, over many chunks', async () => {
  const values = await valuesOf(new MemorySource(sequence(1n, 25_000n)))
  expect(values.length).toBe(25_000)
  expect(values[24_999]).toBe('25000')
})

test('a sequence without a foreseeable end stops when the signal says so', async () => {
  const source = new MemorySource(sequence(1n, 10n ** 18n))
  await valuesOf(source, 10_000)
  expect(await chunkOf(source, AbortSignal.abort())).toBeNull()
})
