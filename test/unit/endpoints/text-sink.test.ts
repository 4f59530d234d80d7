import { expect, test } from '@jest/globals'
import type { Output } from '../../../src/endpoints/output.js'
import { TextSink } from '../../../src/endpoints/text-sink.js'
import { FailedError } from '../../../src/errors.js'
import type { Formatter } from '../../../src/formats/format.js'
import { ListRecords, plainOf } from './list-records.js'

/** Values as lines, after a line that says so; `bad` cannot be formatted, and leaves something behind. */
const formatter: Formatter = {
  begin: (out) => out.text('header\n'),
  write(records, out) {
    const { value } = plainOf(records)
    out.text(value!)
    if (value === 'bad') throw new FailedError('bad record')
    out.text('\n')
  }
}

/** Keeps what is written; a write ends when `release()` is called, at once after `open()`. */
class SlowOutput implements Output {
  readonly blocks: boolean
  readonly state = null
  readonly written: string[] = []
  synced = false
  closed = false
  error: Error | null = null
  #held = true
  #release: () => void = () => undefined

  constructor(blocks = false) {
    this.blocks = blocks
  }

  async write(bytes: Buffer): Promise<void> {
    this.written.push(bytes.toString())
    if (this.#held) await new Promise<void>((resolve) => (this.#release = resolve))
    if (this.error) throw this.error
  }

  async release(): Promise<void> {
    this.#release()
    await new Promise((resolve) => setImmediate(resolve))
  }

  open(): this {
    this.#held = false
    this.#release()
    return this
  }

  async sync(): Promise<void> {
    this.synced = true
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

const lines = (...values: string[]): ListRecords => new ListRecords(values.map((value) => ({ value })))

test('nothing goes out before it is pushed or flushed, then all at once', async () => {
  const output = new SlowOutput().open()
  const sink = new TextSink(output, formatter)
  expect(sink.write(lines('a', 'b'))).toBe(true)
  expect(output.written).toEqual([])
  sink.push()
  expect(output.written).toEqual(['header\na\nb\n'])
  sink.write(lines('c'))
  await sink.flush()
  expect(output.written).toEqual(['header\na\nb\n', 'c\n'])
  expect(output.synced).toBe(true)
})

test('what is pushed while a write is under way goes out right after it', async () => {
  const output = new SlowOutput()
  const sink = new TextSink(output, formatter)
  sink.push()
  sink.write(lines('a'))
  sink.push()
  sink.write(lines('b'))
  expect(output.written).toEqual(['header\n'])
  await output.release()
  expect(output.written).toEqual(['header\n', 'a\nb\n'])
  output.open()
  await sink.close()
})

test('a full buffer takes no more until it is drained, and nothing is lost or turned round', async () => {
  const output = new SlowOutput().open()
  const sink = new TextSink(output, formatter)
  const values = Array.from({ length: 300 }, (_, i) => `${i} ${'x'.repeat(9000)}`)
  const records = lines(...values)
  let drained = 0
  while (!sink.write(records)) {
    await sink.drain()
    drained++
  }
  await sink.flush()
  expect(drained).toBe(2)
  expect(output.written.join('')).toBe(`header\n${values.join('\n')}\n`)
})

test('an output of compressed blocks is not pushed: blocks are full or the last', async () => {
  const output = new SlowOutput(true).open()
  const sink = new TextSink(output, formatter)
  sink.write(lines('a'))
  sink.push()
  expect(output.written).toEqual([])
  await sink.flush()
  expect(output.written).toEqual(['header\na\n'])
})

test('a record that cannot be formatted leaves nothing behind, and those behind it can be written', async () => {
  const output = new SlowOutput().open()
  const sink = new TextSink(output, formatter)
  const records = lines('a', 'bad', 'b', 'bad')
  expect(() => sink.write(records)).toThrow('bad record')
  expect(() => sink.write(records)).toThrow('bad record')
  expect(sink.write(records)).toBe(true)
  await sink.flush()
  expect(output.written).toEqual(['header\na\nb\n'])
})

test('a write that fails is told at once, and is the error of every flush after it', async () => {
  const output = new SlowOutput()
  output.error = new FailedError('no space left')
  const sink = new TextSink(output.open(), formatter)
  sink.push()
  await sink.failed
  sink.write(lines('a'))
  await expect(sink.drain()).rejects.toThrow('no space left')
  await expect(sink.flush()).rejects.toThrow('no space left')
  await sink.close()
  expect(output).toMatchObject({ written: ['header\n'], synced: false, closed: true })
})
