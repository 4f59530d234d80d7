import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { RequestQueue } from '../../../src/kafka/request-queue.js'

const HOUR = 3_600_000
const TIMEOUT = 1000

let queue: RequestQueue
let id: number
let sent: number[]

beforeEach(() => {
  jest.useFakeTimers()
  queue = new RequestQueue(TIMEOUT)
  id = 0
  sent = []
})
afterEach(() => void jest.useRealTimers())

/** Gives the error's name, once there is one, or the bytes of the answer. */
function push(requestTimeout: number | null = null): { end: string | null } {
  const correlationId = id++
  const request: { end: string | null } = { end: null }
  queue.push({
    entry: {
      ...{ apiKey: 3, apiName: 'Metadata', apiVersion: 9, correlationId },
      resolve: ({ payload }) => void (request.end = payload.toString()),
      reject: ({ name }) => void (request.end = name)
    },
    ...{ expectResponse: true, requestTimeout },
    sendRequest: () => void sent.push(correlationId)
  })
  return request
}

function answer(correlationId: number): void {
  queue.fulfillRequest({ correlationId, payload: Buffer.from(`${correlationId}`), size: 1 })
}

test('each request ends with its answer, or after its own time', () => {
  const [usual, long, answered] = [push(), push(3 * TIMEOUT), push()]
  answer(2)
  jest.advanceTimersByTime(TIMEOUT)
  expect([usual.end, long.end, answered.end]).toEqual(['RequestTimeout', null, '2'])
  expect([0, 1, 2].map((each) => queue.entryOf(each)?.apiName)).toEqual([undefined, 'Metadata', undefined])
  jest.advanceTimersByTime(2 * TIMEOUT)
  expect(long.end).toBe('RequestTimeout')
})

test.each([HOUR, -HOUR])('a clock that jumps by %d ms makes no request late, and none everlasting', (jump) => {
  const request = push()
  jest.setSystemTime(Date.now() + jump)
  jest.advanceTimersByTime(TIMEOUT - 1)
  expect(request.end).toBe(null)
  jest.advanceTimersByTime(1)
  expect(request.end).toBe('RequestTimeout')
})

test.each([0, HOUR, -HOUR])(
  'a pause that the broker wants lasts as long as it says, with a clock that jumps by %d ms',
  (jump) => {
    queue.maybeThrottle(500)
    queue.maybeThrottle(100)
    jest.setSystemTime(Date.now() + jump)
    const requests = [push(), push()]
    jest.advanceTimersByTime(499)
    expect(sent).toEqual([])
    // Their time begins when they are sent.
    jest.advanceTimersByTime(TIMEOUT)
    expect(sent).toEqual([0, 1])
    expect(requests.map(({ end }) => end)).toEqual([null, null])
    push()
    expect(sent).toEqual([0, 1, 2])
    answer(0)
    jest.advanceTimersByTime(1)
    expect(requests.map(({ end }) => end)).toEqual(['0', 'RequestTimeout'])
  }
)

test('a connection that ends rejects all of them, those held back too, and leaves no timer', () => {
  const requests = [push()]
  queue.maybeThrottle(500)
  requests.push(push())
  queue.rejectAll(new TypeError('closed'))
  queue.destroy()
  expect(requests.map(({ end }) => end)).toEqual(['TypeError', 'TypeError'])
  expect(jest.getTimerCount()).toBe(0)
  expect(sent).toEqual([0])
})
