/**
 * The escapes that kcat takes in `-D` and `-K`: `\n \r \t \\ \xNN \0NN`, as bytes, since a delimiter need not be text.
 */
import { UsageError } from '../errors.js'

const simple: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }

/** The bytes of a delimiter; none for ''. Text outside of escapes is UTF-8. @throws UsageError for an unknown escape */
export function parseBytes(text: string): Buffer {
  const pieces: Buffer[] = []
  for (const [whole, hex, octal, other] of text.matchAll(/\\x([0-9a-f]{1,2})|\\(0[0-7]{0,2})|\\(.?)|[^\\]+/gis)) {
    if (hex !== undefined) pieces.push(Buffer.of(parseInt(hex, 16)))
    else if (octal !== undefined) pieces.push(Buffer.of(parseInt(octal, 8)))
    else if (other === undefined) pieces.push(Buffer.from(whole))
    else if (other in simple) pieces.push(Buffer.from(simple[other]!))
    else
      throw new UsageError(`there is no escape '${whole}'`, 'use \\n, \\r, \\t, \\xNN, \\0NN, or \\\\ for a backslash')
  }
  return Buffer.concat(pieces)
}
