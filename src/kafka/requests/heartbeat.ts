/**
 * Heartbeat: a member is alive, and hears whether the group rebalances.
 * https://kafka.apache.org/protocol#The_Messages_Heartbeat
 *
 * Heartbeat Request => group_id generation_id member_id group_instance_id (3+) TAG_BUFFER
 * Heartbeat Response => throttle_time_ms error_code TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface HeartbeatArgs {
  group: string
  generation: number
  memberId: string
  instanceId: string | null
}

export interface HeartbeatResult {
  throttle: number
  errorCode: number
}

export const heartbeatApi: Api<HeartbeatArgs, HeartbeatResult> = {
  key: 12,
  name: 'Heartbeat',
  versions: [1, 4],
  flexibleFrom: 4,

  encode({ group, generation, memberId, instanceId }, to, version) {
    to.string(group).int32(generation).string(memberId)
    if (version >= 3) to.string(instanceId)
    to.tags()
  },

  decode: (from) => ({ throttle: from.int32(), errorCode: from.int16() })
}
