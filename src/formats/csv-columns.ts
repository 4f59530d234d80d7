/**
 * Which columns of a csv or tsv input make the parts of a record: those chosen by flags; or, where `consume --format
 * csv` has named them, the record's own.
 */
import { nearest } from '../nearest.js'
import { recordFields } from './fields.js'
import type { ParserOptions } from './format.js'

/** Index of the column of each part; -1 for none. */
export interface Places {
  key: number
  /** -1: the value is the whole row. */
  value: number
  timestamp: number
  partition: number
  headers: number
}

type Fields = Pick<ParserOptions, 'keyField' | 'valueField' | 'timestampField'>

/** @param error makes what is thrown of what is wrong and what to do */
export function findPlaces(names: string[], fields: Fields, error: (what: string, advice: string) => Error): Places {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) {
    throw error(`two columns are named '${twice}'`, 'give each its own name, in the header line or with --columns')
  }
  const own = (name: string): number => (isRecord(names) ? names.indexOf(name) : -1)
  const place = (field: string | null, flag: string, otherwise: string): number => {
    if (field === null) return own(otherwise)
    const at = names.indexOf(field)
    if (at >= 0) return at
    const near = nearest(field, names)
    const advice = near === undefined ? `columns are ${names.join(', ')}` : `did you mean ${near}?`
    throw error(`there is no column '${field}' for ${flag}`, advice)
  }
  return {
    key: place(fields.keyField, '--key-field', 'key'),
    value: place(fields.valueField, '--value-field', 'value'),
    timestamp: place(fields.timestampField, '--timestamp-field', 'timestamp'),
    partition: own('partition'),
    headers: own('headers')
  }
}

/** Whether the columns are a record's fields, and hold its value. */
function isRecord(names: string[]): boolean {
  return names.includes('value') && names.every((name) => (recordFields as readonly string[]).includes(name))
}
