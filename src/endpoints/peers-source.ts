/**
 * A source that peers connect to, many at once. Each has a parser and a window of its own, so records of two are never
 * mixed; while a chunk of one waits its turn, nothing more is read from that one. It ends with the signal alone.
 */
import type { Server, Socket } from 'node:net'
import { SluiceError } from '../errors.js'
import type { Source } from '../flow/endpoint.js'
import type { Parser } from '../formats/format.js'
import type { Records } from '../records/records.js'
import { StreamInput } from './input.js'
import { type Listening, listen } from './socket-listener.js'
import { TextSource, only } from './text-source.js'

/** Bytes of a peer's window at first: there may be thousands of them. */
const WINDOW = 1 << 16

interface Chunk {
  peer: TextSource
  records: Records
}

export class PeersSource implements Source {
  readonly #options: Listening
  readonly #createParser: () => Promise<Parser>
  readonly #closing = new AbortController()
  readonly #peers = new Set<TextSource>()
  #server: Server | null = null
  /** In the order in which they came, at most one of each peer. */
  readonly #chunks: Chunk[] = []
  /** Whose chunk was given last. */
  #current: TextSource | null = null
  #error: unknown = null
  #wake: () => void = () => undefined

  /** It listens from the first `read` on: when what the peers send can go somewhere. */
  constructor(options: Listening, createParser: () => Promise<Parser>) {
    this.#options = options
    this.#createParser = createParser
  }

  get idle(): boolean {
    return this.#chunks.length === 0
  }

  /** What was received before the signal is still given. */
  async read(signal: AbortSignal): Promise<Records | null> {
    this.#server ??= await listen(this.#options, (socket, name) => this.#add(socket, name))
    if (this.#current && !signal.aborted) this.#ask(this.#current)
    this.#current = null
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake, { once: true })
    try {
      while (this.#chunks.length === 0 && this.#error === null && !signal.aborted) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
    const chunk = this.#chunks.shift()
    if (this.#error !== null) throw this.#error as Error
    this.#current = chunk?.peer ?? null
    return chunk?.records ?? null
  }

  locate(error: unknown): unknown {
    return this.#current ? this.#current.locate(error) : error
  }

  async close(): Promise<void> {
    this.#server?.close()
    this.#closing.abort()
    await Promise.all([...this.#peers].map((peer) => peer.close()))
  }

  #add(socket: Socket, name: string): void {
    const input = new StreamInput(name, socket)
    const peer = new TextSource(only(input), this.#createParser, WINDOW)
    this.#peers.add(peer)
    this.#ask(peer)
  }

  /** Reads the next chunk of a peer, which makes the one before invalid. */
  #ask(peer: TextSource): void {
    peer
      .read(this.#closing.signal)
      .then(
        (records) => {
          if (records === null) this.#drop(peer)
          else this.#chunks.push({ peer, records: records as Records })
        },
        (error: unknown) => {
          // What is wrong with one peer (a reset, a record without end) is no reason to end the others.
          if (!(error instanceof SluiceError)) this.#error = error
          else this.#options.notice(`${error.line}: dropped`)
          this.#drop(peer)
        }
      )
      .finally(() => this.#wake())
  }

  #drop(peer: TextSource): void {
    this.#peers.delete(peer)
    void peer.close()
  }
}
