/**
 * The default output: the value and a delimiter, with `-K` the key and its delimiter in front. A null value or key
 * prints nothing, so there are as many delimiters as records.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import { type Decoder, decoderFor } from './decode.js'
import type { Formatter, FormatterOptions } from './format.js'
import { writeLiteral } from './literal.js'
import { undecodable } from './record-text.js'

export class ValueFormatter implements Formatter {
  readonly #delimiter: Buffer
  readonly #keyDelimiter: Buffer | null
  readonly #key: Decoder | null
  readonly #value: Decoder | null

  constructor({ delimiter, keyDelimiter, keyAs, valueAs }: FormatterOptions) {
    this.#delimiter = delimiter
    this.#keyDelimiter = keyDelimiter
    this.#key = decoderFor(keyAs, '--key-as')
    this.#value = decoderFor(valueAs, '--value-as')
  }

  begin(): void {}

  write(records: Records, out: ByteWriter): void {
    if (this.#keyDelimiter) {
      writeKey(records, this.#key, out)
      writeLiteral(this.#keyDelimiter, out)
    }
    writeValue(records, this.#value, out)
    writeLiteral(this.#delimiter, out)
  }
}

/** Appends the key as text; nothing for a null key. */
export function writeKey(records: Records, decoder: Decoder | null, out: ByteWriter): void {
  if (records.keyStart < 0) return
  if (!decoder) return out.copy(records.keyBytes, records.keyStart, records.keyEnd)
  const problem = decoder.text(records.keyBytes, records.keyStart, records.keyEnd, out)
  if (problem !== undefined) throw undecodable(records, 'key', problem)
}

/** Appends the value as text; nothing for a null value. */
export function writeValue(records: Records, decoder: Decoder | null, out: ByteWriter): void {
  if (records.valueStart < 0) return
  if (!decoder) return out.copy(records.valueBytes, records.valueStart, records.valueEnd)
  const problem = decoder.text(records.valueBytes, records.valueStart, records.valueEnd, out)
  if (problem !== undefined) throw undecodable(records, 'value', problem)
}
