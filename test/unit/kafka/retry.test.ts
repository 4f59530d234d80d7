import { describe, expect, jest, test } from '@jest/globals'
import { Code } from '../../../src/kafka/error-codes.js'
import { type KafkaError, kafkaError } from '../../../src/kafka/errors.js'
import { backoff, retry } from '../../../src/kafka/retry.js'

const temporary = (): KafkaError => kafkaError(Code.LEADER_NOT_AVAILABLE, { topic: 't', partition: 1 })

test('what succeeds is done once', async () => {
  const work = jest.fn(() => Promise.resolve(7))
  await expect(retry(work, { deadline: 1000 })).resolves.toBe(7)
  expect(work).toHaveBeenCalledTimes(1)
})

test('what is retriable is tried again, after a word to the caller', async () => {
  const order: string[] = []
  const result = await retry(
    (attempt) => {
      order.push(`attempt ${attempt}`)
      return attempt < 3 ? Promise.reject(temporary()) : Promise.resolve('done')
    },
    { deadline: 10_000, onRetry: ({ codeName }, attempt) => void order.push(`${codeName} ${attempt}`) }
  )
  expect(result).toBe('done')
  const refused = 'LEADER_NOT_AVAILABLE'
  expect(order).toEqual(['attempt 1', `${refused} 1`, 'attempt 2', `${refused} 2`, 'attempt 3'])
})

test.each([
  ['an error of Kafka that is final', kafkaError(Code.TOPIC_AUTHORIZATION_FAILED, {})],
  ['a programming error', new TypeError('x is not a function')]
])('%s ends it at once', async (_, error) => {
  const work = jest.fn(() => Promise.reject(error))
  await expect(retry(work, { deadline: 10_000 })).rejects.toBe(error)
  expect(work).toHaveBeenCalledTimes(1)
})

describe('the deadline', () => {
  test('ends it with the last error, its facts, and how long it was tried', async () => {
    const error = await retry(() => Promise.reject(temporary()), { deadline: 1500 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 5, retriable: true, place: { topic: 't', partition: 1 } })
    expect((error as KafkaError).message).toMatch(/partition 1: there is no leader .* tried for \d+\.\d s$/)
  })

  test('of 0 means one attempt, whose error is told as it is', async () => {
    const error = temporary()
    await expect(retry(() => Promise.reject(error), { deadline: 0 })).rejects.toBe(error)
  })
})

describe('the signal', () => {
  test('ends the wait for the next attempt', async () => {
    const controller = new AbortController()
    const reason = new Error('interrupted')
    const onRetry = (): void => controller.abort(reason)
    const work = jest.fn(() => Promise.reject(temporary()))
    await expect(retry(work, { deadline: 60_000, signal: controller.signal, onRetry })).rejects.toBe(reason)
    expect(work).toHaveBeenCalledTimes(1)
  })

  test('is stronger than an error that comes of it', async () => {
    const controller = new AbortController()
    const reason = new Error('interrupted')
    const work = (): Promise<never> => {
      controller.abort(reason)
      return Promise.reject(temporary())
    }
    await expect(retry(work, { deadline: 60_000, signal: controller.signal })).rejects.toBe(reason)
  })
})

test('the wait doubles from 100 ms to 2 s, within 20 %', () => {
  const middle = [1, 2, 3, 4, 5, 6, 20].map((attempt) => [attempt, Math.min(100 * 2 ** (attempt - 1), 2000)] as const)
  for (const [attempt, delay] of middle) {
    for (let i = 0; i < 50; i++) {
      expect(backoff(attempt)).toBeGreaterThanOrEqual(delay * 0.8)
      expect(backoff(attempt)).toBeLessThanOrEqual(delay * 1.2)
    }
  }
})
