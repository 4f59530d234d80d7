/**
 * `--grep`: records whose value matches a regular expression. A null value matches nothing.
 */
import { ByteNeedle, type Needle, type RecordFilter } from '../records/record-filter.js'
import type { Records } from '../records/records.js'
import type { Literals } from './pattern-literals.js'
import { parsePattern } from './pattern.js'

export class GrepFilter implements RecordFilter {
  readonly needle: Needle | null
  readonly #regex: RegExp
  readonly #encoding: 'utf8' | 'latin1'
  /** Bytes of the longest text that is a match by itself; Infinity: there is more to a match. */
  readonly #longest: number

  /** @throws UsageError */
  constructor(pattern: string) {
    const { regex, encoding, literals, ignoresCase } = parsePattern(pattern)
    this.#regex = regex
    this.#encoding = encoding
    this.needle = literals && needleOf(literals, ignoresCase)
    this.#longest = literals?.exact ? Math.max(...literals.texts.map(({ length }) => length)) : Infinity
  }

  matches({ valueBytes, valueStart, valueEnd }: Records, found: number): boolean {
    if (valueStart < 0) return false
    if (found >= valueStart && found + this.#longest <= valueEnd) return true
    return this.#regex.test(valueBytes.toString(this.#encoding, valueStart, valueEnd))
  }
}

function needleOf({ texts }: Literals, ignoresCase: boolean): Needle {
  if (texts.length === 1 && !ignoresCase) return new ByteNeedle(Buffer.from(texts[0]!, 'latin1'))
  return new TextsNeedle(texts, ignoresCase)
}

/** Any of several texts, or one in either case: by one expression, over the bytes as text. */
class TextsNeedle implements Needle {
  readonly length: number
  readonly #regex: RegExp
  #text = ''
  #start = 0

  constructor(texts: string[], ignoresCase: boolean) {
    this.length = Math.min(...texts.map(({ length }) => length))
    this.#regex = new RegExp(texts.map(escaped).join('|'), ignoresCase ? 'gi' : 'g')
  }

  open(bytes: Buffer, start: number, end: number): void {
    this.#text = bytes.toString('latin1', start, end)
    this.#start = start
  }

  find(from: number): number {
    this.#regex.lastIndex = from - this.#start
    const match = this.#regex.exec(this.#text)
    return match ? match.index + this.#start : -1
  }
}

function escaped(text: string): string {
  return text.replace(/\W/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
