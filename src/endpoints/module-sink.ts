/**
 * The sink of a module as a sink of ours: records are gathered into batches, of which as many are under way as the module
 * takes. In memory there are these and the one that is being filled.
 */
import type { EndpointSink, Message, Rejected } from '../endpoint-module.js'
import { BadRecordError } from '../errors.js'
import type { Sink, SinkState } from '../flow/endpoint.js'
import type { BadRecords } from '../flow/run.js'
import { locatedAt } from '../records/place.js'
import type { Records } from '../records/records.js'
import { MessageRecords, messageAt } from './message-records.js'
import type { ModuleName } from './module-name.js'

const MESSAGES = 1000
const BYTES = 1_000_000

class Gathered {
  readonly messages: Message[] = []
  /** Where each record stands in a text. */
  readonly places: { file: string; line: number }[] = []
  bytes = 0

  add(records: Records): void {
    const message = messageAt(records)
    this.messages.push(message)
    this.places.push({ file: records.file, line: records.line })
    this.bytes += (message.key?.length ?? 0) + (message.value?.length ?? 0)
  }
}

export class ModuleSink implements Sink {
  readonly failed: Promise<void>
  /** Written so far. */
  records = 0
  /** Of keys and values. */
  bytes = 0
  readonly #sink: EndpointSink
  readonly #name: ModuleName
  readonly #bad: BadRecords
  readonly #commit: () => Promise<void>
  readonly #limits: { messages: number; bytes: number; concurrency: number }
  readonly #running = new Set<Promise<void>>()
  #filling = new Gathered()
  #pushing = false
  #closed = false
  #error: unknown = null
  #fail!: () => void

  /**
   * @param bad what becomes of a record that the module rejects
   * @param commit makes what was written final, where it is not yet
   */
  constructor(sink: EndpointSink, name: ModuleName, bad: BadRecords, commit: () => Promise<void>) {
    const { batch: { messages = MESSAGES, bytes = BYTES } = {}, concurrency = 1 } = sink
    this.#sink = sink
    this.#name = name
    this.#bad = bad
    this.#commit = commit
    this.#limits = { messages, bytes, concurrency }
    this.failed = new Promise((resolve) => (this.#fail = resolve))
  }

  write(records: Records): boolean {
    while (this.#error === null) {
      if (this.#isFull && !this.#send()) return false
      if (!records.next()) return true
      this.#filling.add(records)
    }
    return false
  }

  async drain(): Promise<void> {
    while (this.#error === null && this.#isFull && !this.#hasRoom) await Promise.race(this.#running)
    if (this.#error !== null) throw this.#error as Error
  }

  push(): void {
    this.#pushing = true
    this.#send()
  }

  async flush(): Promise<void> {
    while (this.#error === null && (this.#filling.messages.length > 0 || this.#running.size > 0)) {
      this.#send()
      await Promise.race(this.#running)
    }
    if (this.#error !== null) throw this.#error as Error
  }

  state(): SinkState {
    return { output: null, transaction: null }
  }

  async commit(): Promise<void> {
    await this.#name.call(this.#commit)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all(this.#running)
    await this.#name.call(() => this.#sink.close())
  }

  get #isFull(): boolean {
    const { messages, bytes } = this.#limits
    return this.#filling.messages.length >= messages || this.#filling.bytes >= bytes
  }

  get #hasRoom(): boolean {
    return this.#running.size < this.#limits.concurrency
  }

  /** False: there is no room for another batch under way. */
  #send(): boolean {
    if (!this.#hasRoom || this.#error !== null) return false
    if (this.#filling.messages.length === 0) return true
    const gathered = this.#filling
    this.#filling = new Gathered()
    this.#pushing = false
    const running = this.#write(gathered).then(() => {
      this.#running.delete(running)
      if (this.#pushing || this.#isFull) this.#send()
    })
    this.#running.add(running)
    return true
  }

  /** Never rejects: what went wrong is kept. */
  async #write(gathered: Gathered): Promise<void> {
    const { messages, bytes } = gathered
    try {
      const told = (await this.#name.call(() => this.#sink.write(messages))) ?? []
      // A module may find out about some before it asks its system about the others.
      const rejected = told.toSorted((a, b) => a.index - b.index)
      // Where one ends the run, what was written before it counts.
      const [first] = this.#bad.goesOn ? [] : rejected
      this.records += first ? first.index : messages.length - rejected.length
      this.bytes += bytes
      for (const one of rejected) this.#reject(gathered, one)
    } catch (error) {
      this.#error ??= error
      this.#fail()
    }
  }

  #reject({ messages, places }: Gathered, { index, reason }: Rejected): void {
    const { file, line } = places[index] ?? { file: '', line: 0 }
    const record = new MessageRecords()
    record.open(messages.slice(index, index + 1), 0, file, line)
    record.next()
    const error = new BadRecordError(`${String(this.#name)} refuses the record: ${this.#name.masked(reason)}`)
    const located = locatedAt(record, error)
    if (!this.#bad.goesOn) throw located
    this.#bad.take(located, record)
  }
}
