/**
 * The requests of one connection: those on their way, each with its timeout, and those held back while the broker wants a
 * pause (KIP-219). In the place of kafkajs's queue, which goes by the time of day: with the clock set back its timeouts
 * and pauses last for hours, with the clock set forward everything on its way is late at once.
 */
import type { Entry, Queue, Request } from 'kafkajs/src/network/connection.js'

/** There was no answer in time. */
export class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout'
}

export class RequestQueue implements Queue {
  readonly #onTheirWay = new Map<number, { entry: Entry; timer: NodeJS.Timeout }>()
  readonly #held: Request[] = []
  readonly #timeout: number
  #pause: NodeJS.Timeout | undefined
  /** By `performance.now()`. */
  #pauseEnds = 0

  /** @param timeout milliseconds that a request has which says nothing else */
  constructor(timeout: number) {
    this.#timeout = timeout
  }

  /** What waits for the answer with this id. */
  entryOf(correlationId: number): Entry | undefined {
    return this.#onTheirWay.get(correlationId)?.entry
  }

  push(request: Request): void {
    if (this.#pause) this.#held.push(request)
    else this.#send(request)
  }

  fulfillRequest({ correlationId, payload, size }: { correlationId: number; payload: Buffer; size: number }): void {
    const { entry, timer } = this.#onTheirWay.get(correlationId)!
    clearTimeout(timer)
    this.#onTheirWay.delete(correlationId)
    entry.resolve({ correlationId, entry, size, payload })
  }

  rejectAll(error: Error): void {
    const all = [...this.#onTheirWay.values(), ...this.#held.splice(0)]
    for (const { timer } of this.#onTheirWay.values()) clearTimeout(timer)
    this.#onTheirWay.clear()
    for (const { entry } of all) entry.reject(error)
  }

  /** Holds back, for so many milliseconds, what is sent from now on. */
  maybeThrottle(milliseconds: number | null | undefined): void {
    const ends = performance.now() + (milliseconds ?? 0)
    if (!milliseconds || ends <= this.#pauseEnds) return
    this.#pauseEnds = ends
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      for (const request of this.#held.splice(0)) this.#send(request)
    }, milliseconds)
  }

  /** kafkajs would begin to look after its timeouts. */
  scheduleRequestTimeoutCheck(): void {
    return
  }

  /** kafkajs asks before it ends the socket: then all of them have been rejected. */
  waitForPendingRequests(): Promise<void> {
    return Promise.resolve()
  }

  destroy(): void {
    clearTimeout(this.#pause)
  }

  #send({ entry, expectResponse, requestTimeout, sendRequest }: Request): void {
    const { correlationId } = entry
    if (expectResponse) {
      const timer = setTimeout(() => {
        this.#onTheirWay.delete(correlationId)
        entry.reject(new RequestTimeout(`no answer to ${entry.apiName}`))
      }, requestTimeout ?? this.#timeout)
      this.#onTheirWay.set(correlationId, { entry, timer })
    }
    sendRequest()
  }
}
