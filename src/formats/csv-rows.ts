/**
 * Cuts csv and tsv into rows by RFC 4180, synchronously and without an object per cell: a cell is a range of the bytes
 * fed. csv-parse makes an array and a Buffer of each, takes ten times as long, and gives rows only through a stream.
 * What was looked at of a row that is not whole yet is not looked at again.
 */
import type { ByteWriter } from '../records/byte-writer.js'

const QUOTE = 0x22
const CR = 0x0d
const LF = 0x0a

/** What comes next in the row: a cell, more of a plain or quoted cell, what follows a quote, the end of a bad row. */
const CELL = 0
const PLAIN = 1
const QUOTED = 2
const AFTER_QUOTE = 3
const BAD = 4

/** What `next` says: a row; more input is needed, or it has ended; or what is wrong. */
export type Outcome = 'row' | 'more' | { problem: string; advice: string }

export class CsvRows {
  /** Bytes before this index are done with. */
  consumed = 0
  /** The line on which the current row begins, from 1. */
  line = 1
  /** Cells of the current row. */
  count = 0
  bytes: Buffer = Buffer.alloc(0)

  readonly #separator: number
  readonly #delimiter: Buffer
  /** 1 for a byte that may end a plain cell, or must not be in one. */
  readonly #special = new Uint8Array(256)
  #final = false

  /** Cells as ranges relative to the row's beginning, since the caller moves the rest of the input about. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #quoted: boolean[] = []
  readonly #doubled: boolean[] = []

  #row = 0
  /** How far the row was looked at, relative to its beginning, and what it was. */
  #at = 0
  #state = CELL
  #newlines = 0
  /** What is wrong with a bad row whose end is looked for. */
  #problem: Outcome = 'more'
  /** Where the row that was given last ends, without what ends it. */
  #rowEnd = 0

  constructor(separator: number, delimiter: Buffer) {
    this.#separator = separator
    this.#delimiter = delimiter
    this.#special[separator] = this.#special[QUOTE] = this.#special[delimiter[0]!] = 1
  }

  feed(bytes: Buffer, start: number, end: number, final: boolean): void {
    this.bytes = bytes.subarray(0, end)
    this.consumed = start
    this.#final = final
  }

  /** Lines that are done with: before what is consumed. */
  get lines(): number {
    return this.line - 1 + (this.#at === 0 ? this.#newlines : 0)
  }

  /** Where the current row begins. */
  get rowStart(): number {
    return this.#row
  }

  /** Goes on behind so many lines, at the beginning of a row. */
  resume(lines: number): void {
    this.line = lines + 1
    this.#newlines = 0
  }

  next(): Outcome {
    this.#row = this.consumed
    if (this.#state === BAD) return this.#endBad()
    if (this.#at === 0) {
      this.line += this.#newlines
      this.#newlines = 0
      this.count = 0
    }
    const { bytes } = this
    let at = this.#row + this.#at
    while (at < bytes.length) {
      if (this.#state === CELL) at = this.#begin(at)
      else if (this.#state === QUOTED) at = this.#passQuoted(at)
      else if (this.#state === PLAIN && this.#special[bytes[at]!] === 0) at = this.#passPlain(at)
      else {
        const byte = bytes[at]!
        if (byte === this.#separator) {
          this.#endCell(at)
          at++
          continue
        }
        const length = this.#delimiterAt(at)
        if (length > 0) return this.#endRow(at, length)
        if (length < 0) break
        if (this.#state === PLAIN && byte !== QUOTE) at++
        else if (this.#state === AFTER_QUOTE && byte === QUOTE) {
          this.#doubled[this.count] = true
          this.#state = QUOTED
          at++
        } else return this.#bad(at)
      }
    }
    this.#at = at - this.#row
    return this.#final ? this.#end() : 'more'
  }

  /** The current row, also a bad one, without what ends it. */
  get text(): Buffer {
    return this.bytes.subarray(this.#row, this.#rowEnd)
  }

  isQuoted(cell: number): boolean {
    return this.#quoted[cell]!
  }

  /** Whether the cell lies in `bytes` as it is: no quote in it is doubled. */
  isPlain(cell: number): boolean {
    return !this.#doubled[cell]
  }

  start(cell: number): number {
    return this.#row + this.#starts[cell]!
  }

  end(cell: number): number {
    return this.#row + this.#ends[cell]!
  }

  /** Appends a cell that is not plain. */
  unquote(cell: number, out: ByteWriter): void {
    const { bytes } = this
    const end = this.end(cell)
    for (let at = this.start(cell); at < end; at++) {
      out.byte(bytes[at]!)
      if (bytes[at] === QUOTE) at++
    }
  }

  #begin(at: number): number {
    const quoted = this.bytes[at] === QUOTE
    this.#state = quoted ? QUOTED : PLAIN
    this.#starts[this.count] = at - this.#row + (quoted ? 1 : 0)
    this.#quoted[this.count] = quoted
    this.#doubled[this.count] = false
    return quoted ? at + 1 : at
  }

  #passPlain(start: number): number {
    const { bytes } = this
    const special = this.#special
    let at = start
    while (at < bytes.length && special[bytes[at]!] === 0) at++
    return at
  }

  #passQuoted(start: number): number {
    const { bytes } = this
    let at = start
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte === LF) this.#newlines++
      else if (byte === QUOTE) {
        this.#state = AFTER_QUOTE
        return at + 1
      }
    }
    return at
  }

  /** The length of the row's end at `at`: 0 where it is none, -1 where more bytes are needed to say. */
  #delimiterAt(at: number): number {
    const { bytes } = this
    const delimiter = this.#delimiter
    // `"a"\r\n`; after a plain cell the \r is cut off when the row ends.
    const crlf = this.#state === AFTER_QUOTE && bytes[at] === CR && delimiter[0] === LF && delimiter.length === 1
    const skipped = crlf ? 1 : 0
    const length = skipped + delimiter.length
    for (let i = skipped; i < length; i++) {
      if (at + i >= bytes.length) return this.#final ? 0 : -1
      if (bytes[at + i] !== delimiter[i - skipped]) return 0
    }
    return length
  }

  #endCell(at: number): void {
    this.#ends[this.count] = at - this.#row - (this.#state === AFTER_QUOTE ? 1 : 0)
    this.#state = CELL
    this.count++
  }

  #endRow(at: number, length: number): Outcome {
    const isPlain = this.#state === PLAIN
    this.#endCell(at)
    const last = this.count - 1
    const isText = this.#delimiter.length === 1 && this.#delimiter[0] === LF
    if (isPlain && isText && this.#ends[last]! > this.#starts[last]! && this.bytes[at - 1] === CR) this.#ends[last]!--
    this.#newlines++
    this.#at = 0
    this.#rowEnd = at
    this.consumed = at + length
    return 'row'
  }

  /** At the end of a final input. */
  #end(): Outcome {
    const { bytes } = this
    if (this.#at === 0 && this.count === 0) return 'more'
    if (this.#state === QUOTED) {
      this.#drop()
      return {
        problem: 'a quoted cell is never closed',
        advice: 'close it with a quote; within it, quotes are doubled'
      }
    }
    // Behind a separator.
    if (this.#state === CELL) this.#begin(bytes.length)
    return this.#endRow(bytes.length, 0)
  }

  #bad(at: number): Outcome {
    const after = this.#state === AFTER_QUOTE
    this.#state = BAD
    this.#at = at - this.#row
    const cell = this.count + 1
    this.#problem = {
      problem: after
        ? `cell ${cell} goes on after its closing quote`
        : `cell ${cell} has a quote in it, but is not quoted`,
      advice: 'put the whole cell in quotes, and double the quotes in it'
    }
    return this.#endBad()
  }

  /** Gives a bad row once all of it is there. */
  #endBad(): Outcome {
    const { bytes } = this
    const end = bytes.indexOf(this.#delimiter, this.#row + this.#at)
    if (end < 0 && !this.#final) {
      // The beginning of a delimiter may stand at the end.
      this.#at = Math.max(this.#at, bytes.length - this.#row - this.#delimiter.length + 1)
      return 'more'
    }
    this.#rowEnd = end < 0 ? bytes.length : end
    this.consumed = end < 0 ? bytes.length : end + this.#delimiter.length
    this.#at = 0
    this.#state = CELL
    this.#newlines++
    return this.#problem
  }

  #drop(): void {
    this.consumed = this.#rowEnd = this.bytes.length
    this.#at = 0
    this.count = 0
    this.#state = CELL
  }
}
