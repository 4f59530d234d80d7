// Numbered records: lines of one length that begin with their number, written as fast as they are taken, and a tally of
// what comes out at the other end, which knows of each number whether it came, and how often.

const DIGITS = 12
/** With the newline. */
export const LINE_BYTES = 101
const CHUNK_LINES = 10_000

const FILLER = '-abcdefghijklmnopqrstuvwxyz0123456789'.repeat(3).slice(0, LINE_BYTES - DIGITS - 1)
const TEMPLATE = Buffer.from(`${'0'.repeat(DIGITS)}${FILLER}\n`.repeat(CHUNK_LINES))

/** The lines `first` to `first + CHUNK_LINES - 1`. */
export function numberedLines(first) {
  const chunk = Buffer.from(TEMPLATE)
  for (let line = 0; line < CHUNK_LINES; line++) {
    let at = line * LINE_BYTES + DIGITS
    for (let number = first + line; number > 0; number = Math.floor(number / 10)) chunk[--at] = 48 + (number % 10)
  }
  return chunk
}
numberedLines.count = CHUNK_LINES

/**
 * Counts numbers, in whatever order they come, within a window above the lowest that is missing: memory is bounded
 * however many there are.
 */
export class Tally {
  /** All numbers below have come. */
  low = 0
  received = 0
  repeated = 0
  #seen

  /** @param window how far apart two numbers on their way can be, a power of two */
  constructor(window) {
    this.#seen = new Uint8Array(window)
  }

  /** Gives a taker of what one stream of numbered lines brings, which throws for what is no such line. */
  stream() {
    let rest = Buffer.alloc(0)
    return (chunk) => {
      let at = 0
      if (rest.length > 0) {
        at = Math.min(LINE_BYTES - rest.length, chunk.length)
        rest = Buffer.concat([rest, chunk.subarray(0, at)])
        if (rest.length < LINE_BYTES) return
        this.#count(rest, 0)
      }
      for (; at + LINE_BYTES <= chunk.length; at += LINE_BYTES) this.#count(chunk, at)
      rest = Buffer.from(chunk.subarray(at))
    }
  }

  #count(bytes, start) {
    let number = 0
    for (let at = start; at < start + DIGITS; at++) number = number * 10 + bytes[at] - 48
    if (!(number >= 0) || bytes[start + LINE_BYTES - 1] !== 10) throw new Error('what came out is no numbered line')
    const seen = this.#seen
    const mask = seen.length - 1
    this.received++
    if (number < this.low || seen[number & mask] === 1) return void this.repeated++
    if (number >= this.low + seen.length) throw new Error(`${number} came while ${this.low} is missing still`)
    seen[number & mask] = 1
    for (; seen[this.low & mask] === 1; this.low++) seen[this.low & mask] = 0
  }
}
