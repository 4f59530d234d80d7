/**
 * What a URL says, read once or looked at again and again: a version of it after the other, by the names that the server
 * gives them. A version that breaks off is gone on with where it still is the same, else read from its beginning.
 */
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Batch, EndpointSource, SourceContext } from '../../endpoint-module.js'
import { FailedError } from '../../errors.js'
import { BodyReader } from './body-reader.js'
import type { sourceOptions } from './options.js'
import { askHeaders, isEventStream, isNamed, isSame, type Version, versionOf } from './position.js'
import { type HttpServer, SILENCE } from './server.js'
import { type Splitter, splitterOf } from './splitting.js'

type Context = SourceContext<typeof sourceOptions>

/** A version that is being read. */
interface Reading {
  version: Version
  body: BodyReader
  splitter: Splitter
  /** Records so far. */
  count: number
  /** How many of the first ones were given by an earlier reading. */
  passedBy: number
}

export class PolledSource implements EndpointSource {
  readonly #server: HttpServer
  readonly #context: Context
  /** The last one that was read, and how much of it: null: all. */
  #last: (Version & { records: number | null }) | null
  #reading: Reading | null = null
  /** What is not looked at yet. */
  #answer: IncomingMessage | null
  /** Whether all of a version was given since it was asked for last. */
  #isDone = false

  constructor(server: HttpServer, context: Context, answer: IncomingMessage) {
    const position = context.position as null | (Version & { records: bigint | null })
    this.#server = server
    this.#context = context
    this.#answer = answer
    this.#last =
      position && 'etag' in position
        ? { ...position, records: position.records === null ? null : Number(position.records) }
        : null
  }

  async read(signal: AbortSignal): Promise<Batch | null> {
    const { poll } = this.#context.options
    this.#server.patience.signal = signal
    for (;;) {
      if (this.#reading) {
        const batch = await this.#next(this.#reading, signal)
        if (batch) return batch
        continue
      }
      if (this.#isDone) {
        if (poll === undefined) return null
        await delay(poll, undefined, { signal })
      }
      this.#isDone = false
      const answer = this.#answer ?? (await this.#server.ask({ method: 'GET', headers: askHeaders(this.#last) }))
      this.#answer = null
      await this.#begin(answer)
    }
  }

  close(): Promise<void> {
    this.#server.close()
    return Promise.resolve()
  }

  async #begin(answer: IncomingMessage): Promise<void> {
    const version = versionOf(answer)
    const last = this.#last
    const status = answer.statusCode!
    // A server that knows nothing of conditions may still name what it says.
    const isKnown = last?.records === null && last.etag !== null && last.etag === version.etag
    if (status === 204 || status === 304 || (status === 200 && isKnown)) {
      await this.#server.leave(answer)
      this.#isDone = true
      return
    }
    if (status < 200 || status >= 300) throw await this.#server.refusal(answer)
    const encoding = answer.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'identity') throw new FailedError(`its answer is packed (${encoding})`, 'have it sent as it is')
    if (isEventStream(answer)) throw new FailedError('is a stream of events now', 'start it again')
    if (this.#context.wantsPositions && !isNamed(version)) {
      throw new FailedError(
        'its answers have neither ETag nor Last-Modified, by which to go on',
        'leave --checkpoint out'
      )
    }
    const passedBy = last?.records != null && isSame(last, version) ? last.records : 0
    if (last?.records && passedBy === 0) this.#context.notice('may not be what it was: read from its beginning')
    this.#reading = {
      version,
      body: new BodyReader(answer, SILENCE),
      splitter: splitterOf(this.#context.options.body),
      count: 0,
      passedBy
    }
  }

  /** null: there is nothing yet. */
  async #next(reading: Reading, signal: AbortSignal): Promise<Batch | null> {
    const piece = await reading.body.next(signal)
    if (typeof piece === 'string') {
      this.#reading = null
      const { version, count, passedBy } = reading
      this.#last = { ...version, records: Math.max(count, passedBy) }
      await this.#server.patience.failed(`broke off: ${piece}`)
      return null
    }
    if (piece !== null) return this.#batchOf(reading, reading.splitter.take(piece))
    const batch = this.#batchOf(reading, reading.splitter.end())
    this.#reading = null
    this.#isDone = true
    this.#last = { ...reading.version, records: null }
    return { ...batch, position: this.#last, idle: true }
  }

  #batchOf(reading: Reading, values: Buffer[]): Batch {
    const { version, count, passedBy } = reading
    const fresh = values.slice(Math.max(0, passedBy - count))
    const before = count + values.length - fresh.length
    reading.count += values.length
    const behind = (taken: number): { position: object; taken: number } => ({
      position: { ...version, records: before + taken },
      taken: 0
    })
    return { messages: fresh.map((value) => ({ value })), ...behind(fresh.length), behind }
  }
}
