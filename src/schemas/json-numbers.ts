/**
 * JSON with numbers as exact as text: integers of more digits than a double has, and floats in the fewest digits that are
 * the same float.
 */

/** A number that JSON.stringify writes as this text. ES2025; Node has it from 21 on. */
export const rawJson = (JSON as unknown as { rawJSON(this: void, text: string): unknown }).rawJSON

type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown

/** @param exact what becomes of an integer that no number is @throws SyntaxError */
export function parseJson(text: string, exact: (digits: string) => unknown): unknown {
  // A reviver is called for every value: only where there may be such an integer.
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown
  const revive: Reviver = (_, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? exact(source) : value
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) as unknown
}

/** JSON has no NaN and no infinity: they become strings. And JSON.stringify has no -0. */
export function double(value: number): unknown {
  if (!Number.isFinite(value)) return String(value)
  return Object.is(value, -0) ? rawJson('-0') : value
}

/** 0.1 rather than 0.10000000149011612. */
export function float(value: number): unknown {
  if (Number.isInteger(value) || !Number.isFinite(value)) return double(value)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
