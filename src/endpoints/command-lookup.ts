/**
 * Records looked up by a command, which is started once: it is given values, each on a line, and answers each with a line
 * of JSON, in the same order. Several lines are under way at a time.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { FailedError } from '../errors.js'
import type { Lookup, Question } from '../flow/lookup.js'
import { type Member, type Slot, withAnswer } from '../formats/json-answer.js'
import { writeCompact } from '../formats/json-scanner.js'
import { ByteWriter } from '../records/byte-writer.js'
import type { Records } from '../records/records.js'

const NEWLINE = 0x0a
/** No answer is longer than this. Bytes. */
const LONGEST = 16 << 20
/** How long a command may go on when its input has ended, ms. */
const GRACE = 2000

export class CommandLookup implements Lookup {
  readonly broken: Promise<FailedError>
  readonly #command: string
  readonly #member: Member
  readonly #capacity: number
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #ended: Promise<void>
  /** Not given to it yet: it has lines enough, of which some are given up. */
  readonly #waiting: Line[] = []
  /** Given to it, in this order. */
  readonly #given: Line[] = []
  /** What there is of the answer that comes next. */
  #chunks: Buffer[] = []
  #length = 0
  /** Lines of this turn of the event loop, which go out together. */
  readonly #lines = new ByteWriter()
  #closing = false
  /** It came when all was answered: some answer was not that of its record. */
  #surplus: FailedError | null = null
  #break!: (error: FailedError) => void

  /** @param capacity lines that it is given without having answered them */
  constructor(command: string, member: Member, capacity: number) {
    this.#command = command
    this.#member = member
    this.#capacity = capacity
    this.broken = new Promise((resolve) => (this.#break = resolve))
    // A group of its own: Ctrl-C does not reach it, so that what is under way is still answered.
    this.#child = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    this.#child.stdin.on('error', () => undefined)
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        this.#fail(`cannot be started: ${error.code ?? error.message}`)
        resolve()
      })
      this.#child.on('close', (code, signal) => {
        if (this.#length > 0) this.#answer(Buffer.concat(this.#chunks))
        this.#fail(
          signal ? `was ended by ${signal}` : `ended with exit status ${code}`,
          'it should go on until its input ends'
        )
        resolve()
      })
    })
  }

  ask(record: Records, answered: (answer: Buffer | string) => void): Question {
    const line = new Line(this.#command, record, this.#member.slotIn(record), answered)
    this.#waiting.push(line)
    this.#give()
    return line
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#kill(), GRACE)
    await this.#ended
    clearTimeout(timer)
    if (this.#surplus) throw this.#surplus
  }

  #give(): void {
    while (this.#given.length < this.#capacity) {
      const line = this.#waiting.shift()
      if (!line) return
      if (line.isGivenUp) continue
      this.#given.push(line)
      if (this.#lines.length === 0) setImmediate(() => this.#send())
      line.writeTo(this.#lines)
    }
  }

  #send(): void {
    this.#child.stdin.write(Buffer.from(this.#lines.view()))
    this.#lines.clear()
  }

  #receive(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const rest = chunk.subarray(start, end)
      this.#answer(this.#length === 0 ? rest : Buffer.concat([...this.#chunks, rest]))
      start = end + 1
    }
    if (start === chunk.length) return
    this.#chunks.push(chunk.subarray(start))
    this.#length += chunk.length - start
    if (this.#length > LONGEST) this.#fail(`answered with more than ${LONGEST >> 20} MiB on a line`)
  }

  #answer(answer: Buffer): void {
    this.#chunks = []
    this.#length = 0
    const line = this.#given.shift()
    if (line) line.answer(answer)
    else {
      this.#surplus = this.#error('wrote more lines than it was given', 'it should answer each line with one')
      this.#break(this.#surplus)
    }
    this.#give()
  }

  #fail(problem: string, advice?: string): void {
    if (!this.#closing) this.#break(this.#error(problem, advice))
  }

  #error(problem: string, advice?: string): FailedError {
    return new FailedError(`the lookup command '${this.#command}' ${problem}`, advice)
  }

  #kill(): void {
    try {
      process.kill(-this.#child.pid!, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
}

/** One question. */
class Line implements Question {
  readonly hint = ' (does it buffer its output?)'
  isGivenUp = false
  readonly #command: string
  readonly #record: Records
  readonly #slot: Slot
  readonly #answered: (answer: Buffer | string) => void

  constructor(command: string, record: Records, slot: Slot, answered: (answer: Buffer | string) => void) {
    this.#command = command
    this.#record = record
    this.#slot = slot
    this.#answered = answered
  }

  get asked(): string {
    return `the lookup command '${this.#command}'`
  }

  giveUp(): void {
    this.isGivenUp = true
  }

  answer(answer: Buffer): void {
    if (!this.isGivenUp) this.#answered(withAnswer(this.#record, this.#slot, answer))
  }

  /** The value, on a line: between tokens, newlines mean nothing. */
  writeTo(out: ByteWriter): void {
    const { valueBytes, valueStart, valueEnd } = this.#record
    if (valueBytes.subarray(valueStart, valueEnd).includes(NEWLINE)) writeCompact(valueBytes, valueStart, valueEnd, out)
    else out.copy(valueBytes, valueStart, valueEnd)
    out.byte(NEWLINE)
  }
}
