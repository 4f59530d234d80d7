/**
 * What is said when a name is not known: the nearest one that is, or all of them.
 */
import { UsageError } from '../errors.js'

/** @param what is wrong · @param name what was typed · @param known what could have been typed */
export function unknownName(what: string, name: string, known: string[]): UsageError {
  const near = nearest(name, known)
  const all = `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`
  return new UsageError(what, near === undefined ? `use ${all}` : `did you mean ${near}? Known are ${all}`)
}

/** The known name that takes the fewest changed letters; undefined where that is more than a third of them. */
export function nearest(name: string, known: string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const changes = distance(name.toLowerCase(), candidate.toLowerCase())
    if (changes < fewest) {
      best = candidate
      fewest = changes
    }
  }
  return best
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
