/**
 * Writes the primitives of the Kafka protocol into a request. What is written piece by piece is copied into small
 * buffers; a record batch goes out as it is, between them. Compact forms (KIP-482) as in `reader.ts`.
 */

export class Writer {
  private readonly pieces: Buffer[] = []
  private bytes: Buffer
  private start = 0
  private at = 0

  constructor(
    readonly flexible = false,
    capacity = 512
  ) {
    this.bytes = Buffer.allocUnsafe(capacity)
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  int8(value: number): this {
    this.ensure(1)
    this.at = this.bytes.writeInt8(value, this.at)
    return this
  }

  int16(value: number): this {
    this.ensure(2)
    this.at = this.bytes.writeInt16BE(value, this.at)
    return this
  }

  int32(value: number): this {
    this.ensure(4)
    this.at = this.bytes.writeInt32BE(value, this.at)
    return this
  }

  int64(value: bigint): this {
    this.ensure(8)
    this.at = this.bytes.writeBigInt64BE(value, this.at)
    return this
  }

  uvarint(value: number): this {
    this.ensure(5)
    for (; value >= 0x80; value = Math.floor(value / 0x80)) this.bytes[this.at++] = (value & 0x7f) | 0x80
    this.bytes[this.at++] = value
    return this
  }

  string(value: string | null): this {
    const length = value === null ? -1 : Buffer.byteLength(value)
    if (this.flexible) this.uvarint(length + 1)
    else this.int16(length)
    if (value === null) return this
    this.ensure(length)
    this.at += this.bytes.write(value, this.at, 'utf8')
    return this
  }

  array<T>(elements: readonly T[] | null, element: (value: T, to: this) => void): this {
    const count = elements === null ? -1 : elements.length
    if (this.flexible) this.uvarint(count + 1)
    else this.int32(count)
    if (elements !== null) for (const value of elements) element(value, this)
    return this
  }

  /** Bytes with their length; they are referred to, not copied, and must not change until they are sent. */
  reference(bytes: Buffer): this {
    if (this.flexible) this.uvarint(bytes.length + 1)
    else this.int32(bytes.length)
    this.cut()
    this.pieces.push(bytes)
    return this
  }

  /** Bytes as they are, copied. */
  raw(bytes: Uint8Array): this {
    this.ensure(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
    return this
  }

  /** Ends a structure: no tagged fields, where the version has any. */
  tags(): this {
    return this.flexible ? this.uvarint(0) : this
  }

  /** Everything written, in order. */
  finish(): Buffer[] {
    this.cut()
    return this.pieces
  }

  private cut(): void {
    if (this.at > this.start) this.pieces.push(this.bytes.subarray(this.start, this.at))
    this.start = this.at
  }

  private ensure(count: number): void {
    if (this.at + count <= this.bytes.length) return
    this.cut()
    this.bytes = Buffer.allocUnsafe(Math.max(count, this.bytes.length * 2))
    this.start = this.at = 0
  }
}

/** Request header v1, or v2 in flexible versions, with the size of the whole in front. */
export function requestHead(
  key: number,
  version: number,
  correlationId: number,
  clientId: string,
  flexible: boolean,
  body: Buffer[]
): Buffer {
  const client = Buffer.from(clientId)
  const head = Buffer.allocUnsafe(14 + client.length + (flexible ? 1 : 0))
  let size = head.length - 4
  for (const piece of body) size += piece.length
  head.writeInt32BE(size, 0)
  head.writeInt16BE(key, 4)
  head.writeInt16BE(version, 6)
  head.writeInt32BE(correlationId, 8)
  head.writeInt16BE(client.length, 12)
  client.copy(head, 14)
  if (flexible) head[head.length - 1] = 0
  return head
}
