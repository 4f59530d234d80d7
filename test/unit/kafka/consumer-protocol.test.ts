// What members tell each other, against bytes of Kafka's own classes (test/fixtures/protocol).
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription
} from '../../../src/kafka/consumer-protocol.js'

const file = new URL('../../fixtures/protocol/protocol.json', import.meta.url)
const kafkas = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { request: string; response: string }>
const subscriptionBytes = (version: number): Buffer =>
  Buffer.from(kafkas[`ConsumerProtocol v${version}`]!.request, 'hex')
const assignmentBytes = (version: number): Buffer =>
  Buffer.from(kafkas[`ConsumerProtocol v${version}`]!.response, 'hex')

const subscription = {
  topics: ['orders', 'größe'],
  userData: Buffer.of(0, 0, 0, 5),
  ownedPartitions: [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 2 }
  ],
  generationId: 5,
  rackId: 'r1'
}
const assignment = [
  { topic: 'orders', partition: 0 },
  { topic: 'orders', partition: 2 },
  { topic: 'größe', partition: 1 }
]

describe.each([0, 1, 2, 3])('version %i', (version) => {
  test('of a subscription', () => {
    expect(decodeSubscription(subscriptionBytes(version))).toEqual({
      ...subscription,
      ...(version < 1 && { ownedPartitions: [] }),
      ...(version < 2 && { generationId: -1 }),
      ...(version < 3 && { rackId: null })
    })
  })

  test('of an assignment', () => {
    expect(decodeAssignment(assignmentBytes(version))).toEqual(assignment)
  })
})

test('version 3 is written', () => {
  expect(encodeSubscription(subscription)).toEqual(subscriptionBytes(3))
  expect(encodeAssignment(assignment)).toEqual(assignmentBytes(3))
})

test('a newer version has more at the end', () => {
  const newer = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0, 9), bytes.subarray(2), Buffer.from('more')])
  expect(decodeSubscription(newer(subscriptionBytes(3)))).toEqual(subscription)
  expect(decodeAssignment(newer(assignmentBytes(3)))).toEqual(assignment)
})

test('no bytes are no partitions, and what is cut short is refused', () => {
  expect(decodeAssignment(Buffer.alloc(0))).toEqual([])
  expect(() => decodeAssignment(assignmentBytes(3).subarray(0, 20))).toThrow(RangeError)
  expect(() => decodeSubscription(subscriptionBytes(3).subarray(0, 20))).toThrow(RangeError)
})
