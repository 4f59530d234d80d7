/**
 * The source of a module as a source of ours: its batches one after the other, how far the sink has taken them, and which
 * of them may be acknowledged.
 */
import type { Batch, EndpointSource, Json } from '../endpoint-module.js'
import { FailedError } from '../errors.js'
import type { EndpointPosition, Pause, ResumableSource, SourceState } from '../flow/endpoint.js'
import { exactText } from '../flow/exact-json.js'
import { locatedAt } from '../records/place.js'
import type { Records } from '../records/records.js'
import { MessageRecords } from './message-records.js'
import type { ModuleName } from './module-name.js'

export interface ModuleSourceOptions {
  name: ModuleName
  /** Of its positions, as a checkpoint has it; null: it has none. */
  place: string | null
  /** Where it was opened. */
  restored: EndpointPosition | null
}

export class ModuleSource implements ResumableSource {
  readonly #source: EndpointSource
  readonly #options: ModuleSourceOptions
  readonly #records = new MessageRecords()
  readonly #stop = new AbortController()
  /** What comes next: it may be waited for longer than one call of `read`. */
  #next: Promise<Batch | null> | null = null
  /** Whose records are being taken. */
  #batch: Batch | null = null
  /** Of the last batch that was taken wholly. */
  #position: Json
  #acknowledgeable: unknown
  /** Records taken behind the position, not counting those of `#batch`. */
  #taken = 0
  /** Records behind the position that an earlier run has taken, and that were not passed by yet. */
  #skip: number
  /** Given since it was settled last. */
  #unsettled = 0
  #interrupted = false
  #closed = false
  #wake: () => void = () => undefined

  constructor(source: EndpointSource, options: ModuleSourceOptions) {
    const { restored } = options
    this.#source = source
    this.#options = options
    this.#position = restored?.position ?? null
    this.#skip = restored?.taken ?? 0
  }

  get idle(): boolean {
    return this.#batch?.idle ?? false
  }

  /** The position of the last batch that the sink has taken wholly; undefined: there is none. */
  get acknowledgeable(): unknown {
    this.#note()
    return this.#acknowledgeable
  }

  /** What was on its way when the signal came is still given. */
  async read(signal: AbortSignal): Promise<Records | Pause | null> {
    if (!this.#next) this.#note()
    if (this.#mustSettle && !signal.aborted) return this.#settle()
    if (signal.aborted && !this.#next) return null
    this.#next ??= this.#ask()
    const stop = (): void => this.#stop.abort()
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await this.#interruption(this.#next)
      if (this.#interrupted) return this.#settle()
      const batch = await this.#next
      this.#next = null
      return batch && this.#open(batch)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  state(): SourceState {
    this.#note()
    const { place } = this.#options
    const endpoint = place === null ? null : { place, ...this.#reached() }
    return { positions: [], files: [], elements: 0, endpoint }
  }

  interrupt(): void {
    this.#interrupted = true
    this.#wake()
  }

  locate(error: unknown, goesOn = false): unknown {
    const located = error instanceof FailedError ? locatedAt(this.#records, error) : error
    if (!goesOn && this.#batch) this.#records.given--
    return located
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#stop.abort()
    await this.#next?.catch(() => undefined)
    await this.#options.name.call(() => this.#source.close())
  }

  /** Half of what the system hands out may wait for an acknowledgement while the other half is under way. */
  get #mustSettle(): boolean {
    const { window = Infinity } = this.#source
    return this.#interrupted || (this.#unsettled > 0 && this.#unsettled >= window / 2)
  }

  #settle(): Pause {
    this.#interrupted = false
    this.#unsettled = 0
    return 'settle'
  }

  /** Resolves when there is something or someone interrupts. */
  #interruption(next: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = resolve
      next.then(() => resolve(), reject)
    })
  }

  async #ask(): Promise<Batch | null> {
    const { name } = this.#options
    let batch: Batch | null
    try {
      batch = await this.#source.read(this.#stop.signal)
    } catch (error) {
      if (this.#stop.signal.aborted && (error as Error).name === 'AbortError') return null
      throw name.failure(error)
    }
    if (batch === null || Array.isArray(batch.messages)) return batch
    throw new FailedError(`${String(name)}: read() gave no batch`, 'give { messages: [] }, or null at the end')
  }

  #open(batch: Batch): Records {
    const { messages } = batch
    const passedBy = Math.min(this.#skip, messages.length)
    this.#skip -= passedBy
    this.#unsettled += messages.length - passedBy
    this.#batch = batch
    this.#records.open(messages, passedBy, this.#placeText(), this.#taken + 1)
    return this.#records
  }

  /** Of records that do not say where they stand themselves. */
  #placeText(): string {
    const { name, place } = this.#options
    return place === null || this.#position === null
      ? String(name)
      : `${String(name)} after ${exactText(this.#position)}`
  }

  /** The nearest position, and how many records were taken behind it. */
  #reached(): { position: Json; taken: number } {
    const given = this.#batch ? this.#records.given : 0
    const amid = given > 0 && this.#skip === 0 ? this.#batch!.behind?.(given) : undefined
    if (amid) return amid as { position: Json; taken: number }
    return { position: this.#position, taken: this.#taken + given + this.#skip }
  }

  /** Counts the batch at hand as taken, once all of it is. */
  #note(): void {
    if (!this.#batch || !this.#records.ended) return
    const { messages, position } = this.#batch
    this.#batch = null
    if (position === undefined) {
      this.#taken += messages.length
      return
    }
    this.#acknowledgeable = position
    this.#taken = 0
    if (this.#options.place !== null) this.#position = position as Json
  }
}
