/**
 * The regular expressions of `--grep`: JavaScript's own, in Unicode mode, with `(?ims)` in front for its flags. A value is
 * matched as UTF-8 text, in which bytes that are none are U+FFFD; with `\x80` to `\xff` in the pattern it is matched as
 * bytes, each of them a character.
 */
import { UsageError } from '../errors.js'
import { type Literals, requiredLiterals } from './pattern-literals.js'

export interface Pattern {
  regex: RegExp
  /** How the bytes are to be decoded for it. */
  encoding: 'utf8' | 'latin1'
  ignoresCase: boolean
  /** One of these stands in every match; null: not known. */
  literals: Literals | null
}

/** An escape, a class, the beginning of a group, a quantifier, or one character. */
const PIECE =
  /\\(?:x[\da-f]{2}|u\{[\da-f]+\}|u[\da-f]{4}|p\{[^}]*\}|k<[^>]*>|c[a-z]|\d+|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<[=!]|[=!]|<[^>]*>|[a-z-]*:))?|[*+?]\??|\{\d+(?:,\d*)?\}\??|./gisu

/** @throws UsageError for what is no regular expression */
export function parsePattern(text: string): Pattern {
  const [leading = '', flags = ''] = /^\(\?([ims]+)\)/.exec(text) ?? []
  const pieces = (text.slice(leading.length).match(PIECE) ?? []).map(lenient)
  const ofBytes = namesBytes(text)
  if (ofBytes && /[^\0-\x7f]/.test(text)) {
    const what = `--grep '${text}' has single bytes (\\x80 to \\xff) and characters beyond ASCII`
    throw new UsageError(what, 'write the bytes of these, too')
  }
  const ignoresCase = flags.includes('i')
  return {
    regex: compile(text, pieces.join(''), `u${flags}`),
    encoding: ofBytes ? 'latin1' : 'utf8',
    ignoresCase,
    literals: requiredLiterals(pieces, { ignoresCase, ofBytes })
  }
}

function namesBytes(text: string): boolean {
  const escapes = text.match(/\\(?:x[\da-f]{2}|.)/gis) ?? []
  return escapes.some((escape) => /^\\x[89a-f]/i.test(escape))
}

/** What Unicode mode refuses and can mean one thing only: braces that are no quantifier, and escaped punctuation. */
function lenient(piece: string): string {
  if (piece === '{' || piece === '}') return `\\${piece}`
  const syntax = piece.startsWith('[') ? /[\w^$\\.*+?()[\]{}|/-]/ : /[\w^$\\.*+?()[\]{}|/]/
  return piece.replace(/\\(.)/gsu, (escape, char: string) => (syntax.test(char) ? escape : char))
}

function compile(text: string, source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    // `Invalid regular expression: /…/u: ` stands before what is wrong.
    const problem = (error as Error).message.replace(/^.*: /s, '')
    throw new UsageError(`--grep '${text}' is no regular expression`, problem)
  }
}
