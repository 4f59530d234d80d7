/**
 * DeleteGroups: removes groups without members, with all of their offsets, asked of their coordinator (KIP-229).
 * https://kafka.apache.org/protocol#The_Messages_DeleteGroups
 *
 * DeleteGroups Request => [groups_names] TAG_BUFFER (2)
 * DeleteGroups Response => throttle_time_ms [results] TAG_BUFFER (2)
 *   results => group_id error_code TAG_BUFFER (2)
 */
import type { Api } from '../request.js'

export interface DeleteGroupsArgs {
  groups: readonly string[]
}

export interface DeleteGroupsResult {
  throttle: number
  groups: { group: string; errorCode: number }[]
}

export const deleteGroupsApi: Api<DeleteGroupsArgs, DeleteGroupsResult> = {
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  since: '1.1',
  flexibleFrom: 2,

  encode({ groups }, to) {
    to.array(groups, (group) => to.string(group)).tags()
  },

  decode: (from) => ({
    throttle: from.int32(),
    groups: from.array(() => {
      const result = { group: from.string(), errorCode: from.int16() }
      from.tags()
      return result
    })
  })
}
