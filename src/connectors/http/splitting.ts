/** The body of an answer as records, as it comes: lines, elements of a JSON array, or all of it. Pure. */
import { ArraySplitter } from './array-splitter.js'
import { Gathering } from './gathering.js'

export interface Splitter {
  /** The records that end in this piece. @throws FailedError */
  take(piece: Buffer): Buffer[]
  /** What is left at the end. @throws FailedError */
  end(): Buffer[]
}

export function splitterOf(kind: 'lines' | 'array' | 'record'): Splitter {
  if (kind === 'array') return new ArraySplitter()
  return kind === 'lines' ? new LineSplitter() : new WholeBody()
}

/** A record a line; the last one may lack its line break. */
class LineSplitter implements Splitter {
  readonly #line = new Gathering()

  take(piece: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let start = 0
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, start)) {
      this.#line.add(piece.subarray(start, end))
      lines.push(this.#line.take())
      start = end + 1
    }
    if (start < piece.length) this.#line.add(piece.subarray(start))
    return lines
  }

  end(): Buffer[] {
    return this.#line.isEmpty ? [] : [this.#line.take()]
  }
}

class WholeBody implements Splitter {
  readonly #body = new Gathering()

  take(piece: Buffer): Buffer[] {
    this.#body.add(piece)
    return []
  }

  end(): Buffer[] {
    return [this.#body.take()]
  }
}
