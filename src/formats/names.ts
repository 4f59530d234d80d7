/**
 * What is said when a name is not known: the nearest one that is, or all of them.
 */
import { UsageError } from '../errors.js'
import { nearest } from '../nearest.js'

/** @param what is wrong · @param name what was typed · @param known what could have been typed */
export function unknownName(what: string, name: string, known: string[]): UsageError {
  const near = nearest(name, known)
  const all = `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`
  return new UsageError(what, near === undefined ? `use ${all}` : `did you mean ${near}? Known are ${all}`)
}
