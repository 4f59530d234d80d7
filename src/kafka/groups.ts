/**
 * Groups as a whole, seen from outside: which there are, their state and members, and their end. Many at once, with a
 * request to each broker; what goes wrong with one group or broker fails no other.
 */
import { decodeAssignment } from './consumer-protocol.js'
import { type Answers, askCoordinators } from './coordinators.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import { type DescribedConsumerGroup, consumerGroupDescribeApi } from './requests/consumer-group-describe.js'
import { deleteGroupsApi } from './requests/delete-groups.js'
import { type DescribedGroup, describeGroupsApi } from './requests/describe-groups.js'
import { type ListedGroup, listGroupsApi } from './requests/list-groups.js'
import { type RetryOptions, retry } from './retry.js'
import type { TopicPartition } from './topic-partition.js'
import type { Wire } from './wire.js'

type Options = Omit<RetryOptions, 'onRetry'>

export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'

export interface GroupListing {
  group: string
  /** `Stable`, `Empty`, …; null where the broker does not tell (before 2.6). */
  state: string | null
  type: GroupType
  /** `consumer`, `connect`, …; '' for a group that was only ever committed to from outside. */
  protocolType: string
}

export interface MemberDescription {
  memberId: string
  instanceId: string | null
  clientId: string
  /** The address. */
  host: string
  /** What it has at the moment; empty while the group is being rebalanced, or where members are not consumers. */
  partitions: TopicPartition[]
}

export interface GroupDescription {
  group: string
  /** `Dead`: it does not exist. */
  state: string
  type: 'classic' | 'consumer'
  protocolType: string
  /** The assignor in use, `range`, `uniform`, …; '' while there is none. */
  protocol: string
  members: MemberDescription[]
}

/** All groups, by name, of those brokers that answer; `trouble` is with the others. */
export async function listGroups(
  wire: Wire,
  options: Options
): Promise<{ groups: GroupListing[]; trouble: KafkaError[] }> {
  const groups = new Map<string, GroupListing>()
  const trouble: KafkaError[] = []
  const ask = async (node: number): Promise<void> => {
    const answer = await wire.call(node, listGroupsApi, { states: [], types: [] }, options)
    if (answer.errorCode !== Code.NONE) throw kafkaError(answer.errorCode, { operation: 'Describe' })
    for (const listed of answer.groups) groups.set(listed.group, listing(listed))
  }
  const asked = wire.nodes().map(async (node) => {
    try {
      await retry(() => ask(node), options)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      trouble.push(error)
    }
  })
  await Promise.all(asked)
  return { groups: [...groups.values()].sort((a, b) => (a.group < b.group ? -1 : 1)), trouble }
}

function listing({ type, ...group }: ListedGroup): GroupListing {
  // Before types were told there were only classic groups.
  return { ...group, type: (type?.toLowerCase() ?? 'classic') as GroupType }
}

/** State and members of each group, or what is in the way. A group that does not exist is `Dead`, without members. */
export async function describeGroups(
  wire: Wire,
  groups: readonly string[],
  options: Options
): Promise<Map<string, GroupDescription | KafkaError>> {
  const askClassic = async (node: number, some: readonly string[]): Promise<Answers<GroupDescription>> => {
    const answer = await wire.call(node, describeGroupsApi, { groups: some }, options)
    return answer.groups.map((described) => [described.group, classic(described)])
  }
  const results = await askCoordinators(wire, groups, askClassic, options)
  const isDead = (group: string): boolean => {
    const result = results.get(group)
    return !(result instanceof KafkaError) && result?.state === DEAD
  }
  const ask = async (node: number, some: readonly string[]): Promise<Answers<GroupDescription>> => {
    const answer = await wire.call(node, consumerGroupDescribeApi, { groups: some }, options)
    return answer.groups.map((described) => [described.group, consumer(described)])
  }
  for (const [group, result] of await askCoordinators(wire, groups.filter(isDead), ask, options)) {
    // A broker that does not know the request has no such groups.
    if (!(result instanceof KafkaError) || result.code !== Code.UNSUPPORTED_VERSION) results.set(group, result)
  }
  return results
}

const DEAD = 'Dead'

function classic({ errorCode, errorMessage, ...described }: DescribedGroup): GroupDescription | KafkaError {
  const { group, protocolType } = described
  if (errorCode === Code.GROUP_ID_NOT_FOUND) return dead(group)
  if (errorCode !== Code.NONE) return kafkaError(errorCode, { group, operation: 'Describe', detail: errorMessage })
  const members = described.members.map(({ assignment, ...member }) => ({
    ...member,
    host: address(member.host),
    partitions: protocolType === 'consumer' ? readAssignment(assignment) : []
  }))
  return { ...described, type: 'classic', members }
}

/** To the broker they are bytes: a client may have written anything. */
function readAssignment(bytes: Buffer): TopicPartition[] {
  try {
    return decodeAssignment(bytes)
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

function consumer({ errorCode, errorMessage, ...described }: DescribedConsumerGroup): GroupDescription | KafkaError {
  const { group, state, assignor } = described
  if (errorCode === Code.GROUP_ID_NOT_FOUND) return dead(group)
  if (errorCode !== Code.NONE) return kafkaError(errorCode, { group, operation: 'Describe', detail: errorMessage })
  const members = described.members.map((member) => ({ ...member, host: address(member.host) }))
  return { group, state, type: 'consumer', protocolType: 'consumer', protocol: assignor, members }
}

/** Brokers write hosts as Java does: `/127.0.0.1`. */
function address(host: string): string {
  return host.replace(/^\//, '')
}

function dead(group: string): GroupDescription {
  return { group, state: DEAD, type: 'classic', protocolType: '', protocol: '', members: [] }
}

/** Removes groups with all of their offsets: null where that went well. A group with members is refused. */
export async function deleteGroups(
  wire: Wire,
  groups: readonly string[],
  options: Options
): Promise<Map<string, KafkaError | null>> {
  const ask = async (node: number, some: readonly string[]): Promise<Answers<null>> => {
    const answer = await wire.call(node, deleteGroupsApi, { groups: some }, options)
    return answer.groups.map(({ group, errorCode }) => [
      group,
      errorCode === Code.NONE ? null : kafkaError(errorCode, { group, operation: 'Delete' })
    ])
  }
  return askCoordinators(wire, groups, ask, options)
}
