/** A record whose pieces come one after the other, up to a length. */
import { FailedError } from '../../errors.js'

/** Bytes. */
const LONGEST = 16 << 20

export class Gathering {
  #pieces: Buffer[] = []
  #length = 0

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** @throws FailedError for a record that is too long */
  add(piece: Buffer): void {
    this.#length += piece.length
    if (this.#length > LONGEST) {
      throw new FailedError(`a record is longer than ${LONGEST >> 20} MiB`, 'check the option body')
    }
    this.#pieces.push(piece)
  }

  /** All of it; the next record begins. */
  take(): Buffer {
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#length = 0
    return all
  }
}
