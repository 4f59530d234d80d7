import { describe, expect, test } from '@jest/globals'
import { FailedError } from '../../../src/errors.js'
import { Code, errorCode } from '../../../src/kafka/error-codes.js'
import { kafkaError } from '../../../src/kafka/errors.js'

describe('the table', () => {
  const codes = Array.from({ length: 135 }, (_, index) => index - 1).filter((code) => code !== 0)

  test('has every code of Kafka 4.1, each with a name of its own', () => {
    const names = codes.map((code) => errorCode(code).name)
    expect(names.filter((name) => name.startsWith('ERROR_'))).toEqual([])
    expect(new Set(names).size).toBe(codes.length)
    for (const code of codes) expect(Code[errorCode(code).name as keyof typeof Code]).toBe(code)
  })

  test('is written in clauses that fit into one line', () => {
    for (const code of codes) {
      const { meaning, advice = 'none' } = errorCode(code)
      expect(meaning).toMatch(/^[a-z].*[^.]$/)
      expect(advice).toMatch(/^\S.*[^.]$/)
      expect(meaning + advice).not.toContain('\n')
    }
  })

  // As the Java client has it: RetriableException, and InvalidMetadataException below it.
  test.each([
    ['LEADER_NOT_AVAILABLE', true, true],
    ['NOT_LEADER_OR_FOLLOWER', true, true],
    ['UNKNOWN_TOPIC_OR_PARTITION', true, true],
    ['FENCED_LEADER_EPOCH', true, true],
    ['NETWORK_EXCEPTION', true, true],
    ['REQUEST_TIMED_OUT', true, false],
    ['NOT_ENOUGH_REPLICAS', true, false],
    ['COORDINATOR_LOAD_IN_PROGRESS', true, false],
    ['OFFSET_OUT_OF_RANGE', false, false],
    ['TOPIC_AUTHORIZATION_FAILED', false, false],
    ['MESSAGE_TOO_LARGE', false, false],
    ['PRODUCER_FENCED', false, false]
  ] as const)('%s: retriable %s, stale metadata %s', (name, retriable, staleMetadata) => {
    expect(errorCode(Code[name])).toMatchObject({ retriable, staleMetadata })
  })

  test('a code of a later Kafka is final and keeps its number', () => {
    expect(kafkaError(999)).toMatchObject({ code: 999, codeName: 'ERROR_999', retriable: false })
  })
})

describe('an error', () => {
  test('says what it is about, once, in one line, with its facts', () => {
    const error = kafkaError(Code.OFFSET_OUT_OF_RANGE, { topic: 'orders', partition: 3, offset: 2n ** 62n })
    expect(error).toBeInstanceOf(FailedError)
    expect(error.line).toBe(
      'topic "orders" partition 3 offset 4611686018427387904: the offset is not in the log: it was deleted, or never written (OFFSET_OUT_OF_RANGE)'
    )
    expect(error.place).toEqual({ topic: 'orders', partition: 3, offset: 2n ** 62n })
  })

  test('carries what the broker said, without its line breaks', () => {
    const error = kafkaError(Code.POLICY_VIOLATION, { topic: 't', detail: 'no:\n  at Java.lang' })
    expect(error.message).toBe('topic "t": a policy of the cluster forbids this (POLICY_VIOLATION: no: at Java.lang)')
  })

  test.each([
    [
      Code.TOPIC_AUTHORIZATION_FAILED,
      { topic: 't', operation: 'Write' },
      'ask for an ACL that allows Write on topic "t"'
    ],
    [
      Code.GROUP_AUTHORIZATION_FAILED,
      { group: 'g', operation: 'Read' },
      'ask for an ACL that allows Read on group "g"'
    ],
    [
      Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      { transactionalId: 'x', operation: 'Write' },
      'ask for an ACL that allows Write on transactional id "x"'
    ],
    [
      Code.TOPIC_AUTHORIZATION_FAILED,
      { transactionalId: 'x', topic: 't', partition: 0, operation: 'Write' },
      'ask for an ACL that allows Write on topic "t"'
    ],
    [
      Code.CLUSTER_AUTHORIZATION_FAILED,
      { operation: 'IdempotentWrite' },
      'ask for an ACL that allows IdempotentWrite on the cluster'
    ],
    [Code.MESSAGE_TOO_LARGE, { topic: 't', operation: 'Write' }, expect.stringContaining('max.message.bytes')]
  ])('%i says what to do', (code, context, advice) => {
    expect(kafkaError(code, context).advice).toEqual(advice)
  })
})
