/**
 * A source of text: files one after the other (or standard input), read into a window that a format's parser walks.
 * Bytes are copied only where a record is cut by the end of the window.
 */
import { FailedError, SluiceError } from '../errors.js'
import type { Source } from '../flow/endpoint.js'
import type { Parser } from '../formats/format.js'
import type { Records } from '../records/records.js'
import { type Input, openInput } from './input.js'

const WINDOW = 1 << 20

/** A single record may not be longer than this: Kafka refuses such a one anyway, and memory stays bounded. */
const MAX_RECORD = 128 << 20

export class TextSource implements Source {
  readonly #paths: string[]
  readonly #createParser: () => Promise<Parser>
  readonly #open: (path: string) => Promise<Input>
  #input: Input | null = null
  #parser: Parser | null = null
  #window: Buffer
  #end = 0
  #name = ''

  /**
   * @param paths files, `-` for standard input, read in this order · @param createParser a fresh parser for each file
   * @param options how a path is opened, and the bytes of the window at first
   */
  constructor(
    paths: string[],
    createParser: () => Promise<Parser>,
    { open = openInput, window = WINDOW }: { open?: (path: string) => Promise<Input>; window?: number } = {}
  ) {
    this.#paths = [...paths]
    this.#createParser = createParser
    this.#open = open
    this.#window = Buffer.allocUnsafeSlow(window)
  }

  get idle(): boolean {
    return this.#input?.idle ?? false
  }

  async read(signal: AbortSignal): Promise<Records | null> {
    if (!this.#input || !this.#parser) {
      const path = this.#paths.shift()
      if (path === undefined || signal.aborted) return null
      this.#input = await this.#open(path)
      this.#name = this.#input.name
      this.#parser = await this.#createParser()
      this.#end = 0
    } else {
      this.#keepTail(this.#parser)
    }
    const parser = this.#parser
    const count = await this.#input.read(this.#window, this.#end, signal)
    // What is cut off by a signal is no record: only the end of the input completes one.
    if (signal.aborted) return null
    this.#end += count
    parser.feed(this.#window, 0, this.#end, count === 0)
    if (count === 0) await this.#closeInput()
    return parser
  }

  locate(error: unknown): unknown {
    if (!(error instanceof SluiceError) || !this.#parser) return error
    return this.#at(this.#parser.line, error)
  }

  #at(line: number, error: SluiceError): FailedError {
    const file = this.#name
    return new FailedError(`${file}:${line}: ${error.message}`, error.advice, {
      cause: error,
      place: { ...error.place, file, line }
    })
  }

  async close(): Promise<void> {
    await this.#closeInput()
  }

  async #closeInput(): Promise<void> {
    const input = this.#input
    this.#input = null
    await input?.close()
  }

  #keepTail(parser: Parser): void {
    const tail = this.#end - parser.consumed
    if (tail > this.#window.length / 2) {
      if (tail > MAX_RECORD) {
        const problem = `a record has no end within ${MAX_RECORD >> 20} MiB`
        throw this.#at(parser.line + 1, new FailedError(problem, 'check --delimiter and --format'))
      }
      const grown = Buffer.allocUnsafeSlow(this.#window.length * 2)
      this.#window.copy(grown, 0, parser.consumed, this.#end)
      this.#window = grown
    } else {
      this.#window.copyWithin(0, parser.consumed, this.#end)
    }
    this.#end = tail
  }
}
