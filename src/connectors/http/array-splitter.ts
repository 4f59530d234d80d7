/** The elements of a JSON array, each as it was written. Pure. */
import { FailedError } from '../../errors.js'
import { Gathering } from './gathering.js'
import { isJson } from './json.js'

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN = 0x5b
const CLOSE = 0x5d

const opening = new Set(Buffer.from('{['))
const closing = new Set(Buffer.from('}]'))
const space = new Set(Buffer.from(' \t\n\r'))

export class ArraySplitter {
  readonly #element = new Gathering()
  /** Of the array itself. */
  #place: 'before' | 'in' | 'behind' = 'before'
  /** Brackets that are open in the element. */
  #depth = 0
  #isInString = false
  #isEscaped = false
  #count = 0

  /** The elements that end in this piece. @throws FailedError */
  take(piece: Buffer): Buffer[] {
    const elements: Buffer[] = []
    let start = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!
      if (this.#place !== 'in') {
        if (space.has(byte)) continue
        if (this.#place === 'behind' || byte !== OPEN) throw this.#wrong('it is no JSON array')
        this.#place = 'in'
        start = at + 1
      } else if (this.#ends(byte)) {
        this.#element.add(piece.subarray(start, at))
        this.#end(byte, elements)
        start = at + 1
      }
    }
    if (this.#place === 'in') this.#element.add(piece.subarray(start))
    return elements
  }

  /** @throws FailedError */
  end(): Buffer[] {
    if (this.#place !== 'behind') throw this.#wrong('it ends before its JSON array does')
    return []
  }

  /** Whether an element ends before this byte. */
  #ends(byte: number): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === BACKSLASH) this.#isEscaped = true
      else if (byte === QUOTE) this.#isInString = false
      return false
    }
    if (byte === QUOTE) this.#isInString = true
    else if (opening.has(byte)) this.#depth++
    else if (closing.has(byte)) return this.#depth-- === 0
    return byte === COMMA && this.#depth === 0
  }

  #end(byte: number, elements: Buffer[]): void {
    const element = trimmed(this.#element.take())
    const isLast = byte !== COMMA
    if (isLast) {
      this.#depth = 0
      this.#place = 'behind'
    }
    if (isLast && element.length === 0 && this.#count === 0) return
    if (!isJson(element) || (isLast && byte !== CLOSE)) throw this.#wrong('it is no JSON')
    this.#count++
    elements.push(element)
  }

  #wrong(what: string): FailedError {
    return new FailedError(`the answer after ${this.#count} records: ${what}`, 'check the option body')
  }
}

function trimmed(bytes: Buffer): Buffer {
  let [start, end] = [0, bytes.length]
  while (start < end && space.has(bytes[start]!)) start++
  while (end > start && space.has(bytes[end - 1]!)) end--
  return bytes.subarray(start, end)
}
