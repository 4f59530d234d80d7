/** Which requests each thing that sluice does is made of, and which of them a broker is too old or too new for. Pure. */
import type { Api } from '../kafka/request.js'
import { addPartitionsToTxnApi } from '../kafka/requests/add-partitions-to-txn.js'
import { createTopicsApi } from '../kafka/requests/create-topics.js'
import { deleteGroupsApi } from '../kafka/requests/delete-groups.js'
import { describeGroupsApi } from '../kafka/requests/describe-groups.js'
import { endTxnApi } from '../kafka/requests/end-txn.js'
import { fetchApi } from '../kafka/requests/fetch.js'
import { findCoordinatorsApi, findOneCoordinatorApi } from '../kafka/requests/find-coordinator.js'
import { heartbeatApi } from '../kafka/requests/heartbeat.js'
import { initProducerIdApi } from '../kafka/requests/init-producer-id.js'
import { joinGroupApi } from '../kafka/requests/join-group.js'
import { leaveGroupApi } from '../kafka/requests/leave-group.js'
import { listGroupsApi } from '../kafka/requests/list-groups.js'
import { listOffsetsApi } from '../kafka/requests/list-offsets.js'
import { metadataApi } from '../kafka/requests/metadata.js'
import { offsetCommitApi } from '../kafka/requests/offset-commit.js'
import { offsetDeleteApi } from '../kafka/requests/offset-delete.js'
import { offsetFetchApi, offsetFetchOneApi } from '../kafka/requests/offset-fetch.js'
import { produceApi } from '../kafka/requests/produce.js'
import { syncGroupApi } from '../kafka/requests/sync-group.js'

type AnyApi = Pick<Api<never, unknown>, 'key' | 'name' | 'versions'>

/** One API that is described in two parts, by its versions. */
function both(older: AnyApi, newer: AnyApi): AnyApi {
  return { ...newer, versions: [older.versions[0], newer.versions[1]] }
}

const findCoordinator = both(findOneCoordinatorApi, findCoordinatorsApi)

/** Without it nothing works; the rest may never be wanted. */
export const ESSENTIAL = 'reading topics'

const needs: Record<string, AnyApi[]> = {
  [ESSENTIAL]: [metadataApi, listOffsetsApi, fetchApi],
  'writing topics': [metadataApi, produceApi, initProducerIdApi],
  'writing exactly once': [findCoordinator, addPartitionsToTxnApi, endTxnApi],
  'membership of groups': [findCoordinator, joinGroupApi, syncGroupApi, heartbeatApi, leaveGroupApi],
  'committed offsets': [findCoordinator, both(offsetFetchOneApi, offsetFetchApi), offsetCommitApi],
  'lag of groups': [listGroupsApi, describeGroupsApi],
  'deletion of offsets': [offsetDeleteApi, deleteGroupsApi],
  'creation of topics': [createTopicsApi]
}

export interface Unmet {
  need: string
  /** With the versions spoken here and there: `Fetch (4 to 11, the broker 12 to 17)`. */
  requests: string[]
}

/** @param versions as the broker told them, by the API's key */
export function unmetNeeds(versions: Record<number, { minVersion: number; maxVersion: number }>): Unmet[] {
  const objection = ({ key, name, versions: [lowest, highest] }: AnyApi): string[] => {
    const theirs = versions[key]
    if (!theirs) return [`${name} (unknown to the broker)`]
    if (theirs.minVersion <= highest && theirs.maxVersion >= lowest) return []
    return [`${name} (${lowest} to ${highest}, the broker ${theirs.minVersion} to ${theirs.maxVersion})`]
  }
  return Object.entries(needs)
    .map(([need, apis]) => ({ need, requests: apis.flatMap(objection) }))
    .filter(({ requests }) => requests.length > 0)
}
