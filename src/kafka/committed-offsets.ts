/**
 * What groups have committed, read from outside: without joining, and for many groups at once, a request to each
 * coordinator. What goes wrong with one group fails no other.
 */
import { type Answers, askCoordinators, manyOrEach } from './coordinators.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import {
  type FetchedGroup,
  type OffsetFetchResult,
  offsetFetchApi,
  offsetFetchOneApi
} from './requests/offset-fetch.js'
import type { RetryOptions } from './retry.js'
import type { Wire } from './wire.js'

/** By topic and partition: the next offset to read. */
export type OffsetMap = ReadonlyMap<string, ReadonlyMap<number, bigint>>

export interface CommittedOptions extends Omit<RetryOptions, 'onRetry'> {
  /** Waits for transactions that commit offsets: for someone who will go on reading from there. */
  stable?: boolean
}

/** The committed offsets of one group; empty for a group that does not exist. Throws what is in the way. */
export async function committedOffsets(wire: Wire, group: string, options: CommittedOptions): Promise<OffsetMap> {
  const result = (await committedOffsetsOf(wire, [group], options)).get(group)!
  if (result instanceof KafkaError) throw result
  return result
}

/** The committed offsets of each group, or what is in the way. */
export async function committedOffsetsOf(
  wire: Wire,
  groups: readonly string[],
  options: CommittedOptions
): Promise<Map<string, OffsetMap | KafkaError>> {
  const { stable = false, signal } = options
  const ask = async (node: number, some: readonly string[]): Promise<Answers<OffsetMap>> => {
    const call = (api: typeof offsetFetchApi, keys: readonly string[]): Promise<OffsetFetchResult> =>
      wire.call(node, api, { groups: keys, requireStable: stable }, { signal })
    const answers = await manyOrEach(call, offsetFetchApi, offsetFetchOneApi, some)
    return answers.flatMap(([keys, answer]) =>
      answer.groups.map((fetched, index) => {
        const group = fetched.group || keys[index]!
        return [group, digest(group, fetched)] as const
      })
    )
  }
  return askCoordinators(wire, groups, ask, options)
}

function digest(group: string, { errorCode, partitions }: FetchedGroup): OffsetMap | KafkaError {
  if (errorCode === Code.GROUP_ID_NOT_FOUND) return new Map()
  if (errorCode !== Code.NONE) return kafkaError(errorCode, { group, operation: 'Read' })
  const offsets = new Map<string, Map<number, bigint>>()
  for (const { topic, partition, offset, errorCode: code } of partitions) {
    if (code !== Code.NONE) return kafkaError(code, { group, topic, partition, operation: 'Describe' })
    if (offset < 0n) continue
    const ofTopic = offsets.get(topic)
    if (ofTopic) ofTopic.set(partition, offset)
    else offsets.set(topic, new Map([[partition, offset]]))
  }
  return offsets
}
