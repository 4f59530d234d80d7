/**
 * Formats by name. The one file that is needed is loaded when it is asked for, which keeps a small command's start
 * short; flags that a format has no use for are an error rather than ignored.
 */
import { UsageError } from '../errors.js'
import type { Formatter, FormatterOptions, Parser, ParserOptions } from './format.js'
import { unknownName } from './names.js'

export type { Formatter, FormatterOptions, Parser, ParserOptions } from './format.js'

export const formatterNames = ['value', 'jsonl', 'csv', 'tsv', 'envelope', 'hexdump']
export const parserNames = ['lines', 'jsonl', 'csv', 'tsv', 'envelope', 'length-prefixed', 'file']

const tables = ['csv', 'tsv']
const NEWLINE = Buffer.from('\n')

/** @throws UsageError for an unknown format, or one that has no use for a flag given */
export async function createFormatter(options: FormatterOptions): Promise<Formatter> {
  const { format, fields, header, keyDelimiter, keyAs, valueAs } = options
  const isName = formatterNames.includes(format)
  if (!isName && !/[%\\]/.test(format))
    throw unknownFormat(format, [...formatterNames, "a format string as in '%k %s\\n'"])
  only(['value'], format, keyDelimiter !== null, '--key-delimiter')
  only(['jsonl', ...tables], format, fields !== null, '--fields')
  only(tables, format, !header, '--no-header')
  const text = formatterNames.filter((name) => name !== 'hexdump')
  if (format === 'hexdump') {
    only(text, format, keyAs !== 'string', '--key-as')
    only(text, format, valueAs !== 'string', '--value-as')
  }
  if (isName) only(text, format, hasDelimiter(options), '--delimiter')
  else if (hasDelimiter(options) && options.delimiter.length > 0) {
    throw new UsageError(
      'a format string and --delimiter exclude each other',
      'end the format string with the delimiter'
    )
  }

  switch (format) {
    case 'value':
      return new (await import('./value.js')).ValueFormatter(options)
    case 'jsonl':
      return new (await import('./jsonl.js')).JsonlFormatter(options)
    case 'csv':
      return new (await import('./csv.js')).CsvFormatter(options, ',')
    case 'tsv':
      return new (await import('./csv.js')).CsvFormatter(options, '\t')
    case 'envelope':
      return new (await import('./envelope.js')).EnvelopeFormatter(options)
    case 'hexdump':
      return new (await import('./hexdump.js')).HexdumpFormatter()
    default:
      return new (await import('./kcat-string.js')).KcatFormatter(options)
  }
}

/** @throws UsageError for an unknown format, or one that has no use for a flag given */
export async function createParser(options: ParserOptions): Promise<Parser> {
  const { format, keyDelimiter, emptyIsNull, keyField, valueField, timestampField, columns, header } = options
  if (!parserNames.includes(format)) throw unknownFormat(format, parserNames)
  only(['lines'], format, keyDelimiter !== null, '--key-delimiter')
  if (keyDelimiter?.length === 0) throw new UsageError('an empty --key-delimiter is nowhere', 'give it a byte or more')
  const withFields = ['jsonl', ...tables]
  only(withFields, format, keyField !== null, '--key-field')
  only(withFields, format, valueField !== null, '--value-field')
  only(withFields, format, timestampField !== null, '--timestamp-field')
  only(tables, format, columns !== null, '--columns')
  only(tables, format, !header, '--no-header')
  only(
    parserNames.filter((name) => name !== 'envelope'),
    format,
    emptyIsNull,
    '-Z'
  )
  only(['lines', 'jsonl', ...tables, 'envelope'], format, hasDelimiter(options), '--delimiter')

  switch (format) {
    case 'lines':
      return new (await import('./lines.js')).LinesParser(options)
    case 'jsonl':
      return new (await import('./jsonl-parser.js')).JsonlParser(options)
    case 'csv':
      return new (await import('./csv-parser.js')).CsvParser(options, ',')
    case 'tsv':
      return new (await import('./csv-parser.js')).CsvParser(options, '\t')
    case 'envelope':
      return new (await import('./envelope-parser.js')).EnvelopeParser(options)
    case 'length-prefixed':
      return new (await import('./length-prefixed.js')).LengthPrefixedParser(options)
    default:
      return new (await import('./file.js')).FileParser(options)
  }
}

function unknownFormat(format: string, known: string[]): UsageError {
  return unknownName(`'${format}' is no format`, format, known)
}

function only(formats: string[], format: string, given: boolean, flag: string): void {
  if (!given || formats.includes(format)) return
  throw new UsageError(`${flag} does not go with --format ${format}`, `it goes with ${formats.join(', ')}`)
}

function hasDelimiter({ delimiter }: { delimiter: Buffer }): boolean {
  return !delimiter.equals(NEWLINE)
}
