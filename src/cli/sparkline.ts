/** A curve in a line of text. Pure. */

const LEVELS = '▁▂▃▄▅▆▇█'

/** A character a value: the lowest level is 0, the highest the largest value; a space where there is none. */
export function sparkline(values: readonly (number | null)[]): string {
  const largest = Math.max(1, ...values.map((value) => value ?? 0))
  const level = (value: number): number =>
    Math.min(LEVELS.length - 1, Math.ceil((value / largest) * (LEVELS.length - 1)))
  return values.map((value) => (value === null ? ' ' : LEVELS[level(value)])).join('')
}
