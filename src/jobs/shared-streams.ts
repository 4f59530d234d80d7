/**
 * The standard streams for several subtasks: what one of them writes at once stands together, and what all of them write
 * first stands there once.
 */
import { type Output, standardOutput } from '../endpoints/output.js'
import type { Stream } from './main-thread.js'

interface Shared {
  output: Output
  /** The write under way, or the last one. */
  last: Promise<void>
}

export class SharedStreams {
  readonly #streams = new Map<Stream, Shared>()

  /** Takes what stands before the first record, from each subtask before its first. */
  begin(stream: Stream, head: Uint8Array): void {
    if (this.#streams.has(stream)) return
    // What goes wrong is said by the next write.
    void this.write(stream, head).catch(() => undefined)
  }

  /** Resolves when the bytes are written. Rejects with ReaderGoneError where nobody reads any more. */
  write(stream: Stream, bytes: Uint8Array): Promise<void> {
    const shared = this.#streams.get(stream) ?? { output: standardOutput(stream), last: Promise.resolve() }
    this.#streams.set(stream, shared)
    const done = shared.last.then(() => shared.output.write(Buffer.from(bytes.buffer)))
    shared.last = done
    done.catch(() => undefined)
    return done
  }
}
