/**
 * ListGroups: the groups that a broker coordinates. https://kafka.apache.org/protocol#The_Messages_ListGroups
 *
 * ListGroups Request => [states_filter] (4+) [types_filter] (5+) TAG_BUFFER (3+)
 * ListGroups Response => throttle_time_ms (1+) error_code [groups] TAG_BUFFER (3+)
 *   groups => group_id protocol_type group_state (4+) group_type (5+) TAG_BUFFER (3+)
 */
import type { Api } from '../request.js'

export interface ListGroupsArgs {
  /** Only groups in one of these states (from version 4, KIP-518); empty: all. */
  states: readonly string[]
  /** Only groups of one of these types (from version 5, KIP-848); empty: all. */
  types: readonly string[]
}

export interface ListGroupsResult {
  throttle: number
  errorCode: number
  groups: ListedGroup[]
}

export interface ListedGroup {
  group: string
  /** `consumer` for consumers, `connect` for Connect; '' for a group that was only ever committed to from outside. */
  protocolType: string
  /** `Stable`, `Empty`, …; null before version 4. */
  state: string | null
  /** `Classic`, `Consumer`, `Share`, `Streams`; null before version 5. */
  type: string | null
}

export const listGroupsApi: Api<ListGroupsArgs, ListGroupsResult> = {
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,

  encode({ states, types }, to, version) {
    if (version >= 4) to.array(states, (state) => to.string(state))
    if (version >= 5) to.array(types, (type) => to.string(type))
    to.tags()
  },

  decode: (from, version) => ({
    throttle: version >= 1 ? from.int32() : 0,
    errorCode: from.int16(),
    groups: from.array(() => {
      const group = {
        group: from.string(),
        protocolType: from.string(),
        state: version >= 4 ? from.string() : null,
        type: version >= 5 ? from.string() : null
      }
      from.tags()
      return group
    })
  })
}
