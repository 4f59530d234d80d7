/** Which broker keeps a group or a transactional id, and how many groups are asked about with a request to each broker. */
import { Code } from './error-codes.js'
import { type ErrorContext, KafkaError, kafkaError } from './errors.js'
import {
  type Coordinator,
  type FindCoordinatorResult,
  GROUP,
  TRANSACTION,
  findCoordinatorsApi,
  findOneCoordinatorApi
} from './requests/find-coordinator.js'
import { type RetryOptions, retry } from './retry.js'
import type { Wire } from './wire.js'

/**
 * Asks any broker for the coordinators of these groups or transactional ids: the node id, or what is in the way, for
 * each. Asks once; COORDINATOR_NOT_AVAILABLE, which a cluster that has just started answers, is retriable.
 */
export async function findCoordinators(
  wire: Wire,
  type: 'group' | 'transaction',
  keys: readonly string[],
  signal?: AbortSignal,
  operation = 'Describe'
): Promise<Map<string, number | KafkaError>> {
  const keyType = type === 'group' ? GROUP : TRANSACTION
  const found = new Map<string, number | KafkaError>()
  const note = (key: string, { nodeId, host, port, errorCode, errorMessage }: Coordinator): void => {
    if (errorCode !== Code.NONE) {
      found.set(key, kafkaError(errorCode, { ...subjectOf(type, key), operation, detail: errorMessage }))
    } else {
      wire.addBroker({ nodeId, host, port, rack: null })
      found.set(key, nodeId)
    }
  }
  const call = (api: typeof findCoordinatorsApi, some: readonly string[]): Promise<FindCoordinatorResult> =>
    wire.any(api, { keyType, keys: some }, { signal })
  for (const [some, { coordinators }] of await manyOrEach(call, findCoordinatorsApi, findOneCoordinatorApi, keys)) {
    for (const [index, coordinator] of coordinators.entries()) note(coordinator.key || some[index]!, coordinator)
  }
  return found
}

/** The coordinator of one group or transactional id, for a member or a producer. Asks once; throws what is in the way. */
export async function findCoordinator(
  wire: Wire,
  type: 'group' | 'transaction',
  key: string,
  signal?: AbortSignal
): Promise<number> {
  // What they need next brings the right to ask for it.
  const operation = type === 'group' ? 'Read' : 'Write'
  const found = (await findCoordinators(wire, type, [key], signal, operation)).get(key)
  if (typeof found === 'number') return found
  throw found ?? kafkaError(Code.COORDINATOR_NOT_AVAILABLE, subjectOf(type, key))
}

function subjectOf(type: 'group' | 'transaction', key: string): ErrorContext {
  return type === 'group' ? { group: key } : { transactionalId: key }
}

/** One request for all keys; where the broker only knows the older form of it, one for each. */
export async function manyOrEach<A, R>(
  call: (api: A, keys: readonly string[]) => Promise<R>,
  many: A,
  one: A,
  keys: readonly string[]
): Promise<[readonly string[], R][]> {
  try {
    return [[keys, await call(many, keys)]]
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== Code.UNSUPPORTED_VERSION) throw error
    return Promise.all(keys.map(async (key): Promise<[string[], R]> => [[key], await call(one, [key])]))
  }
}

/** What a coordinator says of each of its groups. */
export type Answers<R> = Iterable<readonly [group: string, result: R | KafkaError]>

/**
 * Asks the coordinator of each group, all coordinators at once. What is retriable is tried again until the deadline, and
 * only for the groups concerned. The result has every group: its answer, or what is in the way. Throws only where no
 * broker answers, and the signal's reason.
 */
export async function askCoordinators<R>(
  wire: Wire,
  groups: readonly string[],
  ask: (node: number, groups: readonly string[]) => Promise<Answers<R>>,
  options: Omit<RetryOptions, 'onRetry'>
): Promise<Map<string, R | KafkaError>> {
  const results = new Map<string, R | KafkaError>()
  if (groups.length === 0) return results
  const isOpen = (group: string): boolean => {
    const result = results.get(group)
    return result === undefined || (result instanceof KafkaError && result.retriable)
  }
  const askNode = async (node: number | KafkaError | undefined, some: readonly string[]): Promise<void> => {
    for (const group of some) {
      results.set(group, node instanceof KafkaError ? node : kafkaError(Code.COORDINATOR_NOT_AVAILABLE, { group }))
    }
    if (typeof node !== 'number') return
    try {
      for (const [group, result] of await ask(node, some)) results.set(group, result)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      for (const group of some) results.set(group, error)
    }
  }
  const askAll = async (): Promise<void> => {
    const open = groups.filter(isOpen)
    const nodes = await findCoordinators(wire, 'group', open, options.signal)
    await Promise.all([...Map.groupBy(open, (group) => nodes.get(group))].map(([node, some]) => askNode(node, some)))
    const failed = groups.find(isOpen)
    if (failed !== undefined) throw results.get(failed) as KafkaError
  }
  await retry(askAll, options).catch((error: unknown) => {
    // With an answer for every group, its error stands there.
    if (!(error instanceof KafkaError) || results.size < new Set(groups).size) throw error
  })
  return results
}
