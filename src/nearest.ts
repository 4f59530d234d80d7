/** The name that was probably meant, for "did you mean". Pure. */

/** The name with the fewest edits from `wrong`, if these are few for its length. */
export function nearest(wrong: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(wrong.length / 3)) + 1
  for (const name of names) {
    const edits = distance(wrong.toLowerCase(), name.toLowerCase())
    if (edits < fewest) [best, fewest] = [name, edits]
  }
  return best
}

/** Levenshtein's distance, two neighbouring characters swapped counting as one edit. */
function distance(a: string, b: string): number {
  let [older, old]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(old[j]! + 1, row[j - 1]! + 1, old[j - 1]! + cost)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) row[j] = Math.min(row[j]!, older[j - 2]! + 1)
    }
    ;[older, old] = [old, row]
  }
  return old[b.length]!
}
