/**
 * A member of a JSON object whose value are bytes: `"key":"…"` where they are UTF-8, `"key_base64":"…"` where they are
 * not, `"key":null` where there are none. Shared by envelope and jsonl.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import { base64, type Decoder } from './decode.js'
import { writeJsonString } from './json-text.js'
import { writeLiteral } from './literal.js'

const QUOTE = 0x22
const NULL = Buffer.from('null')

export class BytesMember {
  readonly #name: Buffer
  readonly #base64Name: Buffer

  constructor(name: string) {
    this.#name = Buffer.from(`${JSON.stringify(name)}:`)
    this.#base64Name = Buffer.from(`${JSON.stringify(`${name}_base64`)}:`)
  }

  /** `start` -1 for null. Returns what is wrong where `decoder` says so. */
  write(bytes: Buffer, start: number, end: number, decoder: Decoder | null, out: ByteWriter): string | undefined {
    const from = out.length
    writeLiteral(this.#name, out)
    if (start < 0) writeLiteral(NULL, out)
    else if (decoder) return decoder.json(bytes, start, end, out)
    else if (!writeJsonString(bytes, start, end, out)) {
      out.length = from
      writeLiteral(this.#base64Name, out)
      out.byte(QUOTE)
      base64(bytes, start, end, out)
      out.byte(QUOTE)
    }
    return undefined
  }
}
