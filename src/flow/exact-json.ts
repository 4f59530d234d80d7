/**
 * JSON that keeps all digits of a whole number: what a checkpoint is written in. A bigint is written as the number it is, and
 * every whole number is read as a bigint.
 */
import type { Json } from '../endpoint-module.js'

/** On one line, with spaces for people. @throws Error for what is no JSON */
export function exactText(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)) {
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(exactText).join(', ')}]`
  if (typeof value !== 'object') throw new Error(`${typeof value} is no JSON`)
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype && Object.getPrototypeOf(prototype) !== null) throw new Error(`${value.constructor.name} is no JSON`)
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}: ${exactText(part)}`)
    .join(', ')}}`
}

/** @throws SyntaxError */
export function parseExact(text: string): Json {
  return JSON.parse(text, exactIntegers) as Json
}

/** Integers come back as bigint, from the digits that stand in the text. */
function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value
}
