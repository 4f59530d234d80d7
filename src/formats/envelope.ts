/**
 * `envelope`: one JSON object a line with everything a record has, lossless (cli.md, "consume"); `envelope-parser.ts`
 * reads it back. With `--key-as` and `--value-as` key and value are JSON values instead of strings.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import { HeaderCursor } from '../records/header-cursor.js'
import type { Records } from '../records/records.js'
import { type Decoder, decoderFor } from './decode.js'
import type { Formatter, FormatterOptions } from './format.js'
import { writeHeaders } from './headers-json.js'
import { BytesMember } from './json-member.js'
import { writeLiteral } from './literal.js'
import { RecordText, undecodable } from './record-text.js'

const TIMESTAMP = Buffer.from(',"timestamp":')
const HEADERS = Buffer.from(',"headers":')
const NO_HEADERS = Buffer.from(',"headers":[]')
const COMMA = 0x2c
const CLOSE = 0x7d

export class EnvelopeFormatter implements Formatter {
  readonly #delimiter: Buffer
  readonly #keyDecoder: Decoder | null
  readonly #valueDecoder: Decoder | null
  readonly #key = new BytesMember('key')
  readonly #value = new BytesMember('value')
  readonly #text = new RecordText()
  readonly #headers = new HeaderCursor()
  /** What all records of a partition begin with. */
  #head: Buffer = Buffer.alloc(0)
  #topic = ''
  #partition = NaN

  constructor({ delimiter, keyAs, valueAs }: FormatterOptions) {
    this.#delimiter = delimiter
    this.#keyDecoder = decoderFor(keyAs, '--key-as')
    this.#valueDecoder = decoderFor(valueAs, '--value-as')
  }

  begin(): void {}

  write(records: Records, out: ByteWriter): void {
    if (records.partition !== this.#partition || records.topic !== this.#topic) this.#setHead(records)
    writeLiteral(this.#head, out)
    this.#text.offset(records, out)
    writeLiteral(TIMESTAMP, out)
    this.#text.timestamp(records, out)
    if (records.headerCount === 0) writeLiteral(NO_HEADERS, out)
    else {
      writeLiteral(HEADERS, out)
      this.#headers.reset(records)
      writeHeaders(this.#headers, out)
    }
    out.byte(COMMA)
    const { keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd } = records
    const keyProblem = this.#key.write(keyBytes, keyStart, keyEnd, this.#keyDecoder, out)
    if (keyProblem !== undefined) throw undecodable(records, 'key', keyProblem)
    out.byte(COMMA)
    const valueProblem = this.#value.write(valueBytes, valueStart, valueEnd, this.#valueDecoder, out)
    if (valueProblem !== undefined) throw undecodable(records, 'value', valueProblem)
    out.byte(CLOSE)
    writeLiteral(this.#delimiter, out)
  }

  #setHead({ topic, partition }: Records): void {
    this.#head = Buffer.from(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`)
    this.#topic = topic
    this.#partition = partition
  }
}
