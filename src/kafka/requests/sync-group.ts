/**
 * SyncGroup: the leader hands the assignment of a generation to the broker, and every member gets its part. The broker
 * answers when the leader has. https://kafka.apache.org/protocol#The_Messages_SyncGroup
 *
 * SyncGroup Request => group_id generation_id member_id group_instance_id (3+) protocol_type (5+) protocol_name (5+)
 *                      [assignments] TAG_BUFFER
 *   assignments => member_id assignment TAG_BUFFER
 * SyncGroup Response => throttle_time_ms error_code protocol_type (5+) protocol_name (5+) assignment TAG_BUFFER
 */
import type { Api } from '../request.js'

export interface SyncGroupArgs {
  group: string
  generation: number
  memberId: string
  instanceId: string | null
  protocolType: string
  /** The one that the broker chose. */
  protocol: string
  /** Of all members, from the leader; of nobody else. */
  assignments: readonly { memberId: string; assignment: Buffer }[]
}

export interface SyncGroupResult {
  throttle: number
  errorCode: number
  assignment: Buffer
}

export const syncGroupApi: Api<SyncGroupArgs, SyncGroupResult> = {
  key: 14,
  name: 'SyncGroup',
  versions: [1, 5],
  flexibleFrom: 4,

  encode({ group, generation, memberId, instanceId, protocolType, protocol, assignments }, to, version) {
    to.string(group).int32(generation).string(memberId)
    if (version >= 3) to.string(instanceId)
    if (version >= 5) to.string(protocolType).string(protocol)
    to.array(assignments, (member) => to.string(member.memberId).reference(member.assignment).tags()).tags()
  },

  decode(from, version) {
    const throttle = from.int32()
    const errorCode = from.int16()
    if (version >= 5) from.nullableString()
    if (version >= 5) from.nullableString()
    return { throttle, errorCode, assignment: from.slice() }
  }
}
