/**
 * Bytes that a peer sends to us who connected to it: Flink's socketTextStream (semantics.md section 8). One stream over
 * all connections, so a record that is cut by a reconnect is whole.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Input, StreamInput } from './input.js'
import { type Connecting, connectAtLast } from './socket-connection.js'

export class SocketInput implements Input {
  readonly name: string
  readonly file = null
  readonly #options: Connecting
  #stream: StreamInput | null = null
  #ends = 0

  /** @param options `retries` counts connections that the peer ended, over the whole run: 0 and 1 both mean one */
  constructor(options: Connecting) {
    this.name = options.address.name
    this.#options = options
  }

  get idle(): boolean {
    return this.#stream?.idle ?? true
  }

  /** Throws a FailedError when a connection cannot be made or breaks: only one that was ended is made again. */
  async read(target: Buffer, offset: number, signal: AbortSignal): Promise<number> {
    const { retries, delay } = this.#options
    try {
      for (;;) {
        this.#stream ??= new StreamInput(this.name, await connectAtLast(this.#options, signal))
        const count = await this.#stream.read(target, offset, signal)
        if (count > 0 || signal.aborted) return count
        await this.close()
        this.#ends++
        if (retries !== -1 && this.#ends >= retries) return 0
        await sleep(delay, undefined, { signal })
      }
    } catch (error) {
      if (signal.aborted) return 0
      throw error
    }
  }

  async close(): Promise<void> {
    const stream = this.#stream
    this.#stream = null
    await stream?.close()
  }
}
