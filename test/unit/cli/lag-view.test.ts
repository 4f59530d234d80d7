import { describe, expect, test } from '@jest/globals'
import { Trends } from '../../../src/cli/lag-view.js'
import { fit } from '../../../src/cli/redraw.js'
import { sparkline } from '../../../src/cli/sparkline.js'

describe('a sparkline', () => {
  test('reaches from nothing to the largest value', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█')
    expect(sparkline([0, 1, 50, 100])).toBe('▁▂▅█')
  })

  test('of nothing but zeros is flat, and has gaps', () => {
    expect(sparkline([0, null, 0])).toBe('▁ ▁')
    expect(sparkline([])).toBe('')
  })
})

describe('trends', () => {
  const row = (
    topic: string,
    lag: bigint | null
  ): { group: string; topic: string; partition: null; lag: bigint | null } => {
    return { group: 'g', topic, partition: null, lag }
  }

  test('tell the change a second and the last 30 samples', () => {
    const trends = new Trends()
    expect(trends.add([row('a', 10n)], 1000)).toEqual([{ 'change/s': null, trend: '█' }])
    expect(trends.add([row('a', 40n), row('b', 1n)], 3000)).toEqual([
      { 'change/s': 15, trend: '▃█' },
      { 'change/s': null, trend: '█' }
    ])
    expect(trends.add([row('a', null)], 4000)[0]!['change/s']).toBeNull()
    for (let time = 5; time < 100; time++) trends.add([row('a', 0n)], time * 1000)
    expect(trends.add([row('a', 0n)], 100_000)).toEqual([{ 'change/s': 0, trend: '▁'.repeat(30) }])
  })
})

describe('what is drawn over and over', () => {
  test('is as high and as wide as the terminal lets it be', () => {
    expect(fit(['a', 'b'], { columns: 80, rows: 3 })).toEqual(['a', 'b'])
    expect(fit(['a', 'b', 'c', 'd'], { columns: 80, rows: 4 })).toEqual(['a', 'b', '… 2 more'])
    expect(fit(['▁▂▃▄'], { columns: 3, rows: 9 })).toEqual(['▁▂▃'])
  })
})
