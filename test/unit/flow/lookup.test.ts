import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { BadRecordError, FailedError } from '../../../src/errors.js'
import type { Sink } from '../../../src/flow/endpoint.js'
import { type Lookup, LookupSink, type LookupSinkOptions } from '../../../src/flow/lookup.js'
import { ListRecords, type Plain } from '../endpoints/list-records.js'

/** A sink behind a lookup that is answered by hand. */
class Scene {
  /** What reached the inner sink, in order: values, and calls that matter. */
  readonly log: string[] = []
  /** Asked and not answered: values, as they were asked. */
  readonly open = new Map<string, (answer: Buffer | string) => void>()
  readonly givenUp: string[] = []
  readonly unanswered: string[] = []
  readonly bad: string[] = []
  most = 0
  /** Records that the inner sink takes before it is full. */
  room = Infinity
  makeRoom: () => void = () => undefined
  break!: (error: FailedError) => void
  failInner!: (error: Error) => void
  readonly sink: LookupSink
  #innerError: Error | null = null

  constructor(options: Partial<LookupSinkOptions> & { goesOn?: boolean } = {}) {
    const { goesOn = false, ...rest } = options
    const inner: Sink = {
      failed: new Promise((resolve) => {
        this.failInner = (error) => {
          this.#innerError = error
          resolve()
        }
      }),
      write: (records) => {
        while (this.room > 0) {
          if (!records.next()) return true
          const value = records.valueBytes.toString('utf8', records.valueStart, records.valueEnd)
          if (value === 'unwritable') throw new BadRecordError('it cannot be written')
          this.log.push(records.valueStart < 0 ? 'tombstone' : value)
          this.room--
        }
        return false
      },
      drain: () => new Promise((resolve) => (this.makeRoom = () => resolve())),
      push: () => this.log.push('push'),
      flush: async () => {
        this.log.push('flush')
        if (this.#innerError) throw this.#innerError
      },
      state: () => ({ output: { file: 'f', length: 7 }, transaction: null }),
      commit: async () => void this.log.push('commit'),
      close: async () => void this.log.push('close')
    }
    const lookup: Lookup = {
      broken: new Promise((resolve) => (this.break = resolve)),
      ask: (record, answered) => {
        const value = record.valueBytes.toString('utf8', record.valueStart, record.valueEnd)
        if (value === 'bad') throw new BadRecordError('the value is bad')
        this.open.set(value, answered)
        this.most = Math.max(this.most, this.open.size)
        return { asked: `who knows ${value}`, hint: '', giveUp: () => this.givenUp.push(value) }
      },
      close: async () => void this.log.push('lookup closed')
    }
    const bad = { goesOn, take: (error: Error) => void this.bad.push(error.message) }
    this.sink = new LookupSink(inner, lookup, bad, {
      ...{ capacity: 10, timeout: 0, ordered: true, onError: 'fail' },
      onUnanswered: (error) => this.unanswered.push(error.message),
      ...rest
    })
  }

  answer(value: string, answer: Buffer | string = Buffer.from(`${value}!`)): void {
    const answered = this.open.get(value)!
    this.open.delete(value)
    answered(answer)
  }

  /** What was handed on. */
  get values(): string[] {
    return this.log.filter((entry) => !['push', 'flush', 'commit', 'close', 'lookup closed'].includes(entry))
  }
}

function records(...values: (string | null)[]): ListRecords {
  return new ListRecords(values.map((value): Plain => ({ value, partition: 3 })))
}

describe('order', () => {
  test('records keep theirs, whatever is answered first', async () => {
    const scene = new Scene()
    expect(scene.sink.write(records('a', 'b', null, 'c'))).toBe(true)
    scene.answer('c')
    scene.answer('b')
    await turn()
    await turn()
    expect(scene.values).toEqual([])
    scene.answer('a')
    await scene.sink.flush()
    expect(scene.values).toEqual(['a!', 'b!', 'tombstone', 'c!'])
  })

  test('unordered, they go on as they are answered', async () => {
    const scene = new Scene({ ordered: false })
    expect(scene.sink.write(records('a', 'b', 'c'))).toBe(true)
    scene.answer('c')
    await turn()
    await turn()
    expect(scene.values).toEqual(['c!'])
    scene.answer('a')
    scene.answer('b')
    await scene.sink.flush()
    expect(scene.values).toEqual(['c!', 'a!', 'b!'])
  })
})

describe('capacity', () => {
  test.each([true, false])('bounds what is under way, ordered: %s', async (ordered) => {
    const scene = new Scene({ capacity: 2, ordered })
    const all = records('a', 'b', 'c', 'd', 'e')
    const seen: string[] = []
    while (!scene.sink.write(all)) {
      const [first] = scene.open.keys()
      seen.push(first!)
      scene.answer(first!)
      await scene.sink.drain()
    }
    expect(scene.most).toBe(2)
    for (const value of [...scene.open.keys()]) scene.answer(value)
    await scene.sink.flush()
    expect(scene.values).toEqual(['a!', 'b!', 'c!', 'd!', 'e!'])
  })

  test('what is answered and not handed on counts', async () => {
    const scene = new Scene({ capacity: 2 })
    const all = records('a', 'b', 'c')
    expect(scene.sink.write(all)).toBe(false)
    scene.answer('b')
    await turn()
    await turn()
    expect(scene.sink.write(all)).toBe(false)
    expect([...scene.open.keys()]).toEqual(['a'])
    scene.answer('a')
    await scene.sink.drain()
    expect(scene.sink.write(all)).toBe(true)
    expect([...scene.open.keys()]).toEqual(['c'])
  })

  test('so does what the sink behind has no room for', async () => {
    const scene = new Scene({ capacity: 1 })
    scene.room = 0
    const all = records('a', 'b')
    expect(scene.sink.write(all)).toBe(false)
    scene.answer('a')
    await turn()
    await turn()
    expect(scene.sink.write(all)).toBe(false)
    scene.room = Infinity
    scene.makeRoom()
    await scene.sink.drain()
    expect(scene.sink.write(all)).toBe(false)
    scene.answer('b')
    await scene.sink.flush()
    expect(scene.values).toEqual(['a!', 'b!'])
  })
})

test('what is answered goes on and out by itself', async () => {
  const scene = new Scene()
  scene.sink.write(records('a'))
  scene.sink.push()
  scene.answer('a')
  await turn()
  await turn()
  expect(scene.log).toEqual(['push', 'a!', 'push'])
})

test('a flush waits for every answer, then for the sink behind', async () => {
  const scene = new Scene()
  scene.sink.write(records('a', 'b'))
  let flushed = false
  const flush = scene.sink.flush().then(() => (flushed = true))
  scene.answer('a')
  await sleep(5)
  expect(flushed).toBe(false)
  scene.answer('b')
  await flush
  expect(scene.log.slice(-3)).toEqual(['b!', 'push', 'flush'])
})

describe('no answer', () => {
  const at = 'list [3] at offset 0: who knows b'

  test('fail: what came before goes on, nothing behind, and the run is told at once', async () => {
    const scene = new Scene()
    scene.sink.write(records('a', 'b', 'c'))
    scene.answer('b', 'does not say')
    scene.answer('c')
    await scene.sink.failed
    const flush = scene.sink.flush()
    scene.answer('a')
    await expect(flush).rejects.toThrow(`${at} does not say`)
    await expect(scene.sink.flush()).rejects.toThrow(FailedError)
    expect(scene.values).toEqual(['a!'])
    expect(scene.log).toContain('flush')
    expect(scene.sink.write(records('d'))).toBe(false)
    await expect(scene.sink.drain()).rejects.toThrow(at)
  })

  test('skip leaves it out, pass lets it through as it is', async () => {
    for (const onError of ['skip', 'pass'] as const) {
      const scene = new Scene({ onError })
      scene.sink.write(records('a', 'b', 'c'))
      scene.answer('b', 'does not say')
      scene.answer('a')
      scene.answer('c')
      await scene.sink.flush()
      expect(scene.values).toEqual(onError === 'skip' ? ['a!', 'c!'] : ['a!', 'b', 'c!'])
      expect(scene.unanswered).toEqual([`${at} does not say`])
    }
  })

  test('in time: the question is given up, and a late answer comes to nothing', async () => {
    const scene = new Scene({ timeout: 30, onError: 'pass' })
    const before = performance.now()
    scene.sink.write(records('a', 'b'))
    scene.answer('a')
    await scene.sink.flush()
    expect(performance.now() - before).toBeGreaterThan(25)
    expect(scene.givenUp).toEqual(['b'])
    expect(scene.unanswered).toEqual([`${at} gave no answer within 30 ms`])
    scene.answer('b')
    await turn()
    await turn()
    expect(scene.values).toEqual(['a!', 'b'])
  })

  test('with a timeout of 0, for any time', async () => {
    const scene = new Scene()
    scene.sink.write(records('a'))
    await sleep(50)
    expect(scene.givenUp).toEqual([])
    await scene.sink.close()
    expect(scene.givenUp).toEqual(['a'])
    expect(scene.log).toEqual(['lookup closed', 'close'])
  })
})

describe('what ends it', () => {
  test('whoever is asked breaks down: what was answered goes on', async () => {
    const scene = new Scene({ onError: 'skip', ordered: false })
    scene.sink.write(records('a', 'b'))
    scene.answer('b')
    scene.break(new FailedError('it is gone'))
    await scene.sink.failed
    await expect(scene.sink.flush()).rejects.toThrow('it is gone')
    expect(scene.values).toEqual(['b!'])
  })

  test('also while nothing is under way', async () => {
    const scene = new Scene()
    scene.break(new FailedError('it is gone'))
    await scene.sink.failed
    expect(scene.sink.write(records('a'))).toBe(false)
    await expect(scene.sink.drain()).rejects.toThrow('it is gone')
  })

  test('the sink behind fails: its error, without waiting for answers', async () => {
    const scene = new Scene()
    scene.sink.write(records('a'))
    scene.failInner(new FailedError('the disk is full'))
    await scene.sink.failed
    await expect(scene.sink.flush()).rejects.toThrow('the disk is full')
  })
})

describe('bad records', () => {
  test('one that is none to ask about is thrown, and does not count', async () => {
    const scene = new Scene({ capacity: 1 })
    const all = records('bad', 'a')
    expect(() => scene.sink.write(all)).toThrow(BadRecordError)
    expect(scene.sink.write(all)).toBe(false)
    scene.answer('a')
    await scene.sink.flush()
    expect(scene.values).toEqual(['a!'])
  })

  test('one that the sink behind cannot write says where it stands, and ends the run or not', async () => {
    for (const goesOn of [true, false]) {
      const scene = new Scene({ goesOn })
      scene.sink.write(records('a', 'b'))
      scene.answer('a', Buffer.from('unwritable'))
      scene.answer('b')
      const said = 'list [3] at offset 0: it cannot be written'
      if (goesOn) {
        await scene.sink.flush()
        expect(scene.bad).toEqual([said])
        expect(scene.values).toEqual(['b!'])
      } else await expect(scene.sink.flush()).rejects.toThrow(said)
    }
  })
})

test('state and commit are those of the sink behind', async () => {
  const scene = new Scene()
  expect(scene.sink.state().output).toEqual({ file: 'f', length: 7 })
  await scene.sink.commit()
  expect(scene.log).toEqual(['commit'])
})
