/** How lines are parsed when nothing else is said. */
import type { ParserOptions } from '../../../src/formats/format.js'

export const lines: ParserOptions = {
  format: 'lines',
  delimiter: Buffer.from('\n'),
  keyDelimiter: null,
  emptyIsNull: false,
  keyField: null,
  valueField: null,
  timestampField: null,
  columns: null,
  header: true,
  keyAs: 'string',
  valueAs: 'string'
}
