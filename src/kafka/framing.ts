/**
 * Cuts a connection's bytes into responses. Each response is copied once, into a buffer of exactly its size that `place`
 * provides: for fetches one that is used again and again, since a fresh buffer of many megabytes a response costs more in
 * page faults than the copy.
 */

/** Larger than any response that a broker can give for what we ask; beyond it the peer does not speak Kafka. */
const MAX_RESPONSE = 1 << 30
/** What the peer said in its first bytes, as the reason of the error. */
export const WANTS_TLS = 'the listener wants TLS'
export const NOT_KAFKA = 'its answer is not of the Kafka protocol'

const TLS_ALERT = 0x15
const HTTP = 0x48545450

export class Framing {
  /** Size of the response (4 bytes) and its correlation id (4 bytes). */
  readonly #head = Buffer.alloc(8)
  #headLength = 0
  #body: Buffer | null = null
  #bodyLength = 0

  /**
   * @param place a buffer for a response of `size` bytes after its correlation id; throws when none is due
   * @param deliver takes a complete response
   */
  constructor(
    private readonly place: (correlationId: number, size: number) => Buffer,
    private readonly deliver: (correlationId: number, body: Buffer) => void
  ) {}

  /** Takes the next bytes; they may be overwritten afterwards. Throws an Error on bytes that Kafka does not send. */
  take(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#body === null) {
        at += this.#takeHead(chunk, at)
        if (this.#headLength < 8) return
        this.#body = this.place(this.#correlationId, this.#head.readInt32BE(0) - 4)
        this.#bodyLength = 0
      } else {
        const copied = chunk.copy(this.#body, this.#bodyLength, at)
        this.#bodyLength += copied
        at += copied
      }
      if (this.#bodyLength === this.#body.length) this.#complete(this.#body)
    }
  }

  get #correlationId(): number {
    return this.#head.readInt32BE(4)
  }

  #complete(body: Buffer): void {
    this.#body = null
    this.#headLength = 0
    this.deliver(this.#correlationId, body)
  }

  #takeHead(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#head, this.#headLength, at)
    this.#headLength += copied
    if (this.#headLength >= 4) this.#check(this.#head.readInt32BE(0))
    return copied
  }

  #check(size: number): void {
    if (size === HTTP) throw new Error('it is an HTTP server')
    if (this.#head[0] === TLS_ALERT && this.#head[1] === 3) throw new Error(WANTS_TLS)
    if (size < 4 || size > MAX_RESPONSE) throw new Error(NOT_KAFKA)
  }
}
