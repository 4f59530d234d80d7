/**
 * Walks JSON text without building anything and says where values lie. Numbers keep every digit, since they stay text.
 * A caller steps into the objects and arrays it cares for and passes over all others with `value()`, however deep they
 * are; `finish()` tells whether all of it was JSON.
 */
import type { ByteWriter } from '../records/byte-writer.js'
import {
  BACKSLASH,
  CLOSE,
  COMMA,
  describeProblem,
  isSpace,
  passed,
  passName,
  passSpace,
  passValue,
  QUOTE
} from './json-grammar.js'

export class JsonScanner {
  bytes: Buffer = Buffer.alloc(0)
  /** The next byte to look at; after an error, the byte that is wrong. */
  at = 0
  end = 0
  /** True once something was not JSON; nothing moves after that. */
  failed = false

  /** Where the value passed last begins; it ends at `at`. */
  valueStart = 0
  /** Whether there is a backslash in a string of it, or white space between its tokens. */
  valueEscaped = false
  valueSpaced = false

  /** What lies between the quotes of the member name passed last. */
  nameStart = 0
  nameEnd = 0
  nameEscaped = false

  /** True before the first item of the object or array entered last. */
  #first = false

  reset(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.failed = false
  }

  /** The first byte of what comes next; 0 where nothing comes. */
  peek(): number {
    this.at = passSpace(this.bytes, this.at, this.end)
    return this.at < this.end ? this.bytes[this.at]! : 0
  }

  /** Steps into an object or array, if it comes next. */
  enter(open: number): boolean {
    if (this.failed || this.peek() !== open) return false
    this.at++
    this.#first = true
    return true
  }

  /** Within the object or array that begins with `open`: whether another item follows. If none does, steps out. */
  more(open: number): boolean {
    if (this.failed) return false
    const byte = this.peek()
    const first = this.#first
    this.#first = false
    if (byte === open + CLOSE) {
      this.at++
      return false
    }
    if (first) return true
    if (byte !== COMMA) return this.#move(~this.at)
    this.at++
    return true
  }

  /** Passes over the name of a member and its colon. */
  name(): boolean {
    if (this.failed) return false
    this.peek()
    passed.escape = false
    this.nameStart = this.at + 1
    if (!this.#move(passName(this.bytes, this.at, this.end))) return false
    // Back over the colon and the white space before it.
    let end = this.at - 2
    while (this.bytes[end] !== QUOTE) end--
    this.nameEnd = end
    this.nameEscaped = passed.escape
    return true
  }

  /** Passes over one value, whatever it is, checking all of it. */
  value(): boolean {
    if (this.failed) return false
    this.peek()
    passed.escape = passed.space = false
    this.valueStart = this.at
    if (!this.#move(passValue(this.bytes, this.at, this.end))) return false
    this.valueEscaped = passed.escape
    this.valueSpaced = passed.space
    return true
  }

  /** Whether nothing but white space is left, and nothing was wrong. */
  finish(): boolean {
    if (this.failed) return false
    this.peek()
    return this.at === this.end || this.#move(~this.at)
  }

  /** What is wrong, for a message: `is not JSON (...)`. `start` is where the text begins. */
  problem(start: number): string {
    return describeProblem(this.bytes, start, this.end, this.at)
  }

  /** Appends the value passed last, on one line. */
  writeValue(out: ByteWriter): void {
    if (this.valueSpaced) writeCompact(this.bytes, this.valueStart, this.at, out)
    else out.copy(this.bytes, this.valueStart, this.at)
  }

  #move(to: number): boolean {
    this.failed = to < 0
    this.at = to < 0 ? ~to : to
    return !this.failed
  }
}

/** Appends JSON text, which is valid, without the white space between its tokens: on one line, the same digits. */
export function writeCompact(bytes: Buffer, start: number, end: number, out: ByteWriter): void {
  out.ensure(end - start)
  const target = out.bytes
  let at = out.length
  let quoted = false
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (!quoted && isSpace(byte)) continue
    target[at++] = byte
    if (byte === QUOTE) quoted = !quoted
    else if (byte === BACKSLASH) target[at++] = bytes[++i]!
  }
  out.length = at
}
