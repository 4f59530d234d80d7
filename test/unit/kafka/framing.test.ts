import { describe, expect, test } from '@jest/globals'
import { Framing, NOT_KAFKA, WANTS_TLS } from '../../../src/kafka/framing.js'

function response(correlationId: number, body: string): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(4 + body.length, 0)
  head.writeInt32BE(correlationId, 4)
  return Buffer.concat([head, Buffer.from(body)])
}

function collect(): { framing: Framing; delivered: string[]; sizes: number[] } {
  const delivered: string[] = []
  const sizes: number[] = []
  const framing = new Framing(
    (_, size) => {
      sizes.push(size)
      return Buffer.alloc(size)
    },
    (correlationId, body) => delivered.push(`${correlationId} ${body.toString()}`)
  )
  return { framing, delivered, sizes }
}

const stream = Buffer.concat([
  response(1, 'one'),
  response(2, ''),
  response(2 ** 31 - 1, 'x'.repeat(50)),
  response(4, 'four')
])
const expected = ['1 one', '2 ', `${2 ** 31 - 1} ${'x'.repeat(50)}`, '4 four']

test.each([1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 64, stream.length])('chunks of %i bytes', (size) => {
  const { framing, delivered, sizes } = collect()
  // One buffer for all chunks, as a socket reads into one.
  const chunk = Buffer.alloc(size)
  for (let at = 0; at < stream.length; at += size) {
    const copied = stream.copy(chunk, 0, at)
    framing.take(chunk.subarray(0, copied))
  }
  expect(delivered).toEqual(expected)
  expect(sizes).toEqual([3, 0, 50, 4])
})

describe('a peer that does not speak Kafka', () => {
  test.each([
    ['a TLS alert of 7 bytes', Buffer.from('15030300020246', 'hex'), WANTS_TLS],
    ['an HTTP server', Buffer.from('HTTP/1.1 400 Bad Request'), 'it is an HTTP server'],
    ['a size below the correlation id', Buffer.from('00000003', 'hex'), NOT_KAFKA],
    ['a negative size', Buffer.from('ffffffff00000000', 'hex'), NOT_KAFKA]
  ])('%s', (_, bytes, message) => {
    const { framing, sizes } = collect()
    expect(() => framing.take(bytes)).toThrow(message)
    expect(sizes).toEqual([])
  })
})
