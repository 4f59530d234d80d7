/**
 * A URL with fields of a record in it: `http://host/users/{value.user.id}?at={timestamp}`. Fields stand behind the host,
 * percent-encoded byte by byte (RFC 3986), so that no value can lead elsewhere.
 */
import { UsageError } from '../errors.js'
import type { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { RecordTemplate } from './record-template.js'

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
  readonly #template: RecordTemplate
  readonly #literals: string[]

  /** @throws UsageError */
  constructor(template: string) {
    const shown = template.replace(/^([^/]*\/\/)[^/?#]*@/, '$1')
    const [, origin = '', path = ''] = /^(https?:\/\/[^/?#{}]+)([/?][^#]*)$/i.exec(template) ?? []
    const parsed = URL.parse(origin)
    if (!parsed) throw new UsageError(`'${shown}' is no URL with fields behind its host`, EXAMPLE)
    this.#template = new RecordTemplate(path.startsWith('/') ? path : `/${path}`, shown, EXAMPLE)
    this.#literals = this.#template.literals.map(literal)
    this.origin = parsed
    this.shown = shown
  }

  /** The field that the record had not, for which there was no path. */
  get missing(): string {
    return this.#template.missing
  }

  /** Path and query for the record at the cursor; null where it has not all fields. @throws BadRecordError */
  pathFor(records: Records): string | null {
    const fields = this.#template.fieldsOf(records, encoded)
    return fields && this.#literals.reduce((path, part, i) => path + fields[i - 1]! + part)
  }
}

/** Percent-encodes what must not stand in a URL, and nothing that is encoded already. */
function literal(text: string): string {
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
