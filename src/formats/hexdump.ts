/**
 * `hexdump`: for looking at bytes. A line says which record it is, the key and the value follow as `hexdump -C` prints
 * them, each line with the part it belongs to in front.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'
import type { Formatter } from './format.js'

const BYTES_A_LINE = 16

export class HexdumpFormatter implements Formatter {
  begin(): void {}

  write(records: Records, out: ByteWriter): void {
    const { topic, partition, keyStart, keyEnd, valueStart, valueEnd } = records
    const timestamp = records.exactTimestamp()
    const key = keyStart < 0 ? 'null' : keyEnd - keyStart
    const value = valueStart < 0 ? 'null' : valueEnd - valueStart
    out.text(`${topic} [${partition}] offset ${records.offset()} timestamp ${timestamp} key ${key} value ${value}\n`)
    if (keyStart >= 0) writeLines('key  ', records.keyBytes, keyStart, keyEnd, out)
    if (valueStart >= 0) writeLines('value', records.valueBytes, valueStart, valueEnd, out)
  }
}

function writeLines(part: string, bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  for (let at = start; at < end; at += BYTES_A_LINE) {
    const line = [...bytes.subarray(at, Math.min(end, at + BYTES_A_LINE))]
    const hex = line.map((byte, i) => (i === 8 ? ' ' : '') + byte.toString(16).padStart(2, '0')).join(' ')
    const text = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    const offset = (at - start).toString(16).padStart(8, '0')
    out.text(`${part} ${offset}  ${hex.padEnd(BYTES_A_LINE * 3)}  |${text}|\n`)
  }
}
