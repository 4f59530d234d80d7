/** What holds of every sink. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConformanceTest, Subject, TestPlace } from './conformance.js'
import { SOON, Writing, numbered, plan, recordsOf, testOf, valuesOf } from './driving.js'

const COUNT = 2500
const VOLUME = 16e6
const CHECKPOINT = 'conformance'

export function sinkTests(subject: Subject): ConformanceTest[] {
  const { written, delivery, peer, bad, wrong, volume = VOLUME } = subject
  const tests: ConformanceTest[] = []
  const add = (name: string, test: (place: TestPlace) => Promise<void>): void => {
    tests.push(testOf(subject, 'sink', name, test))
  }
  /** A system may show a little later what it has. */
  const find = async (place: TestPlace, isAll: (values: string[]) => boolean): Promise<string[]> => {
    for (const end = Date.now() + SOON; ; await sleep(50)) {
      const values = valuesOf(await written!(place))
      if (isAll(values) || Date.now() > end) return values
    }
  }
  const shows = async (place: TestPlace, wanted: string[], inOrder = true): Promise<void> => {
    const sorted = (values: string[]): string[] => (inOrder ? values : values.toSorted())
    const found = await find(place, ({ length }) => length >= wanted.length)
    assert.deepEqual(sorted(found), sorted(wanted))
  }

  add('options that are wrong are wrong usage', async (place) => {
    const cases = [...(wrong?.sink ?? []), { ...place, sink: { ...place.sink, 'no-such-option': 'x' } }]
    for (const one of cases) await assert.rejects(plan(subject, one, 'sink'), { exitCode: 2 }, JSON.stringify(one))
  })

  if (!written) return tests

  add('writes every record, in their order, before it says so', async (place) => {
    const messages = numbered(COUNT)
    const writing = await Writing.open(subject, place)
    await writing.write(messages)
    const { inOrder } = writing
    await shows(place, valuesOf(messages), inOrder)
    assert.deepEqual([writing.sink.records, writing.rejected], [COUNT, []])
    await writing.close()
    await shows(place, valuesOf(messages), inOrder)
  })

  add('nothing to write is nothing', async (place) => {
    const writing = await Writing.open(subject, place)
    await writing.write([])
    await writing.close()
    await shows(place, [])
  })

  if (bad) {
    add('a record that it rejects holds no other one up', async (place) => {
      const [before, after] = [numbered(10), numbered(10, 0, 10)]
      const writing = await Writing.open(subject, place)
      await writing.write([...before, bad, ...after])
      assert.equal(writing.rejected.length, 1)
      assert.equal(writing.sink.records, 20)
      await writing.close()
      await shows(place, valuesOf([...before, ...after]), false)
    })
  }

  if (delivery.sink === 'idempotent') {
    add('what is written again is there once', async (place) => {
      const messages = numbered(100)
      for (let run = 0; run < 2; run++) {
        const writing = await Writing.open(subject, place)
        await writing.write(messages.slice(0, 50 + run * 50))
        await writing.close()
      }
      await shows(place, valuesOf(messages), false)
    })
  }

  if (delivery.sink === 'transactional') {
    add('records become final together with the checkpoint', async (place) => {
      const messages = numbered(100)
      const first = await Writing.open(subject, place, CHECKPOINT)
      assert.equal(await first.transaction!.restored(), null)
      await first.write(messages.slice(0, 50))
      await first.transaction!.commit('{"at": 50}')
      await first.write(messages.slice(50, 80))
      await first.close()
      await shows(place, valuesOf(messages.slice(0, 50)))
      const second = await Writing.open(subject, place, CHECKPOINT)
      assert.equal(await second.transaction!.restored(), '{"at": 50}')
      await second.write(messages.slice(50))
      await second.transaction!.commit('{"at": 100}')
      await second.transaction!.commit('{"at": 100, "more": 1}')
      await second.close()
      await shows(place, valuesOf(messages))
    })
  }

  if (peer) {
    add('waits for a peer that is away, and takes no more than it holds meanwhile', async (place) => {
      const count = Math.ceil(volume / 1000)
      const messages = numbered(count, 1000)
      const writing = await Writing.open(subject, place)
      await writing.write(messages.slice(0, 10))
      await peer.stop(place)
      const records = recordsOf(messages.slice(10))
      // Full at once, or when nothing more comes of what is under way.
      let before = -1
      while (records.given > before && !writing.sink.write(records)) {
        before = records.given
        await Promise.race([writing.sink.drain(), sleep(500)])
      }
      assert.ok(records.given < count / 2, `it took ${records.given} of ${count} records while its peer was away`)
      await peer.start(place)
      await writing.write(messages.slice(10 + records.given))
      await writing.close()
      const distinct = (values: string[]): number => new Set(values).size
      assert.equal(distinct(await find(place, (values) => distinct(values) >= count)), count)
    })
  }
  return tests
}
