/**
 * The bytes that are read and not done with. Bytes are moved only where a record is cut by the end of the window; it grows
 * where a record is longer.
 */
import { FailedError } from '../errors.js'

/** A single record may not be longer than this: Kafka refuses such a one anyway, and memory stays bounded. */
const MAX_RECORD = 128 << 20

export class Window {
  bytes: Buffer
  /** Where what was read ends. */
  end = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }

  /** Moves what stands from there on to the beginning. Throws where there is no room behind it. */
  keep(start: number): void {
    const tail = this.end - start
    if (tail <= this.bytes.length / 2) this.bytes.copyWithin(0, start, this.end)
    else {
      if (tail > MAX_RECORD) {
        throw new FailedError(`a record has no end within ${MAX_RECORD >> 20} MiB`, 'check --delimiter and --format')
      }
      const grown = Buffer.allocUnsafeSlow(this.bytes.length * 2)
      this.bytes.copy(grown, 0, start, this.end)
      this.bytes = grown
    }
    this.end = tail
  }
}
