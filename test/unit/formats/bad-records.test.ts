// What a parser says of a record that it cannot make: which bytes of the input that is, all of them and no others.
import { expect, test } from '@jest/globals'
import type { BadRecordError } from '../../../src/errors.js'
import { type ParserOptions, createParser } from '../../../src/formats/index.js'
import { lines } from '../endpoints/line-options.js'

/** The good values and, in angle brackets, the bytes of the bad ones, of an input fed in pieces. */
async function valuesOf(input: string, options: Partial<ParserOptions>, piece: number): Promise<string[]> {
  const parser = await createParser({ ...lines, ...options })
  const all = Buffer.from(input, 'latin1')
  const values: string[] = []
  let from = 0
  for (let end = 0; end - piece < all.length; end += piece) {
    const fed = Buffer.from(all.subarray(from, Math.min(end, all.length)))
    parser.feed(fed, 0, fed.length, end >= all.length)
    for (;;) {
      try {
        if (!parser.next()) break
        values.push(parser.valueBytes.toString('latin1', parser.valueStart, parser.valueEnd))
      } catch (error) {
        values.push(`<${(error as BadRecordError).raw!.toString('latin1')}>`)
      }
    }
    from += parser.consumed
  }
  return values
}

test.each<[string, string, Partial<ParserOptions>, string[]]>([
  ['lines', '1\nx\n\n22', { valueAs: 'int32' }, ['\0\0\0\x01', '<x>', '<>', '\0\0\0\x16']],
  ['lines with keys', 'a:1\nb:x\n', { valueAs: 'int32', keyDelimiter: Buffer.from(':') }, ['\0\0\0\x01', '<b:x>']],
  ['jsonl', '{}\n{"a\n[1]\n{', { format: 'jsonl' }, ['{}', '<{"a>', '[1]', '<{>']],
  ['envelope', '{"value":"v"}\nv\n', { format: 'envelope' }, ['v', '<v>']],
  ['csv', 'v,w\na,b\nc"d,e\nf\n"g",h', { format: 'csv', valueField: 'v' }, ['a', '<c"d,e>', '<f>', 'g']],
  ['csv with long rows', 'v\na\n"b"c,;d;;e\n', { format: 'csv', delimiter: Buffer.from(';;'), columns: ['v'] }, []],
  ['csv without an end', 'v\na\n"b\nc', { format: 'csv', valueField: 'v' }, ['a', '<"b\nc>']],
  ['a bad row at the end', 'v\na\nb"c', { format: 'csv', valueField: 'v' }, ['a', '<b"c>']],
  ['length-prefixed', '\0\0\0\x01a\0\0\0\x05bc', { format: 'length-prefixed' }, ['a', '<\0\0\0\x05bc>']],
  ['a header line without the column', 'v\na\nb', { format: 'csv', valueField: 'w' }, ['<v>', '<a>', '<b>']],
  ['file', 'x\ny', { format: 'file', valueAs: 'int32' }, ['<x\ny>']]
])('%s', async (_, input, options, expected) => {
  const whole = await valuesOf(input, options, 100)
  if (expected.length > 0) expect(whole).toEqual(expected)
  for (const piece of [1, 2, 3, 7]) expect(await valuesOf(input, options, piece)).toEqual(whole)
})
