/**
 * LeaveGroup: a member goes, so that the others need not wait until its session is over.
 * https://kafka.apache.org/protocol#The_Messages_LeaveGroup
 *
 * LeaveGroup Request (3-5) => group_id [members] TAG_BUFFER (4+)
 *   members => member_id group_instance_id reason (5) TAG_BUFFER (4+)
 * LeaveGroup Request (1-2) => group_id member_id
 * LeaveGroup Response => throttle_time_ms error_code [members] (3+) TAG_BUFFER (4+)
 *   members => member_id group_instance_id error_code TAG_BUFFER (4+)
 */
import { Code } from '../error-codes.js'
import type { Api } from '../request.js'

export interface LeaveGroupArgs {
  group: string
  memberId: string
}

export interface LeaveGroupResult {
  throttle: number
  /** Of the request, or else of the member. */
  errorCode: number
}

export const leaveGroupApi: Api<LeaveGroupArgs, LeaveGroupResult> = {
  key: 13,
  name: 'LeaveGroup',
  versions: [1, 5],
  flexibleFrom: 4,

  encode({ group, memberId }, to, version) {
    to.string(group)
    if (version < 3) to.string(memberId)
    else {
      to.array([memberId], (id) => {
        to.string(id).string(null)
        if (version >= 5) to.string(null)
        to.tags()
      })
    }
    to.tags()
  },

  decode(from, version) {
    const throttle = from.int32()
    const errorCode = from.int16()
    if (version < 3) return { throttle, errorCode }
    const codes = from.array(() => {
      from.string()
      from.nullableString()
      const code = from.int16()
      from.tags()
      return code
    })
    return { throttle, errorCode: errorCode || (codes.find((code) => code !== Code.NONE) ?? Code.NONE) }
  }
}
