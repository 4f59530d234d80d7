/**
 * Which brokers may be asked for records now. A broker's responses come into two buffers in turn (`Wire.call`): while one
 * is decoded, the next may arrive, but no third. So where the next one brings nothing, none is asked for after it until
 * the decoder is done, which can take long when whoever takes the records is slow.
 */
export class FetchTurns {
  /** With a fetch in flight, a response that is not taken yet, or one that brought nothing too soon. */
  readonly #busy = new Set<number>()
  /** Whose response was taken last; null: it is done with. */
  #decoding: number | null = null
  /** The next response of that broker brought nothing. */
  #early = false

  isFree(nodeId: number): boolean {
    return !this.#busy.has(nodeId)
  }

  get allFree(): boolean {
    return this.#busy.size === 0
  }

  asked(nodeId: number): void {
    this.#busy.add(nodeId)
  }

  /** Its response is being decoded from now on. */
  taken(nodeId: number): void {
    this.#busy.delete(nodeId)
    this.#decoding = nodeId
  }

  /** Its response, if there was one, is of no use. */
  broughtNothing(nodeId: number): void {
    if (nodeId === this.#decoding) this.#early = true
    else this.#busy.delete(nodeId)
  }

  /** What was taken last is done with. True: a broker is free by that. */
  decoded(): boolean {
    const isFreed = this.#early
    if (isFreed) this.#busy.delete(this.#decoding!)
    this.#early = false
    this.#decoding = null
    return isFreed
  }
}
