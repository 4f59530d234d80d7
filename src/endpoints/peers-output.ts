/**
 * Bytes for all peers that connect to us. The slowest sets the pace; one that goes is dropped. While there is none,
 * everything waits, so that the first one gets all from the beginning.
 */
import type { Server, Socket } from 'node:net'
import type { Output } from './output.js'
import { finish, forWriting, send } from './socket-connection.js'
import { type Listening, listen } from './socket-listener.js'
import { unwritten } from './socket-output.js'

export class PeersOutput implements Output {
  readonly blocks = false
  readonly state = null
  readonly #name: string
  readonly #signal: AbortSignal
  readonly #peers = new Set<Socket>()
  #server: Server | null = null
  #head: Buffer = Buffer.alloc(0)
  #wake: () => void = () => undefined

  /** @param signal ends waiting for a peer; whatever it leaves unwritten is an error */
  static async open(options: Listening, signal: AbortSignal): Promise<PeersOutput> {
    const output = new PeersOutput(options.address.name, signal)
    output.#server = await listen(options, (socket) => output.#add(socket))
    return output
  }

  private constructor(name: string, signal: AbortSignal) {
    this.#name = name
    this.#signal = signal
  }

  /** Each peer gets a header line of its own. */
  begin(head: Buffer): void {
    this.#head = head
  }

  async write(bytes: Buffer): Promise<void> {
    for (;;) {
      while (this.#peers.size === 0) await this.#somebody()
      const taken = await Promise.all([...this.#peers].map((peer) => this.#send(peer, bytes)))
      if (taken.includes(true)) return
    }
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  async close(): Promise<void> {
    this.#server?.close()
    await Promise.all([...this.#peers].map(finish))
  }

  async #send(peer: Socket, bytes: Buffer): Promise<boolean> {
    const taken = await send(peer, bytes)
    if (!taken) this.#peers.delete(peer)
    return taken
  }

  #add(socket: Socket): void {
    this.#peers.add(forWriting(socket))
    socket.on('close', () => this.#peers.delete(socket))
    if (this.#head.length > 0) socket.write(this.#head)
    this.#wake()
  }

  async #somebody(): Promise<void> {
    const signal = this.#signal
    if (signal.aborted) throw unwritten(this.#name)
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake, { once: true })
    await new Promise<void>((resolve) => (this.#wake = resolve))
    signal.removeEventListener('abort', wake)
  }
}
