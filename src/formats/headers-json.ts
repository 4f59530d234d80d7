/**
 * Headers as JSON, in both directions: a list of `[name, value]`, which keeps order and duplicates. A null value is
 * null; a name or value that is not UTF-8 is `{"base64": "…"}` in its place.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import type { HeaderCursor, HeaderWriter } from '../records/header-cursor.js'
import { base64 as toBase64 } from './decode.js'
import { base64 as fromBase64, type Encode } from './encode.js'
import { equals } from './json-paths.js'
import type { JsonScanner } from './json-scanner.js'
import { ARRAY, CLOSE, OBJECT, QUOTE } from './json-grammar.js'
import { readJsonString, writeJsonString } from './json-text.js'
import { writeLiteral } from './literal.js'

const COMMA = 0x2c
const BASE64 = Buffer.from('{"base64":"')
const BASE64_NAME = Buffer.from('base64')
const BASE64_END = Buffer.from('"}')
const NULL = Buffer.from('null')

/** Appends the headers that `headers` was reset to. */
export function writeHeaders(headers: HeaderCursor, out: ByteWriter): void {
  out.byte(ARRAY)
  for (let first = true; headers.next(); first = false) {
    if (!first) out.byte(COMMA)
    out.byte(ARRAY)
    writeBytes(headers.bytes, headers.nameStart, headers.nameEnd, out)
    out.byte(COMMA)
    if (headers.valueStart < 0) writeLiteral(NULL, out)
    else writeBytes(headers.bytes, headers.valueStart, headers.valueEnd, out)
    out.byte(ARRAY + CLOSE)
  }
  out.byte(ARRAY + CLOSE)
}

function writeBytes(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  if (writeJsonString(bytes, start, end, out)) return
  writeLiteral(BASE64, out)
  toBase64(bytes, start, end, out)
  writeLiteral(BASE64_END, out)
}

const NO_LIST = 'has headers that are no list of [name, value]'
const NO_BYTES = 'has a header that is neither a string, null nor {"base64": "…"}'

/**
 * Reads the list that `scanner` stands before (or null), and also kcat's flat one: `["name", "value", …]`.
 * @returns what is wrong with it, if it is JSON at all: that the caller asks the scanner.
 */
export function readHeaders(scanner: JsonScanner, headers: HeaderWriter, scratch: ByteWriter): string | undefined {
  if (!scanner.enter(ARRAY)) return scanner.value() && isNull(scanner) ? undefined : NO_LIST
  const flat: Item[] = []
  while (scanner.more(ARRAY)) {
    if (!scanner.enter(ARRAY)) {
      flat.push(readItem(scanner, scratch))
      continue
    }
    const pair: Item[] = []
    while (scanner.more(ARRAY)) pair.push(readItem(scanner, scratch))
    const problem = pair.length === 2 ? addPair(headers, pair[0], pair[1]) : NO_LIST
    if (problem !== undefined) return problem
  }
  if (flat.length % 2 !== 0) return NO_LIST
  for (let i = 0; i < flat.length; i += 2) {
    const problem = addPair(headers, flat[i], flat[i + 1])
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The bytes of a string or of `{"base64": "…"}`; null for null; undefined for anything else. */
type Item = Buffer | null | undefined

function addPair(headers: HeaderWriter, name: Item, value: Item): string | undefined {
  if (!name || value === undefined) return NO_BYTES
  headers.add(name, value)
  return undefined
}

function readItem(scanner: JsonScanner, scratch: ByteWriter): Item {
  if (!scanner.enter(OBJECT)) return scanner.value() && isNull(scanner) ? null : readString(scanner, scratch)
  let item: Item
  while (scanner.more(OBJECT) && scanner.name()) {
    const known = equals(BASE64_NAME, scanner.bytes, scanner.nameStart, scanner.nameEnd)
    scanner.value()
    if (known) item = readString(scanner, scratch, fromBase64)
  }
  return item
}

/** The string passed last, through `decode`. */
function readString(scanner: JsonScanner, scratch: ByteWriter, decode?: Encode): Item {
  const { bytes, valueStart, at, failed } = scanner
  if (failed || bytes[valueStart] !== QUOTE) return undefined
  const from = scratch.length
  const good = decode
    ? decode(bytes, valueStart + 1, at - 1, scratch) === undefined
    : readJsonString(bytes, valueStart + 1, at - 1, scratch)
  return good ? scratch.bytes.subarray(from, scratch.length) : undefined
}

function isNull(scanner: JsonScanner): boolean {
  return scanner.bytes[scanner.valueStart] === 0x6e
}
