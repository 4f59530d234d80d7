/**
 * The leader's part in a group: it assigns the partitions of all topics that members want, and watches for partitions
 * that come later. The broker only chooses the assignor and passes bytes on.
 */
import { FailedError } from '../errors.js'
import type { Member, PartitionCounts } from './assignment.js'
import { type AssignorName, assign } from './assignors.js'
import { decodeSubscription, encodeAssignment } from './consumer-protocol.js'
import { Metadata } from './metadata.js'
import type { JoinedMember } from './requests/join-group.js'
import type { SyncGroupArgs } from './requests/sync-group.js'
import type { Wire } from './wire.js'

export class GroupLeader {
  readonly #metadata: Metadata
  /** Of all topics that members want, when they were assigned; null: this member does not lead. */
  #counts: PartitionCounts | null = null

  constructor(wire: Wire) {
    this.#metadata = new Metadata(wire)
  }

  /** Takes the lead, and assigns. Throws when no broker tells of the topics, or a member cannot be understood. */
  async assign(
    assignor: AssignorName,
    joined: readonly JoinedMember[],
    signal: AbortSignal
  ): Promise<SyncGroupArgs['assignments']> {
    const members = joined.map(memberOf)
    this.#counts = await this.#count([...new Set(members.flatMap(({ topics }) => [...topics]))], signal)
    return [...assign(assignor, members, this.#counts)].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(partitions)
    }))
  }

  /** Another member leads from now on, or nobody does. */
  resign(): void {
    this.#counts = null
  }

  /** Whether the topics have other partitions by now than those assigned; never where another member leads. */
  async outdated(signal: AbortSignal): Promise<boolean> {
    const assigned = this.#counts
    if (!assigned) return false
    const counts = await this.#count([...assigned.keys()], signal)
    // Who leads may have changed meanwhile.
    return this.#counts === assigned && [...assigned].some(([topic, count]) => counts.get(topic) !== count)
  }

  async #count(topics: readonly string[], signal: AbortSignal): Promise<PartitionCounts> {
    await this.#metadata.refresh(topics, signal)
    const existing = new Map(this.#metadata.topics().map((topic) => [topic.name, topic.partitions.length]))
    return new Map(topics.map((topic) => [topic, existing.get(topic) ?? 0]))
  }
}

function memberOf({ memberId, instanceId, metadata }: JoinedMember): Member {
  try {
    const { topics, ownedPartitions, generationId, userData } = decodeSubscription(metadata)
    // Before subscriptions had a field for it, Java's cooperative-sticky put the generation there.
    const generation = generationId < 0 && userData.length === 4 ? userData.readInt32BE() : generationId
    return { memberId, instanceId, topics: new Set(topics), owned: ownedPartitions, generation }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FailedError(`what the member ${memberId} of the group wants cannot be read`, undefined, { cause: error })
  }
}
