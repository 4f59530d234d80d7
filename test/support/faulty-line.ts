/**
 * One way of a proxied connection. Messages of Kafka's protocol are told apart (a length of 4 bytes, then so many bytes),
 * so that a fault can be at a certain byte of a certain one.
 */
import type { Socket } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'

export type Way = 'requests' | 'responses'

/** What is the matter with a line from now on, both ways. */
export interface Faults {
  /** Milliseconds that bytes are on their way. */
  latency: number
  /** So many bytes pass at a time. */
  trickle: number
}

/** Where a connection is reset, once: before this byte of the message of this number. */
export interface Cut {
  way: Way
  message: number
  byte: number
}

/** The messages that went one way, on whichever connection, by when they began: their bytes, with those of the length. */
export class Messages {
  readonly sizes: number[] = []
  cut: Cut | null = null
}

export class Line {
  readonly #to: Socket
  readonly #faults: Faults
  readonly #messages: Messages
  /** What was taken is passed on in its order. */
  #passed: Promise<void> = Promise.resolve()
  #isCut = false
  #number = 0
  #position = 0
  #size = 0

  constructor(to: Socket, faults: Faults, messages: Messages) {
    this.#to = to
    this.#faults = faults
    this.#messages = messages
  }

  take(chunk: Buffer): void {
    if (this.#isCut) return
    const { latency, trickle } = this.#faults
    const end = this.#cutIn(chunk)
    const due = performance.now() + latency
    this.#passed = this.#passed.then(async () => {
      const wait = due - performance.now()
      if (wait > 0) await sleep(wait)
      for (let at = 0; at < end && !this.#to.destroyed; at += trickle) {
        this.#to.write(chunk.subarray(at, Math.min(at + trickle, end)))
        if (trickle < Infinity) await turn()
      }
      if (end === chunk.length) return
      // What came before it has arrived.
      await turn()
      this.#to.resetAndDestroy()
    })
  }

  /** Ends the other side as well, once it has what was on its way. */
  end(): void {
    void this.#passed.then(() => this.#to.destroy())
  }

  /** How much of a chunk comes before the cut. */
  #cutIn(chunk: Buffer): number {
    const messages = this.#messages
    for (let at = 0; at < chunk.length;) {
      if (this.#position === 0) this.#number = messages.sizes.push(4) - 1
      const isLength = this.#position < 4
      const step = isLength ? 1 : Math.min(chunk.length - at, this.#size - this.#position)
      const { message, byte } = messages.cut ?? { message: -1, byte: 0 }
      if (this.#number === message && byte < this.#position + step) {
        messages.cut = null
        this.#isCut = true
        return at + byte - this.#position
      }
      if (isLength) this.#size = this.#size * 256 + chunk[at]!
      this.#position += step
      at += step
      if (this.#position === 4) messages.sizes[this.#number] = this.#size += 4
      if (this.#position >= 4 && this.#position === this.#size) this.#position = this.#size = 0
    }
    return chunk.length
  }
}
