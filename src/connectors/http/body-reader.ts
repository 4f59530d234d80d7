/** A body, piece by piece: the socket stands still until the next one is asked for. */
import type { IncomingMessage } from 'node:http'
import { reasonOf } from '../../http-client.js'

export class BodyReader {
  readonly #answer: IncomingMessage
  readonly #silence: number | null
  readonly #pieces: AsyncIterator<Buffer>

  /** @param silence milliseconds after which a piece that is asked for does not come any more; null: it may */
  constructor(answer: IncomingMessage, silence: number | null) {
    this.#answer = answer
    this.#silence = silence
    this.#pieces = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** null: that was all. A text: why it broke off. Rejects with an AbortError. */
  async next(signal: AbortSignal): Promise<Buffer | string | null> {
    signal.throwIfAborted()
    const stop = (): unknown => this.#answer.destroy(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    const end = (): unknown => this.#answer.destroy(new Error('it says nothing'))
    const timer = this.#silence === null ? undefined : setTimeout(end, this.#silence)
    try {
      const piece = await this.#pieces.next()
      return piece.done ? null : piece.value
    } catch (error) {
      signal.throwIfAborted()
      return reasonOf(error as Error)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }
}
