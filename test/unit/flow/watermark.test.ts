import { describe, expect, test } from '@jest/globals'
import { type PartitionWatermark, Watermarks } from '../../../src/flow/watermark.js'

const never = Infinity

/** Watermarks that are the greatest timestamp itself, as those of Flink's own tests. */
function watermarks(keys: string, { outOfOrderness = -1, idleAfter = never } = {}) {
  const all = new Watermarks({ outOfOrderness, idleAfter })
  const partitions: Record<string, PartitionWatermark> = {}
  for (const key of keys) partitions[key] = all.add(key)
  let now = 0
  return {
    all,
    see: (key: string, ...timestamps: number[]): void => timestamps.forEach((each) => partitions[key]!.observe(each)),
    partition: (key: string): PartitionWatermark => partitions[key]!,
    /** What is combined after so many milliseconds. */
    tick: (after = 200): number => {
      all.tick((now += after))
      return all.value
    }
  }
}

describe('one partition', () => {
  test('its watermark is the greatest timestamp, less the out-of-orderness, less 1', () => {
    const { see, tick, partition, all } = watermarks('A', { outOfOrderness: 5000 })
    expect(partition('A').value).toBe(-Infinity)
    see('A', 100_000, 99_000)
    expect(partition('A').value).toBe(94_999)
    expect(all.value).toBe(-Infinity)
    expect(tick()).toBe(94_999)
    see('A', 101_000)
    expect(tick()).toBe(95_999)
  })

  test('ascending timestamps are those out of order by nothing', () => {
    const { see, tick } = watermarks('A', { outOfOrderness: 0 })
    see('A', 7)
    expect(tick()).toBe(6)
  })

  test.each([Number.MAX_SAFE_INTEGER, 0, -1, -Number.MAX_SAFE_INTEGER + 1])('it is exact at %d', (timestamp) => {
    const { see, tick } = watermarks('A', { outOfOrderness: 0 })
    see('A', timestamp)
    expect(tick()).toBe(timestamp - 1)
  })
})

describe('the least of several partitions', () => {
  test('at each tick (AbstractFetcherWatermarksTest, periodic)', () => {
    const { see, tick } = watermarks('ABC')
    see('A', 1, 1, 2, 3)
    see('B', 12)
    see('C', 101, 102)
    expect(tick()).toBe(3)
    see('C', 1003, 1004, 1005)
    see('A', 30)
    expect(tick()).toBe(12)
    see('B', 13, 14, 15)
    expect(tick()).toBe(15)
  })

  test('at each record (AbstractFetcherWatermarksTest, punctuated on multiples of 3)', () => {
    const { see, tick } = watermarks('ABC')
    const values: [string, number, number][] = []
    const trace = 'A1 A1 A2 A3 B12 C101 C102 C1003 C1004 C1005 A30 B13 B14 B15'
    for (const [key, ...digits] of trace.split(' ')) {
      const timestamp = Number(digits.join(''))
      if (timestamp % 3 === 0) see(key!, timestamp)
      values.push([key!, timestamp, tick()])
    }
    const emitted = values.filter(([, , value], i) => value !== (values[i - 1]?.[2] ?? -Infinity))
    expect(emitted).toEqual([
      ['C', 102, 3],
      ['A', 30, 12],
      ['B', 15, 15]
    ])
  })

  test('nothing before every partition has had a record', () => {
    const { see, tick } = watermarks('AB')
    see('A', 1000)
    expect(tick()).toBe(-Infinity)
    see('B', 7)
    expect(tick()).toBe(7)
  })

  test('nothing without partitions', () => {
    const { tick, all } = watermarks('')
    expect(tick()).toBe(-Infinity)
    all.add('A')
    all.remove('A')
    expect(tick()).toBe(-Infinity)
  })

  test('a partition found later stops it, and never takes it back', () => {
    const { see, tick, all } = watermarks('A')
    see('A', 10)
    expect(tick()).toBe(10)
    const late = all.add('B')
    see('A', 20)
    expect(tick()).toBe(10)
    late.observe(5)
    expect(tick()).toBe(10)
    late.observe(15)
    expect(tick()).toBe(15)
  })

  test('a partition is begun once', () => {
    const { see, tick, all } = watermarks('A')
    see('A', 10)
    expect(all.add('A').value).toBe(10)
    expect(tick()).toBe(10)
  })

  test('a partition that was given up holds nothing back, and the last one is not the end', () => {
    const { see, tick, all } = watermarks('AB')
    see('A', 10)
    see('B', 20)
    expect(tick()).toBe(10)
    all.remove('A')
    expect(tick()).toBe(20)
    all.remove('B')
    expect(tick()).toBe(20)
    // Taken back, it is as new.
    all.add('B').observe(15)
    expect(tick()).toBe(20)
  })

  test('a finished partition holds nothing back, and the last one is the end', () => {
    const { see, tick, all } = watermarks('AB')
    see('A', 10)
    see('B', 20)
    all.finish('A')
    expect(tick()).toBe(20)
    all.finish('A')
    expect(tick()).toBe(20)
    all.finish('B')
    expect(tick()).toBe(Infinity)
  })
})

describe('idle partitions', () => {
  test('the count begins at the first tick without a record, and ends after more than the time', () => {
    const { see, tick, partition } = watermarks('AB', { idleAfter: 1000 })
    see('A', 10)
    see('B', 20)
    expect(tick()).toBe(10)
    const idle: boolean[] = []
    for (let i = 0; i < 7; i++) {
      see('B', 20)
      tick()
      idle.push(partition('A').idle)
    }
    // The first quiet tick begins; 1000 ms after it is not more than 1000 ms; 1200 is.
    expect(idle).toEqual([false, false, false, false, false, false, true])
    expect(tick()).toBe(20)
  })

  test('a record begins the count again', () => {
    const { see, tick, partition } = watermarks('A', { idleAfter: 500 })
    for (let i = 0; i < 5; i++) {
      see('A', i)
      tick(400)
      tick(400)
      tick(400)
      expect(partition('A').idle).toBe(false)
    }
  })

  test('one that was silent from the start is left out as well', () => {
    const { see, tick } = watermarks('AB', { idleAfter: 100 })
    see('A', 10)
    expect(tick()).toBe(-Infinity)
    see('A', 11)
    expect(tick()).toBe(11)
  })

  test('the next record makes one active at once, and it does not take the watermark back', () => {
    const { see, tick, partition } = watermarks('AB', { idleAfter: 100 })
    see('A', 10)
    see('B', 5)
    expect(tick()).toBe(5)
    for (let i = 0; i < 3; i++) {
      see('A', 10)
      tick()
    }
    expect(partition('B').idle).toBe(true)
    expect(tick()).toBe(10)
    see('B', 6)
    expect(partition('B').idle).toBe(false)
    see('A', 30)
    expect(tick()).toBe(10)
    see('B', 25)
    expect(tick()).toBe(25)
  })

  test('where all are, the greatest counts', () => {
    const { see, tick } = watermarks('AB', { idleAfter: 100 })
    see('A', 5)
    see('B', 2)
    expect(tick()).toBe(2)
    expect(tick()).toBe(2)
    expect(tick()).toBe(5)
  })

  test('where all are and none ever spoke, there is nothing', () => {
    const { tick } = watermarks('AB', { idleAfter: 100 })
    expect([tick(), tick(), tick(), tick()]).toEqual(Array(4).fill(-Infinity))
  })

  test('never, if that is said', () => {
    const { see, tick, partition } = watermarks('AB')
    see('A', 10)
    for (let i = 0; i < 5; i++) tick(1e12)
    expect(partition('A').idle).toBe(false)
    expect(tick()).toBe(-Infinity)
  })
})

test('acceptance 13: two partitions, in whatever order they are read', () => {
  const timestamps = { A: [100, 200, 300], B: [150, 250, 350] }
  for (const order of ['AAABBB', 'BBBAAA', 'ABABAB', 'BABABA', 'AABBAB', 'BBAABA']) {
    const { see, tick, all } = watermarks('AB', { outOfOrderness: 0 })
    const rest: Record<string, number[]> = { A: [...timestamps.A], B: [...timestamps.B] }
    const spoken = new Set<string>()
    let before = -Infinity
    for (const key of order) {
      const timestamp = rest[key]!.shift()!
      expect(timestamp).toBeGreaterThan(before)
      see(key, timestamp)
      spoken.add(key)
      if (rest[key]!.length > 0) before = tick()
      else {
        before = tick()
        all.finish(key)
        if (all.value < Infinity) before = tick()
      }
      if (spoken.size < 2) expect(before).toBe(-Infinity)
    }
    expect([299, 349]).toContain(before)
    expect(all.value).toBe(Infinity)
  }
})

test('acceptance 13: a silent partition', () => {
  const { see, tick } = watermarks('AB', { outOfOrderness: 0, idleAfter: 1000 })
  const values = [100, 200, 300].map((timestamp) => {
    see('A', timestamp)
    return tick(1001)
  })
  expect(values).toEqual([-Infinity, 199, 299])
})
