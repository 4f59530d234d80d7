/**
 * Decodes what a topic gives before anybody else looks at it: event times, fields and lookups see JSON.
 */
import type { Records } from '../records/records.js'
import type { Observer } from './fetched-records.js'

export interface RecordDecoder {
  /** Decodes the record at the cursor in place. A promise: once that resolves, it is to be asked again. Throws for a bad one. */
  decode(records: Records): Promise<void> | null
}

export class Decoding implements Observer {
  readonly #decoder: RecordDecoder
  readonly #next: Observer | null

  /** @param next looks at the records after that */
  constructor(decoder: RecordDecoder, next: Observer | null) {
    this.#decoder = decoder
    this.#next = next
  }

  add(topic: string, partition: number): void {
    this.#next?.add(topic, partition)
  }

  remove(topic: string, partition: number): void {
    this.#next?.remove(topic, partition)
  }

  enter(topic: string, partition: number): void {
    this.#next?.enter(topic, partition)
  }

  observe(records: Records): ReturnType<Observer['observe']> {
    return this.#decoder.decode(records) ?? this.#next?.observe(records) ?? 'give'
  }
}
