/** Which broker keeps a group or a transactional id. */
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import {
  type Coordinator,
  type FindCoordinatorResult,
  GROUP,
  TRANSACTION,
  findCoordinatorsApi,
  findOneCoordinatorApi
} from './requests/find-coordinator.js'
import type { Wire } from './wire.js'

/**
 * Asks any broker for the coordinators of these groups or transactional ids: the node id, or what is in the way, for
 * each. Asks once; COORDINATOR_NOT_AVAILABLE, which a cluster that has just started answers, is retriable.
 */
export async function findCoordinators(
  wire: Wire,
  type: 'group' | 'transaction',
  keys: readonly string[],
  signal?: AbortSignal
): Promise<Map<string, number | KafkaError>> {
  const keyType = type === 'group' ? GROUP : TRANSACTION
  const found = new Map<string, number | KafkaError>()
  const note = (key: string, { nodeId, host, port, errorCode, errorMessage }: Coordinator): void => {
    const subject = type === 'group' ? { group: key } : { transactionalId: key }
    if (errorCode !== Code.NONE) {
      found.set(key, kafkaError(errorCode, { ...subject, operation: 'Describe', detail: errorMessage }))
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
