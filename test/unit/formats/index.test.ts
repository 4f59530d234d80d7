import { describe, expect, test } from '@jest/globals'
import { UsageError } from '../../../src/errors.js'
import { parserFor, print } from './records.js'

type Options = Record<string, unknown>

async function refused(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  expect(error).toBeInstanceOf(UsageError)
  return (error as UsageError).line
}

describe('formatters', () => {
  test.each<[Options, string]>([
    [{ format: 'jsno' }, "'jsno' is no format: "],
    [{ format: 'jsnl' }, 'did you mean jsonl?'],
    [{ format: 'envelop' }, 'did you mean envelope?'],
    [{ format: '' }, "'' is no format: use value, jsonl, csv"],
    [{ format: 'avro' }, "'avro' is no format"],
    [{ format: 'lines' }, "'lines' is no format"],
    [{ format: '%z' }, "there is no token '%z' in format strings: use %s"],
    [{ format: 'x%' }, "there is no token '%' in format strings"],
    [{ format: '\\q' }, "there is no escape '\\q' in format strings: use \\n"],
    [{ format: '\\' }, "there is no escape '\\' in format strings"],
    [{ format: '\\xg' }, "there is no escape '\\x' in format strings"],
    [{ fields: ['key'] }, '--fields does not go with --format value: it goes with jsonl, csv, tsv'],
    [{ format: 'envelope', keyDelimiter: Buffer.from(':') }, '--key-delimiter does not go with --format envelope'],
    [{ format: 'jsonl', header: false }, '--no-header does not go with --format jsonl'],
    [{ format: '%s', fields: ['key'] }, '--fields does not go with --format %s'],
    [{ format: '%s', delimiter: Buffer.from('\0') }, 'a format string and --delimiter exclude each other'],
    [{ format: 'hexdump', delimiter: Buffer.from('\0') }, '--delimiter does not go with --format hexdump'],
    [{ format: 'hexdump', valueAs: 'hex' }, '--value-as does not go with --format hexdump'],
    [{ format: 'csv', delimiter: Buffer.alloc(0) }, 'csv needs a delimiter'],
    [{ keyAs: 'xml' }, "--key-as 'xml' is not known: use string, json"],
    [{ valueAs: 'int46' }, "--value-as 'int46' is not known: did you mean int64?"],
    [{ format: 'csv', fields: ['ofset'] }, "'ofset' is no field of a record: did you mean offset?"],
    [{ format: 'csv', fields: ['user.id'] }, "'user.id' is no field of a record: "],
    [{ format: 'csv', fields: ['valu.id'] }, 'did you mean value?'],
    [{ format: 'csv', fields: [] }, '--fields names no field'],
    [{ format: 'jsonl', fields: ['value.a'], valueAs: 'hex' }, "the field 'value.a' reads JSON, but --value-as is hex"],
    [{ format: 'jsonl', fields: ['key.a'], keyAs: 'uuid' }, "the field 'key.a' reads JSON, but --key-as is uuid"]
  ])('%j is refused', async (options, message) => {
    expect(await refused(print(options, []))).toContain(message)
  })

  test('a format string may be given -D "", which it means anyway', async () => {
    expect(await print({ format: '%s', delimiter: Buffer.alloc(0) }, [{ value: 'x' }])).toEqual(Buffer.from('x'))
  })
})

describe('parsers', () => {
  test.each<[Options, string]>([
    [{ format: 'line' }, "'line' is no format: did you mean lines?"],
    [{ format: 'value' }, "'value' is no format"],
    [
      { format: 'jsonl', keyDelimiter: Buffer.from(':') },
      '--key-delimiter does not go with --format jsonl: it goes with lines'
    ],
    [{ keyDelimiter: Buffer.alloc(0) }, 'an empty --key-delimiter is nowhere'],
    [{ keyField: 'a' }, '--key-field does not go with --format lines: it goes with jsonl, csv, tsv'],
    [{ format: 'envelope', valueField: 'a' }, '--value-field does not go with --format envelope'],
    [{ format: 'file', timestampField: 'a' }, '--timestamp-field does not go with --format file'],
    [{ format: 'jsonl', columns: ['a'] }, '--columns does not go with --format jsonl'],
    [{ header: false }, '--no-header does not go with --format lines'],
    [{ format: 'csv', header: false }, 'without a header line the columns have no names: name them with --columns'],
    [{ format: 'envelope', emptyIsNull: true }, '-Z does not go with --format envelope'],
    [
      { format: 'length-prefixed', delimiter: Buffer.from('x') },
      '--delimiter does not go with --format length-prefixed'
    ],
    [{ format: 'tsv', delimiter: Buffer.alloc(0) }, 'tsv needs a delimiter'],
    [{ format: 'csv', columns: ['a', 'a'], header: false }, "two columns are named 'a'"],
    [
      { format: 'csv', columns: ['name'], header: false, keyField: 'nmae' },
      "there is no column 'nmae' for --key-field: did you mean name?"
    ],
    [{ format: 'csv', columns: ['a', 'b'], header: false, keyField: 'long' }, 'columns are a, b'],
    [{ keyAs: 'protobuf' }, "--key-as 'protobuf' is not known"],
    [{ format: 'file', valueAs: 'json-schema' }, "--value-as 'json-schema' is not known"]
  ])('%j is refused', async (options, message) => {
    expect(await refused(parserFor(options))).toContain(message)
  })
})
