import { describe, expect, test } from '@jest/globals'
import { Reader } from '../../../src/kafka/reader.js'
import { Writer } from '../../../src/kafka/writer.js'

function written(flexible: boolean, write: (to: Writer) => void): string {
  const writer = new Writer(flexible)
  write(writer)
  return Buffer.concat(writer.finish()).toString('hex')
}

const reader = (hex: string, flexible = false): Reader => new Reader(Buffer.from(hex, 'hex'), flexible)

// The encodings of https://kafka.apache.org/protocol#protocol_types, by hand.
describe('writer', () => {
  test('numbers are big-endian, and exact to 64 bits', () => {
    expect(
      written(false, (to) =>
        to
          .int8(-2)
          .int16(258)
          .int32(-1)
          .int64(2n ** 63n - 1n)
          .boolean(true)
      )
    ).toBe('fe0102ffffffff7fffffffffffffff01')
  })

  test('strings and arrays', () => {
    expect(written(false, (to) => to.string('é').string(null).string(''))).toBe('0002c3a9ffff0000')
    expect(written(false, (to) => to.array([1, 2], (value) => to.int8(value)).array(null, () => {}))).toBe(
      '000000020102ffffffff'
    )
  })

  test('their compact forms', () => {
    expect(written(true, (to) => to.string('é').string(null).string('').tags())).toBe('03c3a9000100')
    expect(written(true, (to) => to.array([1, 2], (value) => to.int8(value)).array(null, () => {}))).toBe('03010200')
  })

  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 32 - 1, 'ffffffff0f']
  ])('unsigned varint %i', (value, hex) => {
    expect(written(true, (to) => to.uvarint(value))).toBe(hex)
    expect(reader(hex).uvarint()).toBe(value)
  })

  test('bytes that are referred to stand in their place', () => {
    const batch = Buffer.from('abc')
    const writer = new Writer(false, 4).int32(1).reference(batch).int32(2)
    const pieces = writer.finish()
    expect(Buffer.concat(pieces).toString('hex')).toBe('000000010000000361626300000002')
    expect(pieces).toContain(batch)
  })

  test('no tags where the version has none', () => {
    expect(written(false, (to) => to.tags())).toBe('')
  })
})

describe('reader', () => {
  test('null and empty strings', () => {
    const from = reader('ffff0000')
    expect([from.nullableString(), from.nullableString()]).toEqual([null, ''])
    const compact = reader('0001', true)
    expect([compact.nullableString(), compact.nullableString()]).toEqual([null, ''])
  })

  test('a null array is an empty one', () => {
    expect(reader('ffffffff').array((from) => from.int8())).toEqual([])
    expect(reader('00', true).array((from) => from.int8())).toEqual([])
  })

  test('tagged fields are skipped, known or not', () => {
    // Two: tag 0 with 2 bytes, tag 200 with none.
    const from = reader('020002aabbc80100' + '2a', true)
    from.tags()
    expect(from.int8()).toBe(42)
  })

  test('a range is not copied', () => {
    const from = reader('00000002aabbcc')
    const start = from.range()
    expect([start, from.at]).toEqual([4, 6])
  })

  test.each([
    ['a string beyond the end', '0005aa', (from: Reader) => from.string()],
    ['an array longer than what is left', '7fffffff00', (from: Reader) => from.array(() => from.int8())],
    ['a varint without end', 'ffffffffffff', (from: Reader) => from.uvarint()],
    ['a number beyond the end', '0000', (from: Reader) => from.int64()]
  ])('%s is refused', (_, hex, read) => {
    expect(() => read(reader(hex))).toThrow(RangeError)
  })
})
