/**
 * One text on its way through a parser, from its beginning or from where an earlier run or look was done with it. What
 * stands before the first record, as the header line of csv, is then read again.
 */
import { FailedError, SluiceError } from '../errors.js'
import type { FilePosition } from '../flow/endpoint.js'
import type { Parser } from '../formats/format.js'
import type { Input } from './input.js'
import type { Window } from './window.js'

export interface Text {
  input: Input
  /** Where to begin; then how far it is. null: nobody can go on with it. */
  position: FilePosition | null
  /** Whether its end completes a record; else half a line waits there for its rest. */
  complete: boolean
}

export class TextReader {
  readonly parser: Parser
  /** True once the parser was given the last of it. */
  ended = false
  readonly #text: Text
  readonly #window: Window
  /** Where in the text the window begins. */
  #base = 0
  #refused = false

  constructor(text: Text, parser: Parser, window: Window) {
    this.parser = parser
    parser.file = text.input.name
    this.#text = text
    this.#window = window
    window.end = 0
  }

  /** Goes to where it begins. */
  async begin(signal: AbortSignal): Promise<void> {
    const { parser } = this
    const { position, input } = this.#text
    const { file } = input
    if (!file || !position) return
    this.#base = position.offset
    if (position.offset === file.start) return
    await file.seek(0, signal)
    const found = (await this.#readHead(signal)) && (await file.seek(position.offset, signal))
    if (!found && !signal.aborted) throw cutShort(input.name, position)
    this.#window.end = 0
    parser.feed(this.#window.bytes, 0, 0, false)
    parser.resume(position.line)
  }

  async #readHead(signal: AbortSignal): Promise<boolean> {
    const { parser } = this
    try {
      while (!parser.begin()) if ((await this.#fill(signal)) === 0) return false
      return true
    } catch (error) {
      throw this.locate(error)
    }
  }

  /** True where nothing more was there when it was read last. */
  get idle(): boolean {
    return !this.ended && this.#text.input.idle
  }

  /** Gives the parser what comes next. */
  async read(signal: AbortSignal): Promise<void> {
    this.#base += this.parser.consumed
    const count = await this.#fill(signal)
    this.ended = count === 0 && !signal.aborted
  }

  async #fill(signal: AbortSignal): Promise<number> {
    const { parser } = this
    const { input, complete } = this.#text
    const window = this.#window
    try {
      window.keep(parser.consumed)
    } catch (error) {
      throw this.#at(parser.line + 1, error as SluiceError)
    }
    const count = await input.read(window.bytes, window.end, signal)
    window.end += count
    parser.feed(window.bytes, 0, window.end, complete && count === 0 && !signal.aborted)
    return count
  }

  /** Brings the position up to the records given so far. */
  note(): void {
    const { parser } = this
    const { position } = this.#text
    if (!position) return
    position.offset = this.#base + (this.#refused ? parser.recordStart : parser.settled)
    position.line = this.#refused ? parser.line - 1 : parser.lines
  }

  /** The last of it was taken. */
  async finish(): Promise<void> {
    const { position, complete, input } = this.#text
    if (position && input.file) {
      const read = this.#base + this.#window.end
      if (complete) position.offset = read
      position.size = input.file.packed ? Number(input.file.stats.size) : read
    }
    await input.close()
  }

  /** The record at hand was not taken. */
  refuse(): void {
    this.#refused = true
  }

  locate(error: unknown): unknown {
    return error instanceof SluiceError ? this.#at(this.parser.line, error) : error
  }

  #at(line: number, error: SluiceError): FailedError {
    const file = this.#text.input.name
    return new FailedError(`${file}:${line}: ${error.message}`, error.advice, {
      cause: error,
      place: { ...error.place, file, line }
    })
  }

  close(): Promise<void> {
    return this.#text.input.close()
  }
}

/** It has less than was read of it. */
export function cutShort(file: string, { offset }: FilePosition): FailedError {
  const what = `cannot go on with ${file}: it has less than the ${offset} bytes that its checkpoint says`
  return new FailedError(what, 'put it back as it was, or remove the checkpoint to start anew', { place: { file } })
}
