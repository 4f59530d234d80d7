/**
 * Bytes for a peer that we connect to: Flink's writeToSocket (semantics.md section 8), but patient. What the system has
 * not taken when a connection breaks is written again, whole records from their beginning, to the next one.
 */
import type { Socket } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { FailedError } from '../errors.js'
import type { Output } from './output.js'
import { type Connecting, connect, connectAtLast, finish, forWriting, reasonOf, send } from './socket-connection.js'

export class SocketOutput implements Output {
  readonly blocks = false
  readonly state = null
  readonly #options: Connecting
  readonly #signal: AbortSignal
  #socket: Socket

  /**
   * @param options `retries` counts the attempts to write the same bytes to another connection
   * @param signal ends waiting for a peer; whatever it leaves unwritten is an error
   */
  static async open(options: Connecting, signal: AbortSignal): Promise<SocketOutput> {
    return new SocketOutput(await connectAtLast(options, signal), options, signal)
  }

  private constructor(socket: Socket, options: Connecting, signal: AbortSignal) {
    this.#socket = forWriting(socket)
    this.#options = options
    this.#signal = signal
  }

  async write(bytes: Buffer): Promise<void> {
    // An end of the connection that came together with what is written is noticed by then.
    await turn()
    if (await send(this.#socket, bytes)) return
    const { address, retries, notice } = this.#options
    if (retries !== 0) notice(`${address.name} is gone: connecting again`)
    let reason = 'the connection broke'
    for (let attempt = 0; attempt < retries || retries === -1; attempt++) {
      try {
        await this.#reconnect(attempt)
        if (await send(this.#socket, bytes)) return notice(`${address.name} is there again`)
      } catch (error) {
        if (this.#signal.aborted) throw unwritten(address.name, error)
        reason = reasonOf((error as Error).cause)
      }
    }
    const advice = 'start it again, or give more retries (-1: for ever)'
    throw new FailedError(`cannot write to ${address.name}: ${reason}`, advice)
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return finish(this.#socket)
  }

  /** At first at once, then after the delay. */
  async #reconnect(attempt: number): Promise<void> {
    if (attempt > 0) await sleep(this.#options.delay, undefined, { signal: this.#signal })
    this.#socket = forWriting(await connect(this.#options.address, this.#signal))
  }
}

/** Ended while nobody was there who would take what was read. */
export function unwritten(name: string, cause?: unknown): FailedError {
  const advice = 'run it again from where it was, which a group or a checkpoint keeps'
  return new FailedError(`nobody is there at ${name}: what was read last is not written`, advice, { cause })
}
