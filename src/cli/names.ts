/** A list of names, as in `--fields` and `--columns`: one line of CSV, so that a name can hold a comma. Pure. */
import { parse } from 'csv-parse/sync'
import { UsageError } from '../errors.js'

/** @throws UsageError */
export function parseNames(text: string): string[] {
  const names = split(text)
  if (names.includes('')) throw new UsageError(`'${text}' has an empty name in it`, 'write NAME,NAME,…')
  return names
}

function split(text: string): string[] {
  try {
    const [names, ...more] = parse(text, { trim: true })
    if (names && more.length === 0) return names
  } catch {
    // A quote in the wrong place.
  }
  throw new UsageError(`'${text}' is no list of names`, 'write NAME,NAME,…, with quotes around a name that has a comma')
}
