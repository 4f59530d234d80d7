import { expect, test } from '@jest/globals'
import { ByteWriter } from '../../../src/records/byte-writer.js'
import {
  indexesEnd,
  readMessageIndexes,
  readSchemaId,
  writeMessageIndexes,
  writeSchemaId
} from '../../../src/schemas/wire-format.js'

test('a magic byte and the id of the schema', () => {
  const out = new ByteWriter(1)
  writeSchemaId(0xfffffffe, out)
  expect(out.view().toString('hex')).toBe('00fffffffe')
  expect(readSchemaId(out.bytes, 0, 5)).toBe(0xfffffffe)
})

test.each([
  ['', 'it is empty'],
  ['00000001', 'it has 4 bytes'],
  ['7b7d', 'it begins with 0x7b instead of 0x00'],
  ['0100000001aa', 'it begins with 0x01 instead of 0x00']
])('%s is none', (hex, why) => {
  const bytes = Buffer.from(hex, 'hex')
  expect(readSchemaId(bytes, 0, bytes.length)).toBe(`is not in the wire format of a schema registry (${why})`)
})

// As the page "Wire format" of Confluent's documentation has them, and Java's MessageIndexes writes them.
test.each([
  ['00', [0]],
  ['0202', [1]],
  ['040200', [1, 0]],
  ['02c801', [100]]
])('message indexes %s', (hex, indexes) => {
  const bytes = Buffer.from(hex, 'hex')
  expect(readMessageIndexes(bytes, 0, bytes.length)).toEqual(indexes)
  expect(indexesEnd).toBe(bytes.length)
  const out = new ByteWriter(1)
  writeMessageIndexes(indexes, out)
  expect(out.view().toString('hex')).toBe(hex)
})

test.each(['', '02', '0201', '03', '04', '04ff', 'ffffffffff01', '02ffffffffff'])('%s are none', (hex) => {
  const bytes = Buffer.from(hex, 'hex')
  expect(readMessageIndexes(bytes, 0, bytes.length)).toBeUndefined()
})
