/**
 * What a match of a regular expression has to contain: texts of which one stands in every match. They are looked for in
 * many records at once, so that the expression itself has to look at few. Where nothing is known that costs time, never
 * records. (ripgrep does so too; how rare a text is, is judged by its length alone here.)
 */

export interface Literals {
  /** As bytes: characters up to U+00FF (latin1). */
  texts: string[]
  /** They are all that there is to it: what contains one of them matches. */
  exact: boolean
}

export interface Meaning {
  ignoresCase: boolean
  /** `\xNN` is a byte; else it is a character. */
  ofBytes: boolean
}

/** More than this are not worth looking for. */
const MOST = 16

/** Less than this is found in most records, and then looked at twice. */
const RARE = 3

const CONTROLS: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' }
const UNKNOWN: Literals = { texts: [''], exact: false }

/** @param pieces of a valid expression · @returns null: nothing is known */
export function requiredLiterals(pieces: readonly string[], meaning: Meaning): Literals | null {
  const literals = new Reader(pieces, meaning).alternatives()
  const length = shortest(literals.texts)
  return length === 0 || (length < RARE && !literals.exact) ? null : literals
}

class Reader {
  readonly #pieces: readonly string[]
  readonly #meaning: Meaning
  #at = 0

  constructor(pieces: readonly string[], meaning: Meaning) {
    this.#pieces = pieces
    this.#meaning = meaning
  }

  /** Up to the end of the group, or of all. */
  alternatives(): Literals {
    const all = [this.#sequence()]
    while (this.#pieces[this.#at] === '|') {
      this.#at++
      all.push(this.#sequence())
    }
    const texts = [...new Set(all.flatMap((one) => one.texts))]
    return texts.length > MOST ? UNKNOWN : { texts, exact: all.every(({ exact }) => exact) }
  }

  #sequence(): Literals {
    let best = ['']
    // What there can be since the last item that was not exact.
    let run = ['']
    let isExact = true
    for (let next = this.#pieces[this.#at]; next !== undefined && next !== '|' && next !== ')';) {
      const { texts, exact } = this.#quantified(next)
      const joined = run.flatMap((text) => texts.map((following) => text + following))
      if (exact && joined.length <= MOST) {
        run = joined
      } else {
        best = rarest(best, run, texts)
        run = ['']
        isExact = false
      }
      next = this.#pieces[this.#at]
    }
    return { texts: isExact ? run : rarest(best, run), exact: isExact }
  }

  #quantified(piece: string): Literals {
    const item = this.#item(piece)
    const quantifier = this.#pieces[this.#at] ?? ''
    if (!/^[*+?{]/.test(quantifier)) return item
    this.#at++
    return /^(?:[*?]|\{0+[,}])/.test(quantifier) ? UNKNOWN : { ...item, exact: false }
  }

  #item(piece: string): Literals {
    this.#at++
    if (piece.startsWith('(')) {
      const inside = this.alternatives()
      this.#at++
      // Not what stands beside a match, or is read by other rules.
      return /^\((?:\?:|\?<[^=!].*)?$/s.test(piece) ? inside : UNKNOWN
    }
    const bytes = this.#bytes(piece)
    return bytes === null ? UNKNOWN : { texts: [bytes], exact: true }
  }

  /** Of the one character that a piece stands for; null: it may be another. */
  #bytes(piece: string): string | null {
    const { ignoresCase, ofBytes } = this.#meaning
    const char = unescaped(piece)
    if (char === null) return null
    // Without case, U+212A is a k and U+017F an s.
    if (ignoresCase && /[ks]|[^\0-\x7f]/i.test(char)) return null
    // Half a character, and what bytes that are no UTF-8 become.
    if (/[\ud800-\udfff\ufffd]/u.test(char)) return null
    return ofBytes ? char : Buffer.from(char).toString('latin1')
  }
}

/** null: the piece is more than one character that is always the same. */
function unescaped(piece: string): string | null {
  const [, code] = /^\\[xu]\{?([\da-f]+)\}?$/i.exec(piece) ?? []
  if (code !== undefined) return String.fromCodePoint(parseInt(code, 16))
  const [, escaped] = /^\\(.)$/su.exec(piece) ?? []
  if (escaped !== undefined) return CONTROLS[escaped] ?? (/\w/.test(escaped) ? null : escaped)
  return /^[^.^$[(]$/su.test(piece) ? piece : null
}

/** Longer ones are rarer; of several, the shortest counts. */
function rarest(...all: string[][]): string[] {
  return all.reduce((best, one) => (shortest(one) > shortest(best) ? one : best))
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map(({ length }) => length))
}
