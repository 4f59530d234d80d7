/**
 * Fuzzes what members of a group tell each other: what we write is read as it was meant, what others write is read as
 * something or refused by the reader, and whatever members claim to want and to have, each partition that is wanted is
 * given to one member at most.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Member } from '../../src/kafka/assignment.js'
import { assign } from '../../src/kafka/assignors.js'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscription
} from '../../src/kafka/consumer-protocol.js'
import { type TopicPartition, keyOf } from '../../src/kafka/topic-partition.js'
import { damagedBytes } from './damage.js'
import { type Below, type Fuzzer, oneOf } from './fuzzer.js'
import { REFUSALS } from './responses.js'

const TOPICS = ['a', 'b', 'orders', 'Grüße', '__proto__', '', 'x'.repeat(249)]
const NUMBERS = [0, 1, 2, 3, 7, -1, 2 ** 31 - 1, -(2 ** 31)]

export const membersFuzzer: Fuzzer = {
  name: 'group members',
  cases: 1_000_000,
  next(below) {
    switch (below(3)) {
      case 0:
        return assignmentCase(below)
      case 1:
        return subscriptionCase(below)
      default:
        return assigningCase(below)
    }
  }
}

function assignmentCase(below: Below): ReturnType<Fuzzer['next']> {
  const partitions = somePartitions(below)
  const bytes = encodeAssignment(partitions)
  const input = below(3) === 0 ? bytes : damagedBytes(bytes, 0, below)
  return {
    input,
    check() {
      const read = readOr(() => decodeAssignment(input))
      if (input === bytes && !isDeepStrictEqual(read, partitions)) throw new Error('it is read as another')
    }
  }
}

function subscriptionCase(below: Below): ReturnType<Fuzzer['next']> {
  const subscription: Subscription = {
    topics: someTopics(below),
    userData: Buffer.alloc(below(6), below(256)),
    ownedPartitions: somePartitions(below),
    generationId: oneOf(NUMBERS, below),
    rackId: oneOf([null, '', 'r1'], below)
  }
  const bytes = encodeSubscription(subscription)
  const input = below(3) === 0 ? bytes : damagedBytes(bytes, 0, below)
  return {
    input,
    check() {
      const read = readOr(() => decodeSubscription(input))
      if (input === bytes && !isDeepStrictEqual(read, subscription)) throw new Error('it is read as another')
    }
  }
}

function assigningCase(below: Below): ReturnType<Fuzzer['next']> {
  const members = Array.from({ length: 1 + below(5) }, (_, i): Member => ({
    memberId: `m${i}`,
    instanceId: oneOf([null, null, `i${i}`], below),
    topics: new Set(someTopics(below)),
    owned: somePartitions(below),
    generation: oneOf(NUMBERS, below)
  }))
  const counts = new Map(TOPICS.map((topic) => [topic, below(6)]))
  const name = oneOf(['range', 'roundrobin', 'cooperative-sticky'] as const, below)
  return {
    input: JSON.stringify({ members: members.map(({ topics, ...member }) => ({ ...member, topics: [...topics] })) }),
    about: name,
    check() {
      const given = new Set<string>()
      for (const [memberId, partitions] of assign(name, members, counts)) {
        const { topics } = members.find((member) => member.memberId === memberId)!
        for (const each of partitions) {
          const exists = each.partition >= 0 && each.partition < counts.get(each.topic)!
          if (!topics.has(each.topic) || !exists) throw new Error(`${memberId} is given ${keyOf(each)}`)
          if (given.has(keyOf(each))) throw new Error(`${keyOf(each)} is given twice`)
          given.add(keyOf(each))
        }
      }
    }
  }
}

function readOr<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError) || !REFUSALS.test(error.message)) throw error
    return null
  }
}

function someTopics(below: Below): string[] {
  return [...new Set(Array.from({ length: below(4) }, () => oneOf(TOPICS, below)))]
}

/** Together by topic, as they are written. */
function somePartitions(below: Below): TopicPartition[] {
  return someTopics(below).flatMap((topic) =>
    [...new Set(Array.from({ length: 1 + below(4) }, () => oneOf(NUMBERS, below)))].map((partition) => ({
      topic,
      partition
    }))
  )
}
