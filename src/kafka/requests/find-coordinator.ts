/**
 * FindCoordinator: the broker that keeps a group or a transactional id.
 * https://kafka.apache.org/protocol#The_Messages_FindCoordinator
 *
 * Version 4 takes many keys at once (KIP-699, brokers from 3.0), earlier ones a single key: two descriptions.
 *
 * FindCoordinator Request (4) => key_type [coordinator_keys] TAG_BUFFER
 * FindCoordinator Response (4) => throttle_time_ms [coordinators] TAG_BUFFER
 *   coordinators => key node_id host port error_code error_message TAG_BUFFER
 *
 * FindCoordinator Request (1-3) => key key_type TAG_BUFFER (3)
 * FindCoordinator Response (1-3) => throttle_time_ms error_code error_message node_id host port TAG_BUFFER (3)
 */
import type { Api } from '../request.js'

export const GROUP = 0
export const TRANSACTION = 1

export interface FindCoordinatorArgs {
  keyType: typeof GROUP | typeof TRANSACTION
  /** Group ids or transactional ids; `findOneCoordinatorApi` looks at the first only. */
  keys: readonly string[]
}

export interface FindCoordinatorResult {
  throttle: number
  coordinators: Coordinator[]
}

export interface Coordinator {
  /** Empty in the answer of `findOneCoordinatorApi`. */
  key: string
  nodeId: number
  host: string
  port: number
  errorCode: number
  errorMessage: string | null
}

export const findCoordinatorsApi: Api<FindCoordinatorArgs, FindCoordinatorResult> = {
  key: 10,
  name: 'FindCoordinator',
  versions: [4, 4],
  flexibleFrom: 3,

  encode({ keyType, keys }, to) {
    to.int8(keyType)
      .array(keys, (key) => to.string(key))
      .tags()
  },

  decode: (from) => ({
    throttle: from.int32(),
    coordinators: from.array(() => {
      const coordinator = {
        key: from.string(),
        nodeId: from.int32(),
        host: from.string(),
        port: from.int32(),
        errorCode: from.int16(),
        errorMessage: from.nullableString()
      }
      from.tags()
      return coordinator
    })
  })
}

export const findOneCoordinatorApi: Api<FindCoordinatorArgs, FindCoordinatorResult> = {
  key: 10,
  name: 'FindCoordinator',
  versions: [1, 3],
  flexibleFrom: 3,

  encode({ keyType, keys }, to) {
    to.string(keys[0]!).int8(keyType).tags()
  },

  decode: (from) => ({
    throttle: from.int32(),
    coordinators: [
      {
        key: '',
        errorCode: from.int16(),
        errorMessage: from.nullableString(),
        nodeId: from.int32(),
        host: from.string(),
        port: from.int32()
      }
    ]
  })
}
