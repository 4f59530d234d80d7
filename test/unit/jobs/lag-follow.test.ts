import { describe, expect, test } from '@jest/globals'
import { ConditionError } from '../../../src/errors.js'
import { connectionError } from '../../../src/kafka/connection-error.js'
import { followLag, lookAtLag } from '../../../src/jobs/lag-follow.js'
import { type LagReport, rowsBy } from '../../../src/jobs/lag-rows.js'

const report = (lag: bigint | null, unknown: string[] = []): LagReport => ({
  time: 0,
  partitions: [
    {
      ...{ group: 'g', topic: 't', partition: 0, committed: null, checkpoint: null, start: null, end: null },
      ...{ lag, seconds: null, member: null, gone: false }
    }
  ],
  gone: [],
  unknown
})

/** Gives these in turn, the last one over and over. */
function reader(...answers: (LagReport | Error)[]): { read: () => Promise<LagReport>; asked: number } {
  return {
    asked: 0,
    read() {
      const answer = answers[Math.min(this.asked++, answers.length - 1)]!
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    }
  }
}

const away = connectionError('127.0.0.1:9', 'connection refused')
const never = new AbortController().signal

describe('following', () => {
  /** Follows until so many reports were seen. */
  async function follow(
    count: number,
    ...answers: (LagReport | Error)[]
  ): Promise<{ seen: number; notices: string[] }> {
    const end = new AbortController()
    const notices: string[] = []
    let seen = 0
    const observe = (): void => {
      if (++seen === count) end.abort()
    }
    const options = { interval: 5, timeout: null, observe, notice: (text: string) => notices.push(text) }
    await followLag(reader(...answers), options, end.signal)
    return { seen, notices }
  }

  test('tells of trouble once, again only when it comes back, and goes on', async () => {
    const { seen, notices } = await follow(
      4,
      report(1n, ['no leader']),
      report(1n, ['no leader']),
      away,
      away,
      report(1n),
      report(1n, ['no leader'])
    )
    expect(seen).toBe(4)
    expect(notices).toEqual(['no leader', `${away.message}: trying again`, 'no leader'])
  })

  test('the first look must succeed', async () => {
    await expect(follow(1, away)).rejects.toBe(away)
  })

  test('what cannot get better ends it', async () => {
    await expect(follow(3, report(1n), new Error('no'))).rejects.toThrow('no')
  })

  test('ends by itself after the timeout', async () => {
    const source = reader(report(0n))
    let seen = 0
    const options = { interval: 20, timeout: 50, observe: () => void seen++, notice: () => undefined }
    await followLag(source, options, never)
    expect(seen).toBeLessThanOrEqual(3)
  })
})

describe('waiting', () => {
  const rowsOf = rowsBy('topic')

  test('ends when the lag is small enough', async () => {
    const source = reader(report(9n), report(5n), report(3n))
    const { report: last, objection } = await lookAtLag(source, { max: 3n, timeout: 60_000, rowsOf }, never)
    expect([source.asked, last.partitions[0]!.lag, objection]).toEqual([3, 3n, null])
  })

  test('what is not known is waited for', async () => {
    const source = reader(report(null, ['no leader']), report(0n))
    const { objection } = await lookAtLag(source, { max: 0n, timeout: 60_000, rowsOf }, never)
    expect([source.asked, objection]).toEqual([2, null])
  })

  test('after the timeout the condition does not hold', async () => {
    const { objection } = await lookAtLag(reader(report(9n)), { max: 3n, timeout: 1, rowsOf }, never)
    expect(objection).toBeInstanceOf(ConditionError)
    expect(objection!.message).toBe('the lag of group "g" on topic "t" is 9, over 3, after 0 s')
    const { objection: unknown } = await lookAtLag(
      reader(report(null, ['no leader'])),
      { max: 3n, timeout: 1, rowsOf },
      never
    )
    expect(unknown).toBeInstanceOf(ConditionError)
  })

  test('without it one look is enough', async () => {
    const source = reader(report(9n))
    expect((await lookAtLag(source, { max: null, timeout: null, rowsOf }, never)).objection).toBeNull()
    expect((await lookAtLag(source, { max: 3n, timeout: null, rowsOf }, never)).objection).toBeInstanceOf(
      ConditionError
    )
    expect(source.asked).toBe(2)
  })
})
