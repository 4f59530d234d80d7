/**
 * `--key-as` and `--value-as` of output: the bytes of a key or value as text, or as a JSON value. Numbers are big-endian,
 * as Kafka's own serializers write them, and keep every digit.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import { JsonScanner } from './json-scanner.js'
import { unknownName } from './names.js'

/** Appends what `bytes[start, end)` is. Returns what is wrong with it, as the rest of a sentence: `is not 4 bytes`. */
export type Decode = (bytes: Buffer, start: number, end: number, out: ByteWriter) => string | undefined

export interface Decoder {
  text: Decode
  json: Decode
}

export const forms = ['string', 'json', 'hex', 'base64', 'int32', 'int64', 'float64', 'uuid']

/** Forms that have schemas: to formats, what is in them is JSON. */
const withSchema = ['avro', 'protobuf', 'json-schema']

const QUOTE = 0x22
const DASH = 0x2d
const hexDigits = Buffer.from('0123456789abcdef')
const scanner = new JsonScanner()

const json: Decode = (bytes, start, end, out) => {
  scanner.reset(bytes, start, end)
  if (scanner.value()) scanner.writeValue(out)
  return scanner.finish() ? undefined : scanner.problem(start)
}

const hex: Decode = (bytes, start, end, out) => {
  out.ensure((end - start) * 2)
  for (let i = start; i < end; i++) writeHexByte(bytes[i]!, out)
  return undefined
}

export const base64: Decode = (bytes, start, end, out) => {
  out.text(bytes.toString('base64', start, end))
  return undefined
}

const int32: Decode = (bytes, start, end, out) => {
  if (end - start !== 4) return notBytes(4, 'int32', end - start)
  out.integer(bytes.readInt32BE(start))
  return undefined
}

const int64: Decode = (bytes, start, end, out) => {
  if (end - start !== 8) return notBytes(8, 'int64', end - start)
  const number = bytes.readInt32BE(start) * 2 ** 32 + bytes.readUInt32BE(start + 4)
  if (Number.isSafeInteger(number)) out.integer(number)
  else out.text(bytes.readBigInt64BE(start).toString())
  return undefined
}

const float64: Decode = (bytes, start, end, out) => {
  if (end - start !== 8) return notBytes(8, 'float64', end - start)
  const number = bytes.readDoubleBE(start)
  out.text(Object.is(number, -0) ? '-0' : String(number))
  return undefined
}

/** JSON has no NaN and no infinity: they become strings. */
const float64Json: Decode = (bytes, start, end, out) =>
  end - start === 8 && !Number.isFinite(bytes.readDoubleBE(start))
    ? quoted(float64)(bytes, start, end, out)
    : float64(bytes, start, end, out)

const uuid: Decode = (bytes, start, end, out) => {
  if (end - start !== 16) return notBytes(16, 'uuid', end - start)
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) out.byte(DASH)
    writeHexByte(bytes[start + i]!, out)
  }
  return undefined
}

/** For text without anything that JSON would escape. */
const quoted =
  (decode: Decode): Decode =>
  (bytes, start, end, out) => {
    out.byte(QUOTE)
    const problem = decode(bytes, start, end, out)
    out.byte(QUOTE)
    return problem
  }

const decoders: Record<string, Decoder> = {
  json: { text: json, json },
  hex: { text: hex, json: quoted(hex) },
  base64: { text: base64, json: quoted(base64) },
  int32: { text: int32, json: int32 },
  int64: { text: int64, json: int64 },
  float64: { text: float64, json: float64Json },
  uuid: { text: uuid, json: quoted(uuid) }
}

/** Null for `string`: the bytes as they are. @param flag the flag's name, for the message @throws UsageError */
export function decoderFor(form: string, flag: '--key-as' | '--value-as'): Decoder | null {
  checkForm(form, flag)
  return decoders[form] ?? null
}

/** @throws UsageError where `form` is no known one */
export function checkForm(form: string, flag: string): void {
  if (!forms.includes(form)) throw unknownName(`${flag} '${form}' is not known`, form, [...forms, ...withSchema])
}

function writeHexByte(byte: number, out: ByteWriter): void {
  out.byte(hexDigits[byte >> 4]!)
  out.byte(hexDigits[byte & 15]!)
}

function notBytes(wanted: number, form: string, length: number): string {
  return `is not ${wanted} bytes of ${form} (it is ${length})`
}
