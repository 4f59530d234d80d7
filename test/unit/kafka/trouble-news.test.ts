import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { Code } from '../../../src/kafka/error-codes.js'
import { kafkaError } from '../../../src/kafka/errors.js'
import { TroubleNews } from '../../../src/kafka/trouble-news.js'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

function said(tell: (news: TroubleNews) => void): string[] {
  const notices: string[] = []
  const news = new TroubleNews((text) => notices.push(text))
  tell(news)
  jest.runAllTimers()
  return notices
}

const moved = (partition: number, topic = 'orders'): ReturnType<typeof kafkaError> =>
  kafkaError(Code.NOT_LEADER_OR_FOLLOWER, { topic, partition })

test('one partition is named', () => {
  expect(said((news) => news.tell(moved(3)))).toEqual([
    'topic "orders" partition 3: the broker is no longer the leader (NOT_LEADER_OR_FOLLOWER): trying again'
  ])
})

test('many are one line, each topic by itself', () => {
  const notices = said((news) => {
    for (let partition = 999; partition >= 0; partition--) news.tell(moved(partition))
    for (const partition of [2, 1, 2]) news.tell(moved(partition, 'other'))
  })
  const meaning = 'the broker is no longer the leader (NOT_LEADER_OR_FOLLOWER): trying again'
  expect(notices).toEqual([
    `topic "orders" partitions 0, 1, 2, 3, 4 and 995 more: ${meaning}`,
    `topic "other" partitions 1, 2: ${meaning}`
  ])
})

test('what is said of no partition is said once', () => {
  const away = kafkaError(Code.COORDINATOR_NOT_AVAILABLE, { group: 'billing' })
  const notices = said((news) => [away, away].forEach((error) => news.tell(error)))
  expect(notices).toEqual([`${away.message}: trying again`])
})

test('later trouble is said later', () => {
  const notices: string[] = []
  const news = new TroubleNews((text) => notices.push(text))
  for (const partition of [1, 2]) {
    news.tell(moved(partition))
    jest.runAllTimers()
  }
  expect(notices).toHaveLength(2)
})
