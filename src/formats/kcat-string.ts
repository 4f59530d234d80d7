/**
 * kcat's format strings (`-f '%t [%p] %o: %s\n'`), compiled once into steps. Tokens, escapes and what nulls look like
 * are kcat 1.7.1's, tried against it; no delimiter is added. Unlike in kcat, a NUL does not end the text or a header,
 * `\x` takes two digits at most, and an unknown escape is an error.
 */
import { UsageError } from '../errors.js'
import type { ByteWriter } from '../records/byte-writer.js'
import { HeaderCursor } from '../records/header-cursor.js'
import type { Records } from '../records/records.js'
import { type Decoder, decoderFor } from './decode.js'
import type { Formatter, FormatterOptions } from './format.js'
import { writeLiteral } from './literal.js'
import { RecordText } from './record-text.js'
import { writeKey, writeValue } from './value.js'

/** A token's letter, or bytes to be printed as they are. */
type Step = string | Buffer

const tokens = 'sSRkKThtpo'
const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }
const NULL = Buffer.from('NULL')

/** @throws UsageError for a token or escape that does not exist */
export function compile(text: string): Step[] {
  const steps: Step[] = []
  for (const [whole, token, hex, octal, other] of text.matchAll(
    /%(.?)|\\x([0-9a-f]{1,2})|\\(0[0-7]{0,2})|\\(.?)|[^%\\]+/gisu
  )) {
    if (token === '%') steps.push(Buffer.from('%'))
    else if (token !== undefined) steps.push(checked(token))
    else if (hex !== undefined) steps.push(Buffer.of(parseInt(hex, 16)))
    else if (octal !== undefined) steps.push(Buffer.of(parseInt(octal, 8)))
    else if (other === undefined) steps.push(Buffer.from(whole))
    else if (other in escapes) steps.push(Buffer.from(escapes[other]!))
    else
      throw new UsageError(
        `there is no escape '${whole}' in format strings`,
        'use \\n, \\r, \\t, \\xNN, \\0NN, or \\\\ for a backslash'
      )
  }
  return joinText(steps)
}

function checked(token: string): string {
  if (token !== '' && tokens.includes(token)) return token
  throw new UsageError(
    `there is no token '%${token}' in format strings`,
    'use %s %S %R (value, its length, its length as 4 bytes), %k %K (key), %T %h %t %p %o, or %% for a percent sign'
  )
}

function joinText(steps: Step[]): Step[] {
  const joined: Step[] = []
  for (const step of steps) {
    const last = joined.at(-1)
    if (typeof step !== 'string' && last !== undefined && typeof last !== 'string') {
      joined[joined.length - 1] = Buffer.concat([last, step])
    } else joined.push(step)
  }
  return joined
}

export class KcatFormatter implements Formatter {
  readonly #steps: Step[]
  readonly #key: Decoder | null
  readonly #value: Decoder | null
  readonly #text = new RecordText()
  readonly #headers = new HeaderCursor()

  constructor({ format, keyAs, valueAs }: FormatterOptions) {
    this.#steps = compile(format)
    this.#key = decoderFor(keyAs, '--key-as')
    this.#value = decoderFor(valueAs, '--value-as')
  }

  begin(): void {}

  write(records: Records, out: ByteWriter): void {
    const steps = this.#steps
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!
      if (typeof step !== 'string') writeLiteral(step, out)
      else this.#token(step, records, out)
    }
  }

  #token(token: string, records: Records, out: ByteWriter): void {
    switch (token) {
      case 's':
        return writeValue(records, this.#value, out)
      case 'S':
        return out.integer(valueLength(records))
      case 'R':
        out.ensure(4)
        out.length = out.bytes.writeInt32BE(valueLength(records), out.length)
        return
      case 'k':
        return writeKey(records, this.#key, out)
      case 'K':
        return out.integer(records.keyStart < 0 ? -1 : records.keyEnd - records.keyStart)
      case 'T':
        return this.#text.timestamp(records, out)
      case 'h':
        return this.#writeHeaders(records, out)
      case 't':
        return this.#text.topic(records, out)
      case 'p':
        return out.integer(records.partition)
      default:
        return this.#text.offset(records, out)
    }
  }

  /** `name=value,name=value`, NULL for a null value. */
  #writeHeaders(records: Records, out: ByteWriter): void {
    const headers = this.#headers
    headers.reset(records)
    for (let first = true; headers.next(); first = false) {
      if (!first) out.byte(0x2c)
      out.copy(headers.bytes, headers.nameStart, headers.nameEnd)
      out.byte(0x3d)
      if (headers.valueStart < 0) writeLiteral(NULL, out)
      else out.copy(headers.bytes, headers.valueStart, headers.valueEnd)
    }
  }
}

function valueLength(records: Records): number {
  return records.valueStart < 0 ? -1 : records.valueEnd - records.valueStart
}
