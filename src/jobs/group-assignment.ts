/**
 * The partitions that the group's assignor gives to this member: what it reads of them is committed before they go to
 * another member, and it goes on where the one before it committed.
 */
import type { KafkaSource } from '../endpoints/kafka-source.js'
import type { Membership } from '../kafka/commit-offsets.js'
import type { Committer } from '../kafka/committer.js'
import type { FetchRange } from '../kafka/fetch-cursors.js'
import type { Fetcher } from '../kafka/fetcher.js'
import { GroupMember, type GroupSettings } from '../kafka/group-member.js'
import { type TopicPartition, keyOf } from '../kafka/topic-partition.js'
import type { Wire } from '../kafka/wire.js'
import type { Assignment } from './assignment.js'
import type { SourceContext } from './open-source.js'
import type { StartOffsets } from './start-offsets.js'

export interface GroupAssignmentOptions {
  group: string
  membership: GroupSettings
  topics: readonly string[]
  source: KafkaSource
  fetcher: Fetcher
  starts: StartOffsets
  committer: Committer | null
  take: SourceContext['take']
  /** False: it ends when the partitions assigned at the time are read. */
  following: boolean
  notice: (text: string) => void
  verbose: (text: string) => void
}

export class GroupAssignment implements Assignment {
  readonly #options: GroupAssignmentOptions
  readonly #member: GroupMember
  #topics: readonly string[]
  #isFirst = true

  constructor(wire: Wire, options: GroupAssignmentOptions) {
    const { fetcher, notice, verbose } = options
    this.#options = options
    this.#topics = options.topics
    this.#member = new GroupMember(wire, {
      ...options.membership,
      group: options.group,
      onRevoked: (partitions) => this.#revoked(partitions),
      onLost: (partitions) => this.#lost(partitions),
      onAssigned: (partitions) => this.#assigned(partitions),
      notice,
      verbose
    })
    // Between two assignments there is nothing to read, which is no end.
    fetcher.hold(true)
    this.#member.failed.catch((error: unknown) => fetcher.fail(error))
  }

  start(_partitions: readonly TopicPartition[], signal: AbortSignal): Promise<void> {
    return this.#member.start(this.#topics, signal)
  }

  /** They are not ours yet: who leads the group assigns them. */
  async found(_partitions: readonly TopicPartition[], topics: readonly string[]): Promise<void> {
    const isSame = topics.length === this.#topics.length && topics.every((topic) => this.#topics.includes(topic))
    this.#topics = topics
    if (isSame) await this.#member.refresh()
    else this.#member.resubscribe(topics)
  }

  membership(): Membership | null {
    return this.#member.membership
  }

  close(): Promise<void> {
    return this.#member.leave()
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { source, fetcher, committer, verbose } = this.#options
    verbose(`giving up ${textOf(partitions)}`)
    fetcher.hold(true)
    await source.surrender(partitions)
    committer?.forget(partitions)
  }

  #lost(partitions: readonly TopicPartition[]): void {
    const { source, fetcher, committer, verbose } = this.#options
    verbose(`lost ${textOf(partitions)}`)
    fetcher.hold(true)
    source.drop(partitions)
    committer?.forget(partitions)
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    const { source, fetcher, following, verbose } = this.#options
    const ranges = await this.#startOf(partitions)
    verbose(`assigned ${textOf(partitions)}`)
    this.#isFirst = false
    source.add(ranges)
    // Where they start is committed at once, so that whoever has them next starts there, too.
    source.interrupt()
    fetcher.hold(following)
  }

  /** What the user asked for, of what a run has first; what is committed, of all that comes later or that it has had. */
  async #startOf(partitions: readonly TopicPartition[]): Promise<FetchRange[]> {
    const { starts, take } = this.#options
    const fresh = await take(partitions)
    if (!this.#isFirst) return starts.goOn(partitions)
    const keys = new Set(fresh.map(keyOf))
    const others = partitions.filter((partition) => !keys.has(keyOf(partition)))
    return [...(await starts.first(fresh)), ...(await starts.goOn(others))]
  }
}

function textOf(partitions: readonly TopicPartition[]): string {
  return partitions.map(({ topic, partition }) => `${topic}:${partition}`).join(',') || 'nothing'
}
