/**
 * The grammar of JSON (RFC 8259), byte by byte, checked as strictly as JSON.parse does, UTF-8 included. Each function
 * passes over one thing that begins at `at` and returns where it ends, or `~i` (negative) where byte i is wrong. Plain
 * functions over local variables, since this is where reading JSON spends its time.
 */
import { sequenceLength } from './utf8.js'

export const OBJECT = 0x7b
export const ARRAY = 0x5b
export const QUOTE = 0x22
export const BACKSLASH = 0x5c
/** Either bracket is closed by the byte two after it. */
export const CLOSE = 2

export const COMMA = 0x2c
export const COLON = 0x3a
const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const SPACE = 0x20
const LETTER_U = 0x75

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')
/** 1 for what may follow a backslash, `u` apart. */
const isEscape = new Uint8Array(256)
for (const letter of Buffer.from('"\\/bfnrt')) isEscape[letter] = 1

/** What a byte is within a string. */
const PLAIN = 0
const SEQUENCE = 1
const SPECIAL = 2
const inString = new Uint8Array(256).fill(SPECIAL, 0, 0x20).fill(SEQUENCE, 0x80)
inString[QUOTE] = inString[BACKSLASH] = SPECIAL

/** What was passed over since these were last set to false: a backslash in a string; white space in a container. */
export const passed = { escape: false, space: false }

/** The brackets that are open, outermost first; grows with the deepest document. */
let open = new Uint8Array(64)

export function passSpace(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isSpace(bytes[at]!)) at++
  return at
}

/** Any value, without white space before it. */
export function passValue(bytes: Buffer, at: number, end: number): number {
  const byte = at < end ? bytes[at] : 0
  return byte === OBJECT || byte === ARRAY ? passContainer(bytes, at, end) : passScalar(bytes, at, end)
}

function passContainer(bytes: Buffer, start: number, end: number): number {
  let at = start
  let depth = 0
  for (;;) {
    // Before a value.
    const byte = at < end ? bytes[at]! : 0
    if (byte === OBJECT || byte === ARRAY) {
      if (depth === open.length) open = Buffer.concat([open, open])
      open[depth++] = byte
      at = passInnerSpace(bytes, at + 1, end)
      if (at === end || bytes[at] !== byte + CLOSE) {
        if (byte === OBJECT) at = passInnerSpace(bytes, passName(bytes, at, end), end)
        if (at < 0) return at
        continue
      }
      depth--
      at++
    } else {
      at = byte === QUOTE ? passString(bytes, at, end) : passScalar(bytes, at, end)
      if (at < 0) return at
    }
    // Behind a value.
    for (;;) {
      if (depth === 0) return at
      at = passInnerSpace(bytes, at, end)
      const bracket = open[depth - 1]!
      const next = at < end ? bytes[at]! : 0
      if (next === COMMA) {
        at = passInnerSpace(bytes, at + 1, end)
        if (bracket === OBJECT) at = passInnerSpace(bytes, passName(bytes, at, end), end)
        if (at < 0) return at
        break
      }
      if (next !== bracket + CLOSE) return ~at
      depth--
      at++
    }
  }
}

/** The name of a member and its colon. */
export function passName(bytes: Buffer, start: number, end: number): number {
  const nameEnd = passString(bytes, start, end)
  if (nameEnd < 0) return nameEnd
  const at = passInnerSpace(bytes, nameEnd, end)
  return at < end && bytes[at] === COLON ? at + 1 : ~at
}

export function passString(bytes: Buffer, start: number, end: number): number {
  if (start >= end || bytes[start] !== QUOTE) return ~start
  // The form of this loop, with its step at the end, is what V8 makes the fastest code of.
  let at = start + 1
  for (; at < end; at++) {
    const byte = bytes[at]!
    const kind = inString[byte]!
    if (kind === PLAIN) continue
    if (byte === QUOTE) return at + 1
    const length =
      kind === SEQUENCE ? sequenceLength(bytes, at, end) : byte === BACKSLASH ? escapeLength(bytes, at, end) : 0
    if (length === 0) break
    at += length - 1
  }
  return ~at
}

/** The length of the escape at `at`, 2 or 6; 0 for one that there is not. */
function escapeLength(bytes: Buffer, at: number, end: number): number {
  passed.escape = true
  if (at + 1 >= end) return 0
  const letter = bytes[at + 1]!
  if (letter !== LETTER_U) return isEscape[letter] === 1 ? 2 : 0
  if (at + 5 >= end) return 0
  for (let i = at + 2; i < at + 6; i++) if (!isHexDigit(bytes[i]!)) return 0
  return 6
}

function passScalar(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return ~at
  switch (bytes[at]) {
    case QUOTE:
      return passString(bytes, at, end)
    case 0x74:
      return passLiteral(TRUE, bytes, at, end)
    case 0x66:
      return passLiteral(FALSE, bytes, at, end)
    case 0x6e:
      return passLiteral(NULL, bytes, at, end)
    default:
      return passNumber(bytes, at, end)
  }
}

function passLiteral(literal: Buffer, bytes: Buffer, start: number, end: number): number {
  for (let i = 0; i < literal.length; i++) {
    if (start + i >= end || bytes[start + i] !== literal[i]) return ~(start + i)
  }
  return start + literal.length
}

function passNumber(bytes: Buffer, start: number, end: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start
  at = at < end && bytes[at] === ZERO ? at + 1 : passDigits(bytes, at, end)
  if (at >= 0 && at < end && bytes[at] === DOT) at = passDigits(bytes, at + 1, end)
  if (at >= 0 && at < end && (bytes[at]! | 0x20) === 0x65) {
    at++
    if (at < end && (bytes[at] === MINUS || bytes[at] === PLUS)) at++
    at = passDigits(bytes, at, end)
  }
  return at
}

/** One digit or more. */
function passDigits(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isDigit(bytes[at]!)) at++
  return at > start ? at : ~at
}

/** Nothing is lost of an error: a negative `start` comes back. */
function passInnerSpace(bytes: Buffer, start: number, end: number): number {
  if (start < 0 || start >= end || bytes[start]! > SPACE) return start
  passed.space = true
  return passSpace(bytes, start, end)
}

/** What is wrong with `bytes[start, end)`, for a message: byte `at` of it. */
export function describeProblem(bytes: Buffer, start: number, end: number, at: number): string {
  if (at >= end) return end === start ? 'is not JSON (it is empty)' : 'is not JSON (it ends too early)'
  const byte = bytes[at]!
  const printable = byte > 0x20 && byte < 0x7f
  const shown = printable ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, '0')}`
  return `is not JSON (unexpected ${shown} at byte ${at - start + 1})`
}

export function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}
