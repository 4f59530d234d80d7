/** What holds of every source. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../endpoint-module.js'
import type { ConformanceTest, Subject, TestPlace } from './conformance.js'
import { Reading, numbered, plan, testOf, valuesOf } from './driving.js'
import { memory } from './memory.js'

const COUNT = 2500
const VOLUME = 16e6

export function sourceTests(subject: Subject): ConformanceTest[] {
  const { fill, delivery, peer, wrong, volume = VOLUME } = subject
  const tests: ConformanceTest[] = []
  const add = (name: string, test: (place: TestPlace) => Promise<void>): void => {
    tests.push(testOf(subject, 'source', name, test))
  }
  const filled = async (place: TestPlace, messages: Message[]): Promise<string[]> => {
    await fill!(place, messages)
    return valuesOf(messages)
  }

  add('options that are wrong are wrong usage', async (place) => {
    const cases = [...(wrong?.source ?? []), { ...place, source: { ...place.source, 'no-such-option': 'x' } }]
    for (const one of cases) await assert.rejects(plan(subject, one, 'source'), { exitCode: 2 }, JSON.stringify(one))
  })

  add('ends when it is told to while it waits, and closes', async (place) => {
    const reading = await Reading.open(subject, place)
    await reading.endWhileWaiting()
    await reading.close()
  })

  if (!fill) return tests

  add('gives every record once, in their order', async (place) => {
    const values = await filled(place, numbered(COUNT))
    const reading = await Reading.open(subject, place)
    assert.deepEqual(valuesOf(await reading.take(COUNT)), values)
    await reading.close()
  })

  add('is held back by a sink that stands still', async (place) => {
    const count = Math.ceil(volume / 1000)
    await filled(place, numbered(count, 1000))
    const before = memory()
    const reading = await Reading.open(subject, place)
    assert.equal((await reading.take(1)).length, 1)
    await sleep(500)
    const grown = memory() - before
    assert.ok(grown < volume / 2, `it holds ${grown} bytes though one record was taken`)
    assert.equal((await reading.take(count - 1)).length, count - 1)
    await reading.close()
  })

  if (delivery.source === 'resumable') {
    add('goes on from a position, also from amid a batch', async (place) => {
      const values = await filled(place, numbered(COUNT))
      const got: string[] = []
      let state: string | null = null
      for (const count of [1, 10, 1500, COUNT - 1511]) {
        const reading: Reading = await Reading.open(subject, place, state)
        got.push(...valuesOf(await reading.take(count)))
        state = reading.state()
        await reading.close()
      }
      assert.deepEqual(got, values)
    })
  }

  if (delivery.source === 'at-least-once') {
    add('what is not acknowledged comes again, what is does not', async (place) => {
      const values = await filled(place, numbered(10))
      const first = await Reading.open(subject, place)
      await first.take(Math.min(10, first.window), false)
      await first.close()
      const second = await Reading.open(subject, place)
      assert.deepEqual(valuesOf(await second.take(10)).sort(), values.toSorted())
      await second.acknowledge()
      await second.close()
      const more = await filled(place, numbered(1, 0, 10))
      const third = await Reading.open(subject, place)
      assert.deepEqual(valuesOf(await third.take(1)), more)
      await third.acknowledge()
      await third.close()
    })
  }

  if (peer) {
    add('goes on when its peer was away', async (place) => {
      const values = await filled(place, numbered(100))
      const reading = await Reading.open(subject, place)
      const got = valuesOf(await reading.take(50))
      await peer.stop(place)
      await peer.start(place)
      const more = await filled(place, numbered(100, 0, 100))
      const wanted = new Set([...values, ...more])
      for (const value of got) wanted.delete(value)
      while (wanted.size > 0) {
        const [value] = valuesOf(await reading.take(1))
        assert.ok(value !== undefined, `it ended without ${wanted.size} records`)
        // What was not acknowledged may come twice.
        wanted.delete(value)
      }
      await reading.close()
    })
  }
  return tests
}
