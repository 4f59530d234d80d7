// Bad records that go elsewhere: what a dead letter holds, and that nothing is settled before it is written out.
import { describe, expect, test } from '@jest/globals'
import { BadRecordError, FailedError } from '../../../src/errors.js'
import { DeadLetter } from '../../../src/flow/dead-letter.js'
import { DeadLetters, SinkWithDeadLetters } from '../../../src/flow/dead-letters.js'
import type { Sink, Source } from '../../../src/flow/endpoint.js'
import { run } from '../../../src/flow/run.js'
import { ListRecords, plainOf } from '../endpoints/list-records.js'

function at(offset: bigint, cause: Error): FailedError {
  return new FailedError(`t [0] at offset ${offset}: ${cause.message}`, 'advice', {
    cause,
    place: { topic: 't', partition: 0, offset }
  })
}

describe('a dead letter', () => {
  const record = { key: 'k', value: 'v', partition: 3, timestamp: 5, headers: [['h', null] as [string, null]] }

  test('is the record as it was, with why behind its headers', () => {
    const records = new ListRecords([record])
    records.next()
    const letter = new DeadLetter(records, at(2n ** 60n, new BadRecordError('it is bad')))
    expect(letter.next()).toBe(true)
    const headers = ['h=null', `sluice.error=t [0] at offset ${2n ** 60n}: it is bad`]
    const place = ['sluice.topic=t', 'sluice.partition=0', `sluice.offset=${2n ** 60n}`]
    expect(plainOf(letter)).toMatchObject({ key: 'k', value: 'v', headers: [...headers, ...place] })
    expect(letter).toMatchObject({ topic: 'list', partition: 3, timestamp: 5 })
    expect(letter.next()).toBe(false)
  })

  test('keeps nulls', () => {
    const records = new ListRecords([{}])
    records.next()
    expect(plainOf(new DeadLetter(records, new BadRecordError('bad')))).toMatchObject({ key: null, value: null })
  })

  test('of a text that no record can be made of is its bytes', () => {
    const records = new ListRecords([record])
    records.next()
    const cause = new BadRecordError('no JSON')
    cause.raw = Buffer.from('{"a')
    const located = new FailedError('f:7: no JSON', undefined, { cause, place: { file: 'f', line: 7 } })
    const letter = new DeadLetter(records, located)
    cause.raw.fill(0)
    const headers = ['sluice.error=f:7: no JSON', 'sluice.file=f', 'sluice.line=7']
    expect(plainOf(letter)).toMatchObject({ key: null, value: '{"a', headers })
    expect(letter.timestamp).toBe(-1)
  })
})

/** A run over numbers, of which the negative ones are bad, that writes down what happens. */
class Scene {
  readonly log: string[] = []
  /** Letters that the letters' sink takes before it is full. */
  room = Infinity
  broken: string | null = null

  sink(name: string): Sink {
    let records = 0
    return {
      failed: new Promise(() => undefined),
      write: (cursor) => {
        while (records < (name === 'letters' ? this.room : Infinity)) {
          if (!cursor.next()) return true
          const { value } = plainOf(cursor)
          if (name === 'sink' && value!.startsWith('-')) throw new BadRecordError(`${value} is bad`)
          if (this.broken === value) throw new BadRecordError(`${value} is too large`)
          this.log.push(`${name} ${value}`)
          records++
        }
        return false
      },
      drain: async () => {
        if (name === 'letters') this.log.push('drain')
        records = 0
      },
      push: () => this.log.push(`${name} push`),
      flush: async () => {
        this.log.push(`${name} flush`)
        if (this.broken === `${name} flush`) throw new Error(`${this.broken} failed`)
      },
      state: () => ({ output: null, transaction: null }),
      commit: async () => undefined,
      close: async () => undefined
    }
  }

  async run(values: number[]): Promise<void> {
    const chunks = [new ListRecords(values.map((value) => ({ value: String(value) })))]
    const source: Source = {
      idle: true,
      read: async () => chunks.shift() ?? null,
      locate: (error, goesOn) => {
        if (!goesOn) this.log.push('refused')
        return error
      },
      close: async () => undefined
    }
    const letters = new DeadLetters(this.sink('letters'))
    const sink = new SinkWithDeadLetters(this.sink('sink'), letters)
    await run({ source, sink, settling: null, bad: letters }, new AbortController().signal)
    this.log.push(`${letters.count} letters`)
  }
}

describe('a run', () => {
  test('goes on, and writes out both before it ends', async () => {
    const scene = new Scene()
    await scene.run([1, -2, 3])
    const written = ['sink 1', 'letters -2', 'sink 3', 'sink push', 'letters push']
    expect(scene.log).toEqual([...written, 'sink flush', 'letters flush', '1 letters'])
  })

  test('reads no more while the dead letters have no room', async () => {
    const scene = new Scene()
    scene.room = 1
    await scene.run([-1, -2, 3, -4])
    const lines = scene.log.filter((entry) => /^(letters|sink) -?\d|drain/.test(entry))
    expect(lines).toEqual(['letters -1', 'drain', 'letters -2', 'drain', 'sink 3', 'letters -4', 'drain'])
  })

  test('ends where a dead letter cannot be written: the record counts as not taken', async () => {
    const scene = new Scene()
    scene.broken = '-2'
    await expect(scene.run([1, -2, 3])).rejects.toThrow('a dead letter cannot be written: -2 is too large')
    expect(scene.log).toEqual(
      ['sink 1', 'letters -2', 'refused', 'sink flush'].filter((entry) => !entry.includes('-2'))
    )
  })

  test('is not done while the dead letters are not', async () => {
    const scene = new Scene()
    scene.broken = 'letters flush'
    await expect(scene.run([1, -2])).rejects.toThrow('letters flush failed')
  })
})
