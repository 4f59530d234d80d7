/**
 * A source of text: texts one after the other, read into one window that a format's parser walks.
 */
import type { FilePosition, Pause, ResumableSource, SourceState } from '../flow/endpoint.js'
import type { Parser } from '../formats/format.js'
import { Records } from '../records/records.js'
import type { Input } from './input.js'
import { type Text, TextReader } from './text-reader.js'
import { Window } from './window.js'

const WINDOW = 1 << 20

/** What a source reads, one after the other. */
export interface Texts {
  /** The next one. `later`: there is none for now, and the next call waits for one. null: that is the end. */
  next(signal: AbortSignal): Promise<Text | 'later' | null>
  /** How far each file is read. */
  positions(): FilePosition[]
}

class NoRecords extends Records {
  next(): boolean {
    return false
  }
}

export class TextSource implements ResumableSource {
  readonly #texts: Texts
  readonly #createParser: () => Promise<Parser>
  readonly #window: Window
  readonly #nothing = new NoRecords()
  readonly #stop = new AbortController()
  #reader: TextReader | null = null
  /** What was given last is that there is nothing for now. */
  #waiting = false
  #interrupted = false
  /** What comes next: it may be waited for longer than one call of `read`, and nothing of it is lost. */
  #next: Promise<Records | null> | null = null
  #wake: () => void = () => undefined

  /** @param createParser a fresh parser for each text · @param window its bytes at first */
  constructor(texts: Texts, createParser: () => Promise<Parser>, window = WINDOW) {
    this.#texts = texts
    this.#createParser = createParser
    this.#window = new Window(window)
  }

  get idle(): boolean {
    return this.#waiting || (this.#reader?.idle ?? false)
  }

  async read(signal: AbortSignal): Promise<Records | Pause | null> {
    const stop = (): void => this.#stop.abort()
    if (signal.aborted) stop()
    if (!this.#next) this.#reader?.note()
    if (this.#interrupted && !signal.aborted) return this.#pause()
    this.#next ??= this.#advance(this.#stop.signal)
    signal.addEventListener('abort', stop, { once: true })
    try {
      await this.#interruption(this.#next)
      if (this.#interrupted) return this.#pause()
      const records = await this.#next
      this.#next = null
      return records
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  #pause(): Pause {
    this.#interrupted = false
    return 'settle'
  }

  /** Resolves when there is something or someone interrupts. */
  #interruption(next: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = resolve
      next.then(() => resolve(), reject)
    })
  }

  async #advance(signal: AbortSignal): Promise<Records | null> {
    this.#waiting = false
    if (this.#reader?.ended) {
      await this.#reader.finish()
      this.#reader = null
    }
    if (signal.aborted) return null
    if (!this.#reader) {
      const text = await this.#texts.next(signal)
      if (text === null) return null
      if (text === 'later') {
        this.#waiting = true
        return this.#nothing
      }
      this.#reader = await this.#open(text, signal)
    }
    const reader = this.#reader
    await reader.read(signal)
    // What is cut off by a signal is no record: only the end of the input completes one.
    if (signal.aborted) return null
    return reader.parser
  }

  async #open(text: Text, signal: AbortSignal): Promise<TextReader> {
    try {
      const reader = new TextReader(text, await this.#createParser(), this.#window)
      await reader.begin(signal)
      return reader
    } catch (error) {
      await text.input.close()
      throw error
    }
  }

  state(): SourceState {
    if (!this.#next) this.#reader?.note()
    return { positions: [], files: this.#texts.positions(), elements: 0, endpoint: null }
  }

  interrupt(): void {
    this.#interrupted = true
    this.#wake()
  }

  locate(error: unknown, goesOn = false): unknown {
    if (!this.#reader) return error
    if (!goesOn) this.#reader.refuse()
    return this.#reader.locate(error)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#next?.catch(() => undefined)
    await this.#reader?.close()
  }
}

/** A text that is open already. */
export function only(input: Input): Texts {
  const texts: Text[] = [{ input, position: null, complete: true }]
  return { next: () => Promise.resolve(texts.shift() ?? null), positions: () => [] }
}
