/** Damage to bytes and to text: what any decoder may be given. What is given stays as it is. */
import { writeVarlong } from '../../src/records/varint.js'
import { type Below, oneOf } from './fuzzer.js'

/** Numbers at which something ends: of a sign, a width, what a double holds. */
export const EXTREMES = [0n, 1n, -1n, 2n, -2n, 127n, 128n, 2n ** 15n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 53n].concat(
  -(2n ** 63n)
)

/** One damage to what stands at or behind `from`. */
export function damagedBytes(given: Buffer, from: number, below: Below): Buffer {
  if (given.length <= from) return given
  const bytes = Buffer.from(given)
  const at = from + below(bytes.length - from)
  const count = Math.min(1 + below(12), bytes.length - at)
  switch (below(6)) {
    case 0:
      bytes[at]! ^= 1 << below(8)
      return bytes
    case 1:
      bytes.fill(below(256), at, at + count)
      return bytes
    case 2: {
      const varint = Buffer.alloc(10)
      varint.copy(bytes, at, 0, writeVarlong(varint, 0, oneOf(EXTREMES, below)))
      return bytes
    }
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])
    case 4: {
      const other = from + below(bytes.length - from)
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(other, other + count), bytes.subarray(at)])
    }
    default:
      return bytes.subarray(0, at)
  }
}

/** Characters that some grammar, terminal or encoding has a meaning for. */
const SPECIAL = [
  ...'0123456789-+.,:;/\\@=%?&#!"\'`[]{}()<>*|^$_~ \n\r\t\0',
  ...[
    '\u001b[2J',
    '\u009b',
    '\u2028',
    '\u2029',
    '\u202e',
    '\ufeff',
    '\ud800',
    '\ufffd',
    'é',
    '😀',
    '00',
    '99999999999'
  ],
  ...['__proto__', 'constructor', 'toString', '%00', '%f0', '\\x', '\\u12', '\\0', 'null', 'true', '1e999', '-0']
]

/** Up to four damages to text, of which some put in words that mean something there. */
export function damagedText(given: string, words: readonly string[], below: Below): string {
  let text = given
  for (let left = below(5); left > 0; left--) {
    const at = below(text.length + 1)
    const count = below(4) === 0 ? below(text.length - at + 1) : below(3)
    switch (below(5)) {
      case 0:
        text = text.slice(0, at) + text.slice(at + count)
        break
      case 1:
        text = text.slice(0, at) + oneOf(words, below) + text.slice(at + count)
        break
      case 2:
        text = text.slice(0, at) + text.slice(at, at + count).repeat(2 + below(3)) + text.slice(at)
        break
      default:
        text = text.slice(0, at) + oneOf(SPECIAL, below) + text.slice(at + below(2))
    }
  }
  return text
}
