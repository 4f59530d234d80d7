import { describe, expect, test } from '@jest/globals'
import { BadRecordError, FailedError } from '../../../src/errors.js'
import type { ResumableSource, Sink, Source } from '../../../src/flow/endpoint.js'
import { type BadRecords, run } from '../../../src/flow/run.js'
import { Settling } from '../../../src/flow/settling.js'
import { Records } from '../../../src/records/records.js'

/** Records that are only counted. */
class Chunk extends Records {
  left: number

  constructor(count: number) {
    super()
    this.left = count
  }

  next(): boolean {
    return this.left-- > 0
  }
}

/** A source and a sink that write down, in one list, what is done to them. */
class Log {
  readonly entries: string[] = []

  source(chunks: (number | Error)[], { idle = false, endless = false } = {}): Source {
    const { entries } = this
    return {
      idle,
      async read(signal) {
        entries.push('read')
        const next = chunks.shift()
        if (next instanceof Error) throw next
        if (next !== undefined) return new Chunk(next)
        if (endless && !signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return null
      },
      locate: (error) => new FailedError(`file:1: ${(error as Error).message}`),
      async close() {
        entries.push('source closed')
      }
    }
  }

  sink(overrides: Partial<Sink> = {}): Sink {
    const { entries } = this
    return {
      failed: new Promise(() => undefined),
      write(records) {
        let count = 0
        while (records.next()) count++
        entries.push(`write ${count}`)
        return true
      },
      async drain() {
        entries.push('drain')
      },
      push: () => void entries.push('push'),
      state: () => ({ output: null, transaction: null }),
      async commit() {
        entries.push('commit')
      },
      async flush() {
        entries.push('flush')
      },
      async close() {
        entries.push('sink closed')
      },
      ...overrides
    }
  }
}

const never = new AbortController().signal
const failing: BadRecords = { goesOn: false, take: () => undefined }

function pipe(source: Source, sink: Sink, signal: AbortSignal, bad = failing): Promise<void> {
  return run({ source, sink, settling: null, bad }, signal)
}

const closed = ['source closed', 'sink closed']

test('what is read is written, then flushed, then both ends are closed', async () => {
  const log = new Log()
  await pipe(log.source([2, 3]), log.sink(), never)
  expect(log.entries).toEqual(['read', 'write 2', 'read', 'write 3', 'read', 'flush', 'commit', ...closed])
})

test('an idle source has the sink hand on what it holds', async () => {
  const log = new Log()
  await pipe(log.source([2], { idle: true }), log.sink(), never)
  expect(log.entries).toEqual(['read', 'write 2', 'push', 'read', 'flush', 'commit', ...closed])
})

test('a full sink is drained before more of the same chunk is written, and before more is read', async () => {
  const log = new Log()
  const sink = log.sink({
    write(records) {
      const more = records.next()
      log.entries.push(more ? 'write 1' : 'write 0')
      return !more
    }
  })
  await pipe(log.source([2]), sink, never)
  expect(log.entries).toEqual([
    'read',
    'write 1',
    'drain',
    'write 1',
    'drain',
    'write 0',
    'read',
    'flush',
    'commit',
    ...closed
  ])
})

describe('a slow sink', () => {
  /** Takes a record at a time. */
  const slow = (log: Log, drain: () => void): Sink =>
    log.sink({
      isSlow: true,
      write(records) {
        const more = records.next()
        log.entries.push(more ? 'write 1' : 'write 0')
        return !more
      },
      async drain() {
        drain()
      }
    })

  test('ends within a chunk', async () => {
    const log = new Log()
    const controller = new AbortController()
    await pipe(log.source([5]), slow(log, () => controller.abort()), controller.signal) // prettier-ignore
    expect(log.entries).toEqual(['read', 'write 1', 'flush', 'commit', ...closed])
  })

  test('is settled within a chunk, when that is due', async () => {
    const log = new Log()
    const sink = slow(log, () => undefined)
    let given = 0
    const source: ResumableSource = {
      ...log.source([3]),
      state: () => ({ positions: [], files: [], elements: ++given, endpoint: null }),
      interrupt: () => undefined
    }
    const options = { checkpoint: null, committer: null, commitLate: false, interval: Infinity }
    const settling = new Settling(source, sink, options)
    await run({ source, sink, settling, bad: failing }, never)
    // It is due at the start.
    const settled = ['flush', 'commit']
    expect(log.entries).toEqual(['read', 'write 1', ...settled, 'write 1', 'write 1', 'write 0', 'read', ...settled, ...closed]) // prettier-ignore
    expect(given).toBe(2)
  })
})

test('the signal ends the reading, and what was read is flushed', async () => {
  const log = new Log()
  const controller = new AbortController()
  const running = pipe(log.source([2], { endless: true }), log.sink(), controller.signal)
  controller.abort()
  await running
  expect(log.entries).toEqual(['read', 'write 2', 'read', 'flush', 'commit', ...closed])
})

test('a signal that came before the start reads nothing', async () => {
  const log = new Log()
  await pipe(log.source([], { endless: true }), log.sink(), AbortSignal.abort())
  expect(log.entries).toEqual(['read', 'flush', 'commit', ...closed])
})

describe('a failure', () => {
  const broken = new FailedError('broken')

  test('of the source: what was taken before is flushed, then it is thrown', async () => {
    const log = new Log()
    await expect(pipe(log.source([2, broken]), log.sink(), never)).rejects.toBe(broken)
    expect(log.entries).toEqual(['read', 'write 2', 'read', 'flush', ...closed])
  })

  test('about the record at hand says where in the source that stands', async () => {
    const log = new Log()
    const sink = log.sink({
      write() {
        throw new FailedError('bad JSON')
      }
    })
    await expect(pipe(log.source([2]), sink, never)).rejects.toThrow('file:1: bad JSON')
    expect(log.entries).toEqual(['read', 'flush', ...closed])
  })

  test('of the flush after it does not hide it', async () => {
    const log = new Log()
    const sink = log.sink({ flush: () => Promise.reject(new FailedError('cannot flush either')) })
    await expect(pipe(log.source([broken]), sink, never)).rejects.toBe(broken)
    expect(log.entries).toEqual(['read', ...closed])
  })

  test('of the last flush is thrown', async () => {
    const log = new Log()
    const sink = log.sink({ flush: () => Promise.reject(broken) })
    await expect(pipe(log.source([2]), sink, never)).rejects.toBe(broken)
    expect(log.entries.slice(-2)).toEqual(closed)
  })

  test('of the sink while the source waits for more ends the wait', async () => {
    const log = new Log()
    let fail = (): void => undefined
    const failed = new Promise<void>((resolve) => (fail = resolve))
    const sink = log.sink({ failed, flush: () => Promise.reject(broken) })
    const running = pipe(log.source([2], { endless: true }), sink, never)
    fail()
    await expect(running).rejects.toBe(broken)
  })
})

describe('a bad record', () => {
  const sinkOf = (log: Log): Sink =>
    log.sink({
      write(records) {
        for (let at = 1; records.next(); at++) {
          if (at === 1) throw new BadRecordError('bad JSON')
          log.entries.push('write 1')
        }
        return true
      }
    })

  test('ends the run', async () => {
    const log = new Log()
    await expect(pipe(log.source([3]), sinkOf(log), never)).rejects.toThrow('file:1: bad JSON')
    expect(log.entries).toEqual(['read', 'flush', ...closed])
  })

  test('is told, with its place, and left out where the run is to go on', async () => {
    const log = new Log()
    const told: string[] = []
    const bad = { goesOn: true, take: (error: Error) => void told.push(error.message) }
    const source = log.source([1])
    await pipe(source, sinkOf(log), never, bad)
    expect(told).toEqual(['file:1: bad JSON'])
    expect(log.entries).toEqual(['read', 'read', 'flush', 'commit', ...closed])
  })

  test('is another thing than a source that cannot be read: that is never left out', async () => {
    const log = new Log()
    const sink = log.sink({
      write() {
        throw new FailedError('damaged batch')
      }
    })
    await expect(pipe(log.source([1]), sink, never, { ...failing, goesOn: true })).rejects.toThrow('damaged batch')
  })
})
