/**
 * `--key-as` and `--value-as` of input, the inverse of `decode.ts`: text becomes the bytes of a key or value.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import { checkForm } from './decode.js'
import { JsonScanner } from './json-scanner.js'

/** Appends the bytes of the text `bytes[start, end)`. Returns what is wrong with it: `is not an int32: '12x'`. */
export type Encode = (bytes: Buffer, start: number, end: number, out: ByteWriter) => string | undefined

const scanner = new JsonScanner()
const maxInt64 = 2n ** 63n - 1n

/** Stays as it is, white space and all: only whether it is JSON is looked at. */
const json: Encode = (bytes, start, end, out) => {
  scanner.reset(bytes, start, end)
  scanner.value()
  if (!scanner.finish()) return scanner.problem(start)
  out.copy(bytes, start, end)
  return undefined
}

const hex: Encode = (bytes, start, end, out) => {
  const text = bytes.toString('latin1', start, end)
  if (text.length % 2 !== 0 || /[^0-9a-f]/i.test(text)) return isNot('hex', text)
  append(Buffer.from(text, 'hex'), out)
  return undefined
}

/** Strict, since Node's decoder drops what it does not know. Both alphabets, with or without padding. */
export const base64: Encode = (bytes, start, end, out) => {
  const text = bytes.toString('latin1', start, end)
  if (!/^[\w+/-]*={0,2}$/.test(text)) return isNot('base64', text)
  const digits = text.replace(/=+$/, '').length
  if (digits % 4 === 1 || (text.length > digits && text.length % 4 !== 0)) return isNot('base64', text)
  append(Buffer.from(text, 'base64'), out)
  return undefined
}

const int32: Encode = (bytes, start, end, out) => {
  const text = bytes.toString('latin1', start, end)
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || number !== (number | 0)) return isNot('int32', text)
  out.ensure(4)
  out.length = out.bytes.writeInt32BE(number, out.length)
  return undefined
}

const int64: Encode = (bytes, start, end, out) => {
  const text = bytes.toString('latin1', start, end)
  // 20 characters hold every int64, and a longer text would cost more than linear time.
  const number = /^-?\d{1,19}$/.test(text) ? BigInt(text) : maxInt64 + 1n
  if (number > maxInt64 || number < -maxInt64 - 1n) return isNot('int64', text)
  out.ensure(8)
  out.length = out.bytes.writeBigInt64BE(number, out.length)
  return undefined
}

const float64: Encode = (bytes, start, end, out) => {
  const text = bytes.toString('latin1', start, end)
  if (!/^(-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-?Infinity|NaN)$/i.test(text)) return isNot('float64', text)
  out.ensure(8)
  out.length = out.bytes.writeDoubleBE(Number(text), out.length)
  return undefined
}

const uuid: Encode = (bytes, start, end, out) => {
  const text = bytes.toString('latin1', start, end)
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return isNot('uuid', text)
  append(Buffer.from(text.replaceAll('-', ''), 'hex'), out)
  return undefined
}

const encoders: Record<string, Encode> = { json, hex, base64, int32, int64, float64, uuid }

/** Null for `string`: the text's bytes as they are. @param flag the flag's name, for the message @throws UsageError */
export function encoderFor(form: string, flag: '--key-as' | '--value-as'): Encode | null {
  checkForm(form, flag)
  return encoders[form] ?? null
}

function append(bytes: Buffer, out: ByteWriter): void {
  out.copy(bytes, 0, bytes.length)
}

const SHOWN = 40

function isNot(form: string, text: string): string {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
  return `is not ${form}: ${JSON.stringify(shown)}`
}
