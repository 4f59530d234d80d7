/**
 * JSON strings, byte by byte in both directions: the bytes of a record never become a JavaScript string. UTF-8 is
 * passed through as it is; what must be escaped is.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import { sequenceLength } from './utf8.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75

/** What a byte becomes in a JSON string: itself, a sequence of UTF-8, `\u00..`, or (else) a backslash and this letter. */
const PLAIN = 0
const SEQUENCE = 1
const CONTROL = 2
const escapes = new Uint8Array(256).fill(CONTROL, 0, 0x20).fill(SEQUENCE, 0x80)
/** The other way: what follows a backslash. */
const unescaped = new Uint8Array(256)
for (const [letter, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  if (letter !== '/') escapes[character!.charCodeAt(0)] = letter!.charCodeAt(0)
  unescaped[letter!.charCodeAt(0)] = character!.charCodeAt(0)
}

const hexDigits = Buffer.from('0123456789abcdef')

/** Room is made for so many bytes at a time, since each of them may become six. */
const BLOCK = 1 << 14

/** Appends `bytes[start, end)` as a JSON string. False, and nothing appended, where they are not valid UTF-8. */
export function writeJsonString(bytes: Buffer, start: number, end: number, out: ByteWriter): boolean {
  const from = out.length
  let i = start
  out.byte(QUOTE)
  while (i < end) {
    const stop = Math.min(end, i + BLOCK)
    // A sequence may begin just before `stop` and end after it.
    out.ensure((stop - i) * 6 + 3)
    const target = out.bytes
    let at = out.length
    // Up to here bytes are looked at one by one: in short strings, and for a while where quotes are many.
    let look = stop - i < 32 ? stop : i
    while (i < stop) {
      if (i >= look) {
        const plain = copyPlain(bytes, i, stop, target, at)
        i += plain
        at += plain
        look = Math.min(stop, i + (plain < 16 ? 64 : 4))
      }
      for (; i < look; i++) {
        const escape = escapes[bytes[i]!]!
        if (escape === PLAIN) target[at++] = bytes[i]!
        else if (escape > CONTROL) {
          target[at++] = BACKSLASH
          target[at++] = escape
        } else break
      }
      if (i >= look) continue
      const next = i + sequenceLength(bytes, i, end)
      if (next === i) {
        out.length = from
        return false
      }
      if (bytes[i]! >= 0x80) while (i < next) target[at++] = bytes[i++]!
      else {
        at += target.write('\\u00', at, 'latin1')
        target[at++] = hexDigits[bytes[i]! >> 4]!
        target[at++] = hexDigits[bytes[i++]! & 15]!
      }
    }
    out.length = at
  }
  out.byte(QUOTE)
  return true
}

let source: Buffer = hexDigits
let sourceView = viewOf(source)
let target: Buffer = hexDigits
let targetView = viewOf(target)

/**
 * Copies bytes that stay as they are, four at a time, up to the first four with one among them that may not. Text takes
 * a third of the time that it takes byte by byte; JSON, with its many quotes, no longer.
 */
function copyPlain(from: Buffer, start: number, stop: number, to: Buffer, at: number): number {
  if (from !== source) sourceView = viewOf((source = from))
  if (to !== target) targetView = viewOf((target = to))
  const last = stop - 4
  const shift = at - start
  let i = start
  for (; i <= last; i += 4) {
    const word = sourceView.getInt32(i, true)
    const quote = word ^ 0x22222222
    const backslash = word ^ 0x5c5c5c5c
    // The high bit of a byte is set where it is a quote, a backslash, below 0x20, or above 0x7f.
    const found = ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash) | (word - 0x20202020) | word
    if ((found & 0x80808080) !== 0) break
    targetView.setInt32(i + shift, word, true)
  }
  return i - start
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * Appends the bytes that a JSON string stands for: `bytes[start, end)` is what lies between its quotes, and is valid.
 * False where it holds half of a surrogate pair, for which UTF-8 has no bytes.
 */
export function readJsonString(bytes: Buffer, start: number, end: number, out: ByteWriter): boolean {
  // Nothing grows: six bytes of an escape become three at most.
  out.ensure(end - start)
  const target = out.bytes
  let at = out.length
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte !== BACKSLASH) {
      target[at++] = byte
      continue
    }
    const letter = bytes[++i]!
    if (letter !== LETTER_U) {
      target[at++] = unescaped[letter]!
      continue
    }
    let code = readHex(bytes, i + 1)
    i += 4
    if (code >= 0xd800 && code < 0xe000) {
      if (code >= 0xdc00 || i + 6 >= end || bytes[i + 1] !== BACKSLASH || bytes[i + 2] !== LETTER_U) return false
      const low = readHex(bytes, i + 3)
      if (low < 0xdc00 || low > 0xdfff) return false
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
      i += 6
    }
    at = writeCodePoint(code, target, at)
  }
  out.length = at
  return true
}

function readHex(bytes: Buffer, at: number): number {
  let code = 0
  for (let i = at; i < at + 4; i++) {
    const digit = bytes[i]!
    code = code * 16 + (digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57)
  }
  return code
}

function writeCodePoint(code: number, target: Buffer, start: number): number {
  let at = start
  if (code < 0x80) {
    target[at++] = code
    return at
  }
  if (code < 0x800) {
    target[at++] = 0xc0 | (code >> 6)
  } else {
    if (code < 0x10000) {
      target[at++] = 0xe0 | (code >> 12)
    } else {
      target[at++] = 0xf0 | (code >> 18)
      target[at++] = 0x80 | ((code >> 12) & 0x3f)
    }
    target[at++] = 0x80 | ((code >> 6) & 0x3f)
  }
  target[at++] = 0x80 | (code & 0x3f)
  return at
}
