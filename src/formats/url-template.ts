/**
 * A URL with fields of a record in it: `http://host/users/{value.user.id}?at={timestamp}`. Fields have the names of
 * `--fields` and stand behind the host, percent-encoded byte by byte (RFC 3986), so that no value can lead elsewhere.
 */
import { UsageError } from '../errors.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { FieldTexts } from './field-text.js'

const PERCENT = 0x25
const hexDigits = Buffer.from('0123456789ABCDEF')
/** 1 for what RFC 3986 calls unreserved. */
const plain = new Uint8Array(256)
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~')) plain[byte] = 1

const EXAMPLE = 'write it as in http://host/users/{value.id}'

export class UrlTemplate {
  /** Where all of its URLs lead. */
  readonly origin: URL
  /** The template without a password. */
  readonly shown: string
  /** The field that the record had not, for which there was no path. */
  missing = ''
  /** What stands before, between and behind the fields. */
  readonly #literals: string[]
  readonly #texts: FieldTexts
  readonly #text = new ByteWriter(1 << 8)

  /** @throws UsageError */
  constructor(template: string) {
    const shown = template.replace(/^([^/]*\/\/)[^/?#]*@/, '$1')
    const [, origin = '', path = ''] = /^(https?:\/\/[^/?#{}]+)([/?][^#]*)$/i.exec(template) ?? []
    const parsed = URL.parse(origin)
    if (!parsed) throw new UsageError(`'${shown}' is no URL with fields behind its host`, EXAMPLE)
    const parts = (path.startsWith('/') ? path : `/${path}`).split(/\{([^{}]*)\}/)
    const names = parts.filter((_, i) => i % 2 === 1)
    this.#literals = parts.filter((_, i) => i % 2 === 0).map(literal)
    if (names.length === 0) throw new UsageError(`'${shown}' has no field of the record`, EXAMPLE)
    if (names.includes('headers')) throw new UsageError(`'${shown}' has all headers`, 'write one, as in {headers.id}')
    this.#texts = new FieldTexts(names)
    this.origin = parsed
    this.shown = shown
  }

  /** Path and query for the record at the cursor; null where it has not all fields. @throws BadRecordError */
  pathFor(records: Records): string | null {
    this.#texts.find(records)
    let path = this.#literals[0]!
    for (let i = 0; i < this.#texts.fields.length; i++) {
      this.#text.clear()
      if (!this.#texts.write(i, records, this.#text)) {
        this.missing = this.#texts.fields[i]!.name
        return null
      }
      path += encoded(this.#text) + this.#literals[i + 1]!
    }
    return path
  }
}

/** Percent-encodes what must not stand in a URL, and nothing that is encoded already. @throws UsageError */
function literal(text: string): string {
  if (/[{}]/.test(text)) throw new UsageError(`'${text}' has half a pair of braces`, EXAMPLE)
  return text.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent)
}

function encoded({ bytes, length }: ByteWriter): string {
  let special = 0
  for (let i = 0; i < length; i++) special += 1 - plain[bytes[i]!]!
  if (special === 0) return bytes.toString('latin1', 0, length)
  const text = Buffer.allocUnsafe(length + 2 * special)
  let at = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!
    if (plain[byte] === 1) text[at++] = byte
    else {
      text[at++] = PERCENT
      text[at++] = hexDigits[byte >> 4]!
      text[at++] = hexDigits[byte & 15]!
    }
  }
  return text.toString('latin1', 0, at)
}
