/**
 * What groups have committed, read from outside: without joining, and for many groups at once, a request to each
 * coordinator. What goes wrong with one group fails no other.
 */
import { findCoordinators, manyOrEach } from './coordinators.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import {
  type FetchedGroup,
  type OffsetFetchResult,
  offsetFetchApi,
  offsetFetchOneApi
} from './requests/offset-fetch.js'
import { type RetryOptions, retry } from './retry.js'
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
  const results = new Map<string, OffsetMap | KafkaError>()
  const open = (group: string): boolean => {
    const result = results.get(group)
    return result === undefined || (result instanceof KafkaError && result.retriable)
  }
  const ask = async (): Promise<void> => {
    for (const [group, result] of await askOnce(wire, groups.filter(open), options)) results.set(group, result)
    const failed = [...results.values()].find((result) => result instanceof KafkaError && result.retriable)
    if (failed) throw failed as KafkaError
  }
  await retry(ask, options).catch((error: unknown) => {
    // With an answer for every group, its error stands there.
    if (!(error instanceof KafkaError) || results.size < groups.length) throw error
  })
  return results
}

async function askOnce(
  wire: Wire,
  groups: readonly string[],
  { stable = false, signal }: CommittedOptions
): Promise<Map<string, OffsetMap | KafkaError>> {
  const results = new Map<string, OffsetMap | KafkaError>()
  const nodes = await findCoordinators(wire, 'group', groups, signal)
  const askNode = async (node: number, some: readonly string[]): Promise<void> => {
    const call = (api: typeof offsetFetchApi, keys: readonly string[]): Promise<OffsetFetchResult> =>
      wire.call(node, api, { groups: keys, requireStable: stable }, { signal })
    try {
      for (const [keys, answer] of await manyOrEach(call, offsetFetchApi, offsetFetchOneApi, some)) {
        for (const [index, fetched] of answer.groups.entries()) {
          const group = fetched.group || keys[index]!
          results.set(group, digest(group, fetched))
        }
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      for (const group of some) results.set(group, error)
    }
  }
  const byNode = Map.groupBy(groups, (group) => nodes.get(group))
  const asked = [...byNode].map(async ([node, some]) => {
    if (typeof node === 'number') await askNode(node, some)
    else for (const group of some) results.set(group, node ?? kafkaError(Code.COORDINATOR_NOT_AVAILABLE, { group }))
  })
  await Promise.all(asked)
  return results
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
