/**
 * Messages in a stream of bytes, as Avro's Netty transport writes them: a serial number, how many buffers follow, and each
 * with its length before it. Big-endian, 32 bits each.
 */

/** Bytes; one that claims to be longer is none. */
const LONGEST = 128 << 20

export interface Frame {
  serial: number
  payload: Buffer
}

export class Frames {
  /** Not taken yet. */
  #chunks: Buffer[] = []
  #length = 0
  /** Of the message that is being read: its serial number, its buffers so far, and how many are missing. */
  #serial = 0
  #parts: Buffer[] = []
  #size = 0
  #missing = -1
  /** Bytes of the next buffer; -1: not known yet. */
  #next = -1

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** null: there is not all of it yet. @throws Error for what is none */
  take(): Frame | null {
    if (this.#missing < 0 && !this.#begin()) return null
    for (; this.#missing > 0; this.#missing--) {
      const part = this.#part()
      if (part === null) return null
      this.#parts.push(part)
    }
    const frame = { serial: this.#serial, payload: Buffer.concat(this.#parts) }
    this.#parts = []
    this.#size = 0
    this.#missing = -1
    return frame
  }

  #begin(): boolean {
    const head = this.#bytes(8)
    if (head === null) return false
    this.#serial = head.readInt32BE(0)
    this.#missing = head.readUInt32BE(4)
    this.#grow(this.#missing * 4)
    return true
  }

  #part(): Buffer | null {
    if (this.#next < 0) {
      const head = this.#bytes(4)
      if (head === null) return null
      this.#next = head.readUInt32BE(0)
      this.#grow(this.#next)
    }
    const part = this.#bytes(this.#next)
    if (part !== null) this.#next = -1
    return part
  }

  #grow(bytes: number): void {
    this.#size += bytes
    if (this.#size > LONGEST) throw new Error('that is no Avro RPC')
  }

  /** All of them, or none. */
  #bytes(count: number): Buffer | null {
    if (this.#length < count) return null
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    this.#length -= count
    this.#chunks = this.#length > 0 ? [all.subarray(count)] : []
    return all.subarray(0, count)
  }
}

export function framed({ serial, payload }: Frame): Buffer {
  const head = Buffer.allocUnsafe(12)
  head.writeInt32BE(serial)
  head.writeInt32BE(1, 4)
  head.writeInt32BE(payload.length, 8)
  return Buffer.concat([head, payload])
}
