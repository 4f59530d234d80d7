/**
 * JoinGroup: become a member of a group, or take part in its next generation. The broker answers when all members have
 * asked, or the rebalance timeout is over. https://kafka.apache.org/protocol#The_Messages_JoinGroup
 *
 * From version 4 a new member is first given its id (MEMBER_ID_REQUIRED, KIP-394) and has to ask again with it.
 *
 * JoinGroup Request => group_id session_timeout_ms rebalance_timeout_ms member_id group_instance_id (5+) protocol_type
 *                      [protocols] reason (8+) TAG_BUFFER
 *   protocols => name metadata TAG_BUFFER
 * JoinGroup Response => throttle_time_ms error_code generation_id protocol_type (7+) protocol_name leader
 *                       skip_assignment (9+) member_id [members] TAG_BUFFER
 *   members => member_id group_instance_id (5+) metadata TAG_BUFFER
 */
import { Code } from '../error-codes.js'
import { kafkaError } from '../errors.js'
import type { Api } from '../request.js'

export interface JoinGroupArgs {
  group: string
  /** Milliseconds without a heartbeat after which the broker takes the member for dead. */
  sessionTimeout: number
  /** Milliseconds that members have to join again. */
  rebalanceTimeout: number
  /** Empty for a new member. */
  memberId: string
  /** null: a dynamic member. */
  instanceId: string | null
  protocolType: string
  /** In order of preference. */
  protocols: readonly { name: string; metadata: Buffer }[]
}

export interface JoinGroupResult {
  throttle: number
  errorCode: number
  generation: number
  /** Chosen by the broker: one that all members know. Empty with an error. */
  protocol: string
  /** The id of the member that assigns. */
  leader: string
  /** True for a static member that came back: it leads, but the assignment stays as it is (KIP-814). */
  skipAssignment: boolean
  memberId: string
  /** Told to the leader alone. */
  members: JoinedMember[]
}

export interface JoinedMember {
  memberId: string
  instanceId: string | null
  /** What it sent along with the chosen protocol. */
  metadata: Buffer
}

/** The first version with static membership (KIP-345, brokers from 2.3). */
const STATIC = 5

const STATIC_NEEDS = 'this needs Kafka 2.3 or newer'

export const joinGroupApi: Api<JoinGroupArgs, JoinGroupResult> = {
  key: 11,
  name: 'JoinGroup',
  versions: [2, 9],
  flexibleFrom: 6,

  encode({ group, sessionTimeout, rebalanceTimeout, memberId, instanceId, protocolType, protocols }, to, version) {
    if (instanceId !== null && version < STATIC) {
      throw kafkaError(Code.UNSUPPORTED_VERSION, { group, detail: 'group.instance.id', advice: STATIC_NEEDS })
    }
    to.string(group).int32(sessionTimeout).int32(rebalanceTimeout).string(memberId)
    if (version >= STATIC) to.string(instanceId)
    to.string(protocolType).array(protocols, ({ name, metadata }) => to.string(name).reference(metadata).tags())
    if (version >= 8) to.string(null)
    to.tags()
  },

  decode(from, version) {
    const throttle = from.int32()
    const errorCode = from.int16()
    const generation = from.int32()
    if (version >= 7) from.nullableString()
    return {
      throttle,
      errorCode,
      generation,
      protocol: from.string(),
      leader: from.string(),
      skipAssignment: version >= 9 && from.boolean(),
      memberId: from.string(),
      members: from.array(() => {
        const member = {
          memberId: from.string(),
          instanceId: version >= STATIC ? from.nullableString() : null,
          metadata: from.slice()
        }
        from.tags()
        return member
      })
    }
  }
}
