/**
 * The leader's part in a group: it assigns the partitions of all topics that members want, and watches for partitions
 * that come later. The broker only chooses the assignor and passes bytes on.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { FailedError } from '../errors.js'
import type { Member, PartitionCounts } from './assignment.js'
import { type AssignorName, assign } from './assignors.js'
import { decodeSubscription, encodeAssignment } from './consumer-protocol.js'
import { Metadata } from './metadata.js'
import type { JoinedMember } from './requests/join-group.js'
import type { SyncGroupArgs } from './requests/sync-group.js'
import { backoff } from './retry.js'
import type { Wire } from './wire.js'

/** How often a topic is looked for that seems not to exist: a broker may not have heard of it yet. 0.7 s in all. */
const LOOKS = 4

export class GroupLeader {
  readonly #metadata: Metadata
  /** Of all topics that members want, when they were assigned; null: this member does not lead. */
  #counts: PartitionCounts | null = null
  /** Topics that were not there when they were assigned last. */
  #missing: ReadonlySet<string> = new Set()
  readonly #notice: (text: string) => void

  /** @param notice is told of topics that are assigned to nobody */
  constructor(wire: Wire, notice: (text: string) => void) {
    this.#metadata = new Metadata(wire)
    this.#notice = notice
  }

  /** Takes the lead, and assigns. Throws when no broker tells of the topics, or a member cannot be understood. */
  async assign(
    assignor: AssignorName,
    joined: readonly JoinedMember[],
    signal: AbortSignal
  ): Promise<SyncGroupArgs['assignments']> {
    const members = joined.map(memberOf)
    this.#counts = await this.#look([...new Set(members.flatMap(({ topics }) => [...topics]))], signal)
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

  async #look(topics: readonly string[], signal: AbortSignal): Promise<PartitionCounts> {
    for (let attempt = 1; ; attempt++) {
      const counts = await this.#count(topics, signal)
      const missing = topics.filter((topic) => counts.get(topic) === 0)
      const news = missing.filter((topic) => !this.#missing.has(topic))
      if (news.length > 0 && attempt < LOOKS) {
        await sleep(backoff(attempt), undefined, { signal })
        continue
      }
      this.#missing = new Set(missing)
      for (const topic of news) {
        this.#notice(`nobody in the group reads "${topic}": it does not exist, or no ACL allows Describe on it`)
      }
      return counts
    }
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
