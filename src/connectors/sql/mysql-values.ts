/** Values of MySQL: the server's text as JSON, and JSON as what a column takes. */
import type { FieldPacket } from 'mysql2'
import type { Json } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { type ReadRow, bytesOf, onOneLine } from './database.js'
import { plainOf } from './rows.js'

/** A row as it comes. */
export type Raw = (Buffer | null)[]

/** Column types of the protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const numbers = new Set([0, 1, 2, 3, 4, 5, 8, 9, 13, 246])
const exactNumbers = new Set([0, 1, 2, 3, 5, 8, 9, 13, 246])
const times = new Set([7, 10, 12])
const FLOAT = 4
const [TIMESTAMP, DATETIME, BIT, JSON_TYPE, GEOMETRY] = [7, 12, 16, 245, 255]
const texts = new Set([15, 249, 250, 251, 252, 253, 254])

/** The charset of bytes. */
const BINARY = 63

/** A value of a prepared statement, as the text that it is elsewhere. */
export function rawOf(value: unknown, { columnType }: FieldPacket): Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value
  // So many digits has one of 4 bytes.
  const exact = columnType === FLOAT ? Number((value as number).toPrecision(6)) : value
  return Buffer.from(String(exact as string | number))
}

/** @throws Error for a column that is none */
export function readerOf(
  fields: readonly FieldPacket[],
  key: string | null,
  column: string | null
): (row: Raw) => ReadRow {
  const [keyAt, columnAt] = [key, column].map((name) => {
    const at = fields.findIndex((field) => field.name === name)
    if (name !== null && at < 0) throw new FailedError(`there is no column ${name}`)
    return at
  }) as [number, number]
  const names = fields.map(({ name }) => `${JSON.stringify(name)}:`)
  return (row) => {
    const members = row.map((value, i) => names[i] + (value === null ? 'null' : jsonOf(value, fields[i]!)))
    const at = columnAt < 0 ? null : row[columnAt]!.toString()
    return { value: Buffer.from(`{${members.join(',')}}`), key: keyAt < 0 ? null : row[keyAt]!, at }
  }
}

function jsonOf(value: Buffer, { columnType = 0, characterSet }: FieldPacket): string {
  // ZEROFILL has zeros in front.
  if (numbers.has(columnType)) return value.toString().replace(/^(-?)0+(?=\d)/, '$1')
  if (columnType === BIT) return BigInt(`0x${value.toString('hex')}`).toString()
  if (columnType === JSON_TYPE) return onOneLine(value.toString())
  if (columnType === DATETIME) return JSON.stringify(value.toString().replace(' ', 'T'))
  if (columnType === TIMESTAMP) return JSON.stringify(`${value.toString().replace(' ', 'T')}Z`)
  const isBytes = columnType === GEOMETRY || (texts.has(columnType) && characterSet === BINARY)
  return JSON.stringify(value.toString(isBytes ? 'base64' : 'utf8'))
}

/** Whether rows behind a value can be told by its text: not of texts, where case may not count, nor of short floats. */
export function isIncreasing({ columnType = 0 }: FieldPacket): boolean {
  return exactNumbers.has(columnType) || times.has(columnType)
}

/** A position in a statement. @throws FailedError for what is none */
export function literalOf(after: Json, { columnType = 0 }: FieldPacket): string {
  const text = typeof after === 'string' ? after : ''
  if (!/^[-+\d.:eE ]+$/.test(text)) throw new FailedError('the position is none of this column')
  return times.has(columnType) ? `CAST('${text}' AS DATETIME(6))` : text
}

/** @param type of the column, as the server says it @throws Refused */
export function storedOf(value: unknown, type: string): null | number | string | Buffer {
  if (/^(var)?binary|blob/.test(type)) return bytesOf(value)
  if (type === 'json') return value === null || value === undefined ? null : JSON.stringify(value)
  const plain = plainOf(value)
  if (plain === null || type.startsWith('bit')) return plain
  return /^(datetime|timestamp)/.test(type) ? timeOf(String(plain)) : String(plain)
}

/** ISO 8601 as MySQL has it; with a zone, in UTC, as sessions are. */
function timeOf(text: string): string {
  const [, date, time, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? []
  if (date === undefined) return text
  if (zone === undefined) return `${date} ${time}${fraction}`
  const utc = new Date(`${date}T${time}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(utc.getTime()) ? text : utc.toISOString().slice(0, 19).replace('T', ' ') + fraction
}
