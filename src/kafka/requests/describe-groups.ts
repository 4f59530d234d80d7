/**
 * DescribeGroups: state and members of groups of the classic protocol, asked of their coordinator.
 * https://kafka.apache.org/protocol#The_Messages_DescribeGroups
 *
 * A group of another kind, or one that does not exist, is `Dead`; from version 6 GROUP_ID_NOT_FOUND as well (KIP-1043).
 *
 * DescribeGroups Request => [groups] include_authorized_operations (3+) TAG_BUFFER (5+)
 * DescribeGroups Response => throttle_time_ms (1+) [groups] TAG_BUFFER (5+)
 *   groups => error_code error_message (6+) group_id group_state protocol_type protocol_data [members]
 *             authorized_operations (3+) TAG_BUFFER (5+)
 *     members => member_id group_instance_id (4+) client_id client_host member_metadata member_assignment TAG_BUFFER (5+)
 */
import type { Reader } from '../reader.js'
import type { Api } from '../request.js'

export interface DescribeGroupsArgs {
  groups: readonly string[]
}

export interface DescribeGroupsResult {
  throttle: number
  groups: DescribedGroup[]
}

export interface DescribedGroup {
  group: string
  errorCode: number
  errorMessage: string | null
  state: string
  protocolType: string
  /** The assignor in use; '' unless the group is stable. */
  protocol: string
  members: DescribedMember[]
}

export interface DescribedMember {
  memberId: string
  instanceId: string | null
  clientId: string
  host: string
  /** As the group's leader wrote it: consumer-protocol.ts reads it. Empty unless the group is stable. */
  assignment: Buffer
}

export const describeGroupsApi: Api<DescribeGroupsArgs, DescribeGroupsResult> = {
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleFrom: 5,

  encode({ groups }, to, version) {
    to.array(groups, (group) => to.string(group))
    if (version >= 3) to.boolean(false)
    to.tags()
  },

  decode: (from, version) => ({
    throttle: version >= 1 ? from.int32() : 0,
    groups: from.array(() => {
      const group = {
        errorCode: from.int16(),
        errorMessage: version >= 6 ? from.nullableString() : null,
        group: from.string(),
        state: from.string(),
        protocolType: from.string(),
        protocol: from.string(),
        members: from.array(() => readMember(from, version))
      }
      if (version >= 3) from.int32()
      from.tags()
      return group
    })
  })
}

function readMember(from: Reader, version: number): DescribedMember {
  const member = {
    memberId: from.string(),
    instanceId: version >= 4 ? from.nullableString() : null,
    clientId: from.string(),
    host: from.string()
  }
  from.range()
  const assignment = from.slice()
  from.tags()
  return { ...member, assignment }
}
