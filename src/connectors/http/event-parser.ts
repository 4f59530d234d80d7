/** A stream of server-sent events (HTML Standard, section 9.2.6, "Interpreting an event stream"). Pure. */
import { Gathering } from './gathering.js'

export interface ServerEvent {
  data: Buffer
  /** '': it has none. */
  type: string
  /** Where to go on behind it: its own, or that of the last one that has one; '': there was none. */
  id: string
  /** Whether it has one of its own. */
  isNumbered: boolean
}

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const LINE_BREAK = Buffer.from('\n')
const MARK = Buffer.from('\ufeff')
// No header could say it.
// eslint-disable-next-line no-control-regex
const NO_ID = /[\0-\x08\x0a-\x1f\x7f]/

export class EventParser {
  /** Milliseconds before the next connection, as the server says it last; undefined: it does not. */
  retry: number | undefined
  readonly #line = new Gathering()
  readonly #data = new Gathering()
  #hasData = false
  #type = ''
  #id: string
  #isNumbered = false
  #isFirst = true
  /** Whether the last byte was one; a line feed behind it is part of the same line break. */
  #isBehindReturn = false

  /** @param id of the last event before */
  constructor(id: string) {
    this.#id = id
  }

  /** The events that end in this piece. What has not ended when the stream does is none. @throws FailedError */
  take(piece: Buffer): ServerEvent[] {
    const events: ServerEvent[] = []
    let start = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!
      if (byte !== LF && byte !== CR) {
        this.#isBehindReturn = false
        continue
      }
      const isSame = byte === LF && this.#isBehindReturn
      this.#isBehindReturn = byte === CR
      if (!isSame) {
        this.#line.add(piece.subarray(start, at))
        this.#end(this.#line.take(), events)
      }
      start = at + 1
    }
    if (start < piece.length) this.#line.add(piece.subarray(start))
    return events
  }

  #end(line: Buffer, events: ServerEvent[]): void {
    if (this.#isFirst && line.subarray(0, MARK.length).equals(MARK)) line = line.subarray(MARK.length)
    this.#isFirst = false
    if (line.length > 0) return this.#field(line)
    const [type, isNumbered] = [this.#type, this.#isNumbered]
    this.#type = ''
    this.#isNumbered = false
    if (!this.#hasData) return
    this.#hasData = false
    const data = this.#data.take()
    events.push({ data: data.subarray(0, -1), type, id: this.#id, isNumbered })
  }

  #field(line: Buffer): void {
    const colon = line.indexOf(COLON)
    const name = line.toString('utf8', 0, colon < 0 ? line.length : colon)
    const value =
      colon < 0 ? line.subarray(line.length) : line.subarray(line[colon + 1] === SPACE ? colon + 2 : colon + 1)
    switch (name) {
      case 'data':
        this.#data.add(value)
        this.#data.add(LINE_BREAK)
        this.#hasData = true
        break
      case 'event':
        this.#type = value.toString()
        break
      case 'id': {
        const id = value.toString()
        if (NO_ID.test(id)) break
        this.#id = id
        this.#isNumbered = true
        break
      }
      case 'retry': {
        const text = value.toString()
        if (/^\d{1,9}$/.test(text)) this.retry = Number(text)
      }
    }
  }
}
