/**
 * Sets or deletes the committed offsets of a group: as one of its members, or from outside, which a broker takes only
 * while the group has none. One request for all partitions; what is wrong with one of them fails no other.
 */
import { askCoordinators } from './coordinators.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import type { ResolvedOffset } from './offsets.js'
import { offsetCommitApi } from './requests/offset-commit.js'
import { offsetDeleteApi } from './requests/offset-delete.js'
import type { RetryOptions } from './retry.js'
import { type TopicPartition, keyOf } from './topic-partition.js'
import type { Wire } from './wire.js'

/** As whom a member of a group commits. */
export interface Membership {
  memberId: string
  generation: number
  /** `group.instance.id`, for static membership. */
  instanceId: string | null
}

export interface CommitOptions extends Omit<RetryOptions, 'onRetry'> {
  /** null, the default: from outside. */
  member?: Membership | null
}

const OUTSIDE: Membership = { memberId: '', generation: -1, instanceId: null }

/** Each partition's error, null where it went well, in their order; or the one error of them all. */
type Outcome = KafkaError | readonly (KafkaError | null)[]

/**
 * Commits offsets: what became of each, in their order, null being well. What is retriable is tried again until the
 * deadline. A group that does not exist comes into being. Throws nothing but the signal's reason.
 */
export async function commitOffsets(
  wire: Wire,
  group: string,
  offsets: readonly ResolvedOffset[],
  { member, ...options }: CommitOptions
): Promise<(KafkaError | null)[]> {
  const as = member ?? OUTSIDE
  return settle(wire, group, offsets, options, async (node, some) => {
    const topics = byTopic(some, ({ partition, offset }) => ({ partition, offset }))
    const answer = await wire.call(node, offsetCommitApi, { group, ...as, topics }, options)
    return inOrder(some, group, answer.partitions)
  })
}

/**
 * Makes a group forget its offsets in these partitions; answers as `commitOffsets` does. A topic that the group's members
 * are subscribed to is refused (GROUP_SUBSCRIBED_TO_TOPIC).
 */
export async function deleteOffsets(
  wire: Wire,
  group: string,
  partitions: readonly TopicPartition[],
  options: Omit<RetryOptions, 'onRetry'>
): Promise<(KafkaError | null)[]> {
  return settle(wire, group, partitions, options, async (node, some) => {
    const topics = byTopic(some, ({ partition }) => partition)
    const answer = await wire.call(node, offsetDeleteApi, { group, topics }, options)
    if (answer.errorCode !== Code.NONE) return kafkaError(answer.errorCode, { group, operation: 'Delete' })
    return inOrder(some, group, answer.partitions)
  })
}

/** Asks until nothing is open, and only for what is. */
async function settle<P extends TopicPartition>(
  wire: Wire,
  group: string,
  partitions: readonly P[],
  options: Omit<RetryOptions, 'onRetry'>,
  askOnce: (node: number, some: readonly P[]) => Promise<Outcome>
): Promise<(KafkaError | null)[]> {
  const results = partitions.map((): KafkaError | null | undefined => undefined)
  if (partitions.length === 0) return []
  const ask = async (node: number): Promise<[string, KafkaError | null][]> => {
    const open = [...results.keys()].filter((index) => {
      const result = results[index]
      return result === undefined || result?.retriable
    })
    const outcome = await askOnce(
      node,
      open.map((index) => partitions[index]!)
    )
    for (const [place, index] of open.entries()) {
      results[index] = outcome instanceof KafkaError ? outcome : outcome[place]!
    }
    return [[group, results.find((result) => result?.retriable) ?? null]]
  }
  let failure: KafkaError | null | undefined
  try {
    failure = (await askCoordinators(wire, [group], ask, options)).get(group)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    failure = error
  }
  return results.map((result) => (result === undefined || result?.retriable ? failure! : result))
}

function byTopic<P extends TopicPartition, T>(
  partitions: readonly P[],
  each: (partition: P) => T
): { topic: string; partitions: T[] }[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    partitions: some.map(each)
  }))
}

function inOrder(
  partitions: readonly TopicPartition[],
  group: string,
  answers: readonly (TopicPartition & { errorCode: number })[]
): Outcome {
  const codes = new Map(answers.map((answer) => [keyOf(answer), answer.errorCode]))
  return partitions.map((one) => {
    const code = codes.get(keyOf(one)) ?? Code.UNKNOWN_SERVER_ERROR
    const { topic, partition } = one
    return code === Code.NONE ? null : kafkaError(code, { group, topic, partition, operation: 'Read' })
  })
}
