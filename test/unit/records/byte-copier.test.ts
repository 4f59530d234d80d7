import { expect, test } from '@jest/globals'
import { ByteCopier } from '../../../src/records/byte-copier.js'

test('copies every length exactly, and nothing beside it', () => {
  const copier = new ByteCopier()
  const source = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 31) % 251))
  for (let length = 0; length < 300; length++) {
    const target = Buffer.alloc(320, 0xee)
    copier.copy(source, length % 7, length, target, 5)
    expect(target.subarray(5, 5 + length).equals(source.subarray(length % 7, (length % 7) + length))).toBe(true)
    expect(target.subarray(0, 5).every((byte) => byte === 0xee)).toBe(true)
    expect(target.subarray(5 + length).every((byte) => byte === 0xee)).toBe(true)
  }
})

test('works on views into a larger buffer', () => {
  const whole = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz')
  const target = Buffer.alloc(64)
  new ByteCopier().copy(whole.subarray(10), 0, 20, target.subarray(4), 0)
  expect(target.toString('latin1', 4, 24)).toBe('abcdefghijklmnopqrst')
})
