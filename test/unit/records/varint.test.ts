import { describe, expect, test } from '@jest/globals'
import * as varint from '../../../src/records/varint.js'

const { NO_END, readVarint, readVarlong, readVarlongExact, varintSize, writeVarint, writeVarlong } = varint
const int32 = [0, -1, 1, 63, -64, 64, -65, 8191, -8192, 8192, 2 ** 20, 2 ** 27, -(2 ** 28), 2 ** 31 - 1, -(2 ** 31)]
const int64 = [
  2n ** 31n,
  -(2n ** 31n) - 1n,
  2n ** 35n,
  2n ** 53n,
  -(2n ** 53n),
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n)
]

/** A varint in bytes, as the Protocol Buffers encoding has it: an independent way to the same. */
function encoded(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value < 0n ? -2n * value - 1n : 2n * value)
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128)
  return Buffer.from([...bytes, Number(rest)])
}

test.each(int32)('writes and reads the varint %d', (value) => {
  const bytes = Buffer.alloc(12, 0xee)
  const end = writeVarint(bytes, 3, value)
  expect(bytes.subarray(3, end)).toEqual(encoded(BigInt(value)))
  expect(varintSize(value)).toBe(end - 3)
  expect(bytes.subarray(end).every((byte) => byte === 0xee)).toBe(true)
  expect([readVarint(bytes, 3), varint.varintEnd]).toEqual([value, end])
  expect([readVarlong(bytes, 3), varint.varintEnd]).toEqual([value, end])
})

test.each([...int32.map(BigInt), ...int64])('writes and reads the varlong %d', (value) => {
  const bytes = Buffer.alloc(16, 0xee)
  const end = writeVarlong(bytes, 3, value)
  expect(bytes.subarray(3, end)).toEqual(encoded(value))
  expect(bytes.subarray(end).every((byte) => byte === 0xee)).toBe(true)
  expect([readVarlong(bytes, 3), varint.varintEnd]).toEqual([Number(value), end])
  expect(readVarlongExact(bytes, 3)).toBe(value)
})

describe('a malformed one has no end', () => {
  test.each([
    ['a varint of six bytes', readVarint, [0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ['a varlong of eleven bytes', readVarlong, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ['a varint that runs out of the buffer', readVarint, [0x80, 0x80]],
    ['a varlong that runs out of the buffer', readVarlong, [0x80]],
    ['nothing', readVarint, []]
  ])('%s', (_, read, bytes) => {
    read(Buffer.from(bytes), 0)
    expect(varint.varintEnd).toBe(NO_END)
  })
})

test('the longest forms are read, whether they are needed or not', () => {
  expect([readVarint(Buffer.from([0x82, 0x80, 0x80, 0x80, 0]), 0), varint.varintEnd]).toEqual([1, 5])
  const ten = Buffer.from([0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0])
  expect([readVarlong(ten, 0), varint.varintEnd]).toEqual([-1, 10])
})
