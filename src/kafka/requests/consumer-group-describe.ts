/**
 * ConsumerGroupDescribe: state and members of groups of KIP-848's protocol, asked of their coordinator. A group of
 * another kind is GROUP_ID_NOT_FOUND. https://kafka.apache.org/protocol#The_Messages_ConsumerGroupDescribe
 *
 * ConsumerGroupDescribe Request => [group_ids] include_authorized_operations TAG_BUFFER
 * ConsumerGroupDescribe Response => throttle_time_ms [groups] TAG_BUFFER
 *   groups => error_code error_message group_id group_state group_epoch assignment_epoch assignor_name [members]
 *             authorized_operations TAG_BUFFER
 *     members => member_id instance_id rack_id member_epoch client_id client_host [subscribed_topic_names]
 *                subscribed_topic_regex assignment target_assignment member_type (1+) TAG_BUFFER
 *       assignment, target_assignment => [topic_partitions] TAG_BUFFER
 *         topic_partitions => topic_id topic_name [partitions] TAG_BUFFER
 */
import type { Reader } from '../reader.js'
import type { Api } from '../request.js'

export interface ConsumerGroupDescribeArgs {
  groups: readonly string[]
}

export interface ConsumerGroupDescribeResult {
  throttle: number
  groups: DescribedConsumerGroup[]
}

export interface DescribedConsumerGroup {
  group: string
  errorCode: number
  errorMessage: string | null
  state: string
  /** The assignor in use. */
  assignor: string
  members: DescribedConsumer[]
}

export interface DescribedConsumer {
  memberId: string
  instanceId: string | null
  clientId: string
  host: string
  /** What it has now; not yet what the group means to give it. */
  partitions: { topic: string; partition: number }[]
}

export const consumerGroupDescribeApi: Api<ConsumerGroupDescribeArgs, ConsumerGroupDescribeResult> = {
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: [0, 1],
  since: '4.0',
  flexibleFrom: 0,

  encode({ groups }, to) {
    to.array(groups, (group) => to.string(group))
      .boolean(false)
      .tags()
  },

  decode: (from, version) => ({
    throttle: from.int32(),
    groups: from.array(() => {
      const errorCode = from.int16()
      const errorMessage = from.nullableString()
      const group = from.string()
      const state = from.string()
      from.int32()
      from.int32()
      const assignor = from.string()
      const members = from.array(() => readMember(from, version))
      from.int32()
      from.tags()
      return { group, errorCode, errorMessage, state, assignor, members }
    })
  })
}

function readMember(from: Reader, version: number): DescribedConsumer {
  const memberId = from.string()
  const instanceId = from.nullableString()
  from.nullableString()
  from.int32()
  const clientId = from.string()
  const host = from.string()
  from.array(() => from.string())
  from.nullableString()
  const partitions = readAssignment(from)
  readAssignment(from)
  if (version >= 1) from.int8()
  from.tags()
  return { memberId, instanceId, clientId, host, partitions }
}

function readAssignment(from: Reader): DescribedConsumer['partitions'] {
  const partitions: DescribedConsumer['partitions'] = []
  from.array(() => {
    from.uuid()
    const topic = from.string()
    from.array(() => partitions.push({ topic, partition: from.int32() }))
    from.tags()
  })
  from.tags()
  return partitions
}
