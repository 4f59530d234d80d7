/**
 * What the tests of formats share: records given as plain objects, what a format prints of them, and what a parser makes
 * of text, fed whole or in pieces as a source would.
 */
import { createFormatter, createParser } from '../../../src/formats/index.js'
import type { FormatterOptions, Parser, ParserOptions } from '../../../src/formats/index.js'
import { ByteWriter } from '../../../src/records/byte-writer.js'
import { HeaderCursor, HeaderWriter } from '../../../src/records/header-cursor.js'
import { Records } from '../../../src/records/records.js'
import { lines } from '../endpoints/line-options.js'

type Bytes = string | Buffer

export interface Given {
  topic?: string
  partition?: number
  offset?: bigint
  timestamp?: number | bigint
  key?: Bytes | null
  value?: Bytes | null
  headers?: [Bytes, Bytes | null][]
}

/** A cursor over records given as objects. Every field lies in the middle of a larger buffer, as it does in a batch. */
export class GivenRecords extends Records {
  readonly #given: Given[]
  #exact = -1n
  #at = -1

  constructor(given: Given[]) {
    super()
    this.#given = given
  }

  next(): boolean {
    const given = this.#given[++this.#at]
    if (!given) return false
    const { topic = 't', partition = 0, offset = BigInt(this.#at), timestamp = 1700000000000 } = given
    this.topic = topic
    this.partition = partition
    this.baseOffset = offset - 1n
    this.offsetDelta = 1
    this.timestamp = Number(timestamp)
    this.#exact = BigInt(timestamp)
    ;[this.keyBytes, this.keyStart, this.keyEnd] = placed(given.key ?? null)
    ;[this.valueBytes, this.valueStart, this.valueEnd] = placed(given.value ?? null)
    const headers = new HeaderWriter()
    for (const [name, value] of given.headers ?? []) headers.add(name, value)
    ;[this.headersBytes, this.headersStart, this.headersEnd] = placed(headers.view())
    this.headerCount = headers.count
    return true
  }

  override exactTimestamp(): bigint {
    return this.#exact
  }
}

function placed(bytes: Bytes | null): [Buffer, number, number] {
  if (bytes === null) return [Buffer.alloc(0), -1, -1]
  const content = Buffer.from(bytes as string)
  return [Buffer.concat([Buffer.from('"before,'), content, Buffer.from(',after"\n')]), 8, 8 + content.length]
}

/** What a format prints of records, its beginning included. */
export async function print(options: Partial<FormatterOptions>, given: Given[]): Promise<Buffer> {
  const formatter = await createFormatter({
    format: 'value',
    fields: null,
    header: true,
    delimiter: Buffer.from('\n'),
    keyDelimiter: null,
    keyAs: 'string',
    valueAs: 'string',
    ...options
  })
  const out = new ByteWriter(1)
  formatter.begin(out)
  const records = new GivenRecords(given)
  while (records.next()) formatter.write(records, out)
  return Buffer.from(out.view())
}

export async function printText(options: Partial<FormatterOptions>, given: Given[]): Promise<string> {
  return (await print(options, given)).toString()
}

export function parserFor(options: Partial<ParserOptions>): Promise<Parser> {
  return createParser({
    ...lines,
    ...options
  })
}

export interface Read {
  key: Buffer | null
  value: Buffer | null
  timestamp: bigint
  partition: number
  headers: [Buffer, Buffer | null][]
  line: number
}

/** A record, or what was thrown instead of it. */
export type Outcome = Read | Error

/**
 * What a parser makes of an input that arrives in pieces of so many bytes, in a window whose rest moves to the front, as
 * `endpoints/text-source.ts` has it. Goes on after an error.
 */
export function readAll(parser: Parser, input: Bytes, piece = Infinity): Outcome[] {
  const bytes = Buffer.from(input as string)
  const outcomes: Outcome[] = []
  let window = Buffer.alloc(0)
  for (let at = 0; ;) {
    const count = Math.min(piece, bytes.length - at)
    // A fresh copy, and garbage behind the end: what is kept of earlier windows or read beyond this one shows.
    const end = window.length + count
    const filled = Buffer.concat([window, bytes.subarray(at, at + count), Buffer.from('\n"\0,:\n')])
    at += count
    parser.feed(filled, 0, end, count === 0)
    drain(parser, outcomes)
    if (parser.consumed < 0 || parser.consumed > end) throw new Error(`consumed ${parser.consumed} of ${end}`)
    if (count === 0) return outcomes
    window = Buffer.from(filled.subarray(parser.consumed, end))
    filled.fill(0x21)
  }
}

function drain(parser: Parser, outcomes: Outcome[]): void {
  for (;;) {
    try {
      if (!parser.next()) return
      outcomes.push(taken(parser))
    } catch (error) {
      outcomes.push(error as Error)
    }
  }
}

function taken(parser: Parser): Read {
  const { keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd } = parser
  const headers: Read['headers'] = []
  const cursor = new HeaderCursor()
  cursor.reset(parser)
  while (cursor.next()) {
    const value = cursor.valueStart < 0 ? null : range(cursor.bytes, cursor.valueStart, cursor.valueEnd)
    headers.push([range(cursor.bytes, cursor.nameStart, cursor.nameEnd), value])
  }
  return {
    key: keyStart < 0 ? null : range(keyBytes, keyStart, keyEnd),
    value: valueStart < 0 ? null : range(valueBytes, valueStart, valueEnd),
    timestamp: parser.exactTimestamp(),
    partition: parser.partition,
    headers,
    line: parser.line
  }
}

function range(bytes: Buffer, start: number, end: number): Buffer {
  if (start > end || end > bytes.length) throw new Error(`range ${start} to ${end} of ${bytes.length}`)
  return Buffer.from(bytes.subarray(start, end))
}

/** Keys and values as text, errors as their line of the input and message: `key=value`, `-` for null. */
export async function read(options: Partial<ParserOptions>, input: Bytes, piece?: number): Promise<string[]> {
  return readAll(await parserFor(options), input, piece).map((outcome) => {
    if (outcome instanceof Error) return `error: ${outcome.message}`
    const value = outcome.value?.toString('latin1') ?? '-'
    return outcome.key ? `${outcome.key.toString('latin1')}=${value}` : value
  })
}

/** The same numbers in every run: mulberry32. Each call gives an integer below `limit`. */
export function random(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % limit
  }
}
