/**
 * Asynchronous enrichment: a sink around a sink, which asks about each record at once, up to `capacity` at a time, and
 * hands the record on when the answer is there (semantics.md section 10). A flush waits for every answer, so what is
 * settled never passes a record that was not handed on: at least once, over a restart too.
 */
import { BadRecordError, FailedError } from '../errors.js'
import { locatedAt } from '../records/place.js'
import { RecordCopy } from '../records/record-copy.js'
import type { Records } from '../records/records.js'
import type { Sink, SinkState } from './endpoint.js'
import type { BadRecords } from './run.js'

/** What is under way for one record. */
export interface Question {
  /** Who is asked what, as errors call it: a URL, a command. */
  readonly asked: string
  /** Why there may be no answer in time; else ''. */
  readonly hint: string
  /** No answer is wanted any more. */
  giveUp(): void
}

/** Whom records are asked about. */
export interface Lookup {
  /**
   * Asks about a record, which stays as it is meanwhile. `answered` is called once, later: with the record's new value, or
   * with why there is none, as the rest of a sentence. Throws a BadRecordError for a record that is none to ask about.
   */
  ask(record: Records, answered: (answer: Buffer | string) => void): Question

  /** Resolves with what makes any further answer impossible. */
  readonly broken: Promise<FailedError>

  close(): Promise<void>
}

export interface LookupSinkOptions {
  /** Records between `write` and the inner sink, answered or not. */
  capacity: number
  /** Milliseconds for an answer, from the record's coming; 0: any time. */
  timeout: number
  /** Records go on in the order in which they came; else as they are answered. */
  ordered: boolean
  /** What becomes of a record without an answer: it ends the run, is left out, or goes on as it is. */
  onError: 'fail' | 'skip' | 'pass'
  /** Told of such a record, unless it ends the run. */
  onUnanswered: (error: FailedError) => void
}

interface Entry {
  record: RecordCopy
  question: Question | null
  timer: NodeJS.Timeout | undefined
  answered: boolean
  error: FailedError | null
}

export class LookupSink implements Sink {
  readonly isSlow = true
  readonly failed: Promise<void>
  readonly #inner: Sink
  readonly #lookup: Lookup
  readonly #bad: BadRecords
  readonly #options: LookupSinkOptions
  /** Records taken and not yet handed on. */
  #size = 0
  /** With `ordered`, those that were not ready yet, as they came. */
  readonly #queue: Entry[] = []
  readonly #running = new Set<Entry>()
  /** May be handed on, in this order. */
  readonly #ready: Entry[] = []
  #handing = false
  #atHand: Records | null = null
  #broken: FailedError | null = null
  #error: unknown = null
  #fail!: () => void
  #changed: () => void = () => undefined

  /** @param bad what becomes of a record that the inner sink cannot write */
  constructor(inner: Sink, lookup: Lookup, bad: BadRecords, options: LookupSinkOptions) {
    this.#inner = inner
    this.#bad = bad
    this.#lookup = lookup
    this.#options = options
    this.failed = new Promise((resolve) => (this.#fail = resolve))
    void lookup.broken.then((error) => {
      this.#broken = error
      this.#handOnSoon()
    })
    // What is wrong comes from its flush.
    void inner.failed.then(() => inner.flush()).catch((error: unknown) => this.#end(error))
  }

  write(records: Records): boolean {
    while (this.#size < this.#options.capacity && this.#error === null && this.#broken === null) {
      if (!records.next()) return true
      this.#take(records)
    }
    return false
  }

  async drain(): Promise<void> {
    while (this.#error === null && (this.#size >= this.#options.capacity || this.#broken !== null)) await this.#change()
    if (this.#error !== null) throw this.#error as Error
  }

  push(): void {
    this.#inner.push()
  }

  /** What was handed on before something went wrong is written out, too. */
  async flush(): Promise<void> {
    while (this.#error === null && (this.#size > 0 || this.#broken !== null)) await this.#change()
    await this.#inner.flush()
    if (this.#error !== null) throw this.#error as Error
  }

  state(): SinkState {
    return this.#inner.state()
  }

  commit(): Promise<void> {
    return this.#inner.commit()
  }

  /** As a source's: an error about the record that is being handed on. */
  locate(error: unknown): unknown {
    return this.#atHand && error instanceof FailedError ? locatedAt(this.#atHand, error) : error
  }

  async close(): Promise<void> {
    for (const { timer, question } of this.#running) {
      clearTimeout(timer)
      question?.giveUp()
    }
    try {
      await this.#lookup.close()
    } finally {
      await this.#inner.close()
    }
  }

  #take(records: Records): void {
    const entry: Entry = {
      record: new RecordCopy(records),
      question: null,
      timer: undefined,
      answered: false,
      error: null
    }
    // A tombstone has nothing that an answer could be added to.
    if (records.valueStart < 0) entry.answered = true
    else {
      entry.question = this.#lookup.ask(entry.record, (answer) => this.#settle(entry, answer))
      this.#running.add(entry)
      const { timeout } = this.#options
      if (timeout > 0) entry.timer = setTimeout(() => this.#expire(entry), timeout)
    }
    this.#size++
    if (this.#options.ordered) this.#queue.push(entry)
    if (entry.answered) this.#advance(entry)
  }

  #expire(entry: Entry): void {
    const question = entry.question!
    question.giveUp()
    this.#settle(entry, `gave no answer within ${this.#options.timeout} ms${question.hint}`)
  }

  #settle(entry: Entry, answer: Buffer | string): void {
    // It was given up.
    if (!this.#running.delete(entry)) return
    clearTimeout(entry.timer)
    if (typeof answer !== 'string') entry.record.setValue(answer)
    else {
      const advice = 'to go on without an answer, say --on-lookup-error skip or pass'
      entry.error = locatedAt(entry.record, new FailedError(`${entry.question!.asked} ${answer}`, advice))
      if (this.#options.onError === 'fail') this.#fail()
    }
    entry.question = null
    entry.answered = true
    this.#advance(entry)
  }

  #advance(entry: Entry): void {
    if (!this.#options.ordered) this.#ready.push(entry)
    else while (this.#queue[0]?.answered) this.#ready.push(this.#queue.shift()!)
    if (this.#ready.length > 0) this.#handOnSoon()
  }

  /** Together with what else is answered in this turn of the event loop. */
  #handOnSoon(): void {
    if (this.#handing || this.#error !== null) return
    this.#handing = true
    setImmediate(() => void this.#handOn())
  }

  /** An answer waits for nobody: neither for more records to come, nor for a full buffer behind. */
  async #handOn(): Promise<void> {
    try {
      for (let entry = this.#ready.shift(); entry !== undefined; entry = this.#ready.shift()) {
        if (entry.error === null || this.#isPassed(entry.error)) {
          this.#atHand = entry.record
          while (!this.#give(entry.record)) await this.#inner.drain()
          this.#atHand = null
        }
        this.#size--
        this.#changed()
      }
      this.#inner.push()
      if (this.#broken !== null) throw this.#broken
    } catch (error) {
      this.#end(error)
    }
    this.#handing = false
  }

  /** What `write` throws is about the record. */
  #give(record: RecordCopy): boolean {
    try {
      return this.#inner.write(record)
    } catch (error) {
      const located = this.locate(error)
      if (!this.#bad.goesOn || !(error instanceof BadRecordError)) throw located
      this.#bad.take(located as Error, record)
      return true
    }
  }

  #isPassed(error: FailedError): boolean {
    if (this.#options.onError === 'fail') throw error
    this.#options.onUnanswered(error)
    return this.#options.onError === 'pass'
  }

  #end(error: unknown): void {
    this.#error ??= error
    this.#fail()
    this.#changed()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve))
  }
}
