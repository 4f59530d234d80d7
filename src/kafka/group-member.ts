/**
 * A member of a consumer group: joins, and takes part whenever the group rebalances, until it leaves. Which partitions it
 * has is told by callbacks, one at a time and in order.
 *
 * As with the Java client, it keeps its partitions through a rebalance (KIP-429) only when it offers nothing but
 * cooperative assignors. Otherwise the broker may choose another one for the next generation, whose leader gives them to
 * others at once, while they are still being read here: so everything is given up before each rebalance.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { untilAborted } from './abort.js'
import type { Membership } from './commit-offsets.js'
import { NO_GENERATION } from './consumer-protocol.js'
import { Code } from './error-codes.js'
import { KafkaError } from './errors.js'
import { GroupSession, type SessionOptions } from './group-session.js'
import { type TopicPartition, keyOf } from './topic-partition.js'
import { Trouble } from './trouble.js'
import type { Wire } from './wire.js'

export type { GroupSettings } from './group-session.js'

export interface GroupOptions extends SessionOptions {
  /** Partitions are to be given up: resolves when what was read of them is flushed and committed. */
  onRevoked(partitions: TopicPartition[]): Promise<void>
  /** They are someone else's already: nothing may be committed any more. Also while `onRevoked` is at work on them. */
  onLost(partitions: TopicPartition[]): void
  /**
   * Partitions that are this member's from now on. Also told when there are none: of the first assignment, and of one
   * after partitions were given up or lost.
   */
  onAssigned(partitions: TopicPartition[]): Promise<void>
}

/** Before joining again as another member, or after a rebalance that came to nothing. ms */
const PAUSE = 100

export class GroupMember {
  readonly #options: GroupOptions
  readonly #session: GroupSession
  readonly #cooperative: boolean
  #topics: readonly string[] = []
  #owned: TopicPartition[] = []
  /** Of the assignment that `#owned` comes from. */
  #generation = NO_GENERATION
  /** Resolved when the group is to be joined again. */
  #rejoin = Promise.withResolvers<void>()
  /** Aborted to end heartbeats. */
  #alive = new AbortController()
  /** Aborted by `leave`, or by what makes membership impossible. */
  readonly #over = new AbortController()
  /** Whether an assignment is to be told, even if nothing was added: there was none yet since the last loss. */
  #awaited = true
  readonly #started = Promise.withResolvers<void>()
  readonly #failed = Promise.withResolvers<never>()

  constructor(wire: Wire, options: GroupOptions) {
    this.#options = options
    this.#session = new GroupSession(wire, options)
    this.#cooperative = options.assignors.every((name) => name === 'cooperative-sticky')
    this.#failed.promise.catch(() => undefined)
  }

  /** For OffsetCommit; null while not a member. Another one with every generation. */
  get membership(): Membership | null {
    return this.#session.membership
  }

  /** Rejects with what makes membership impossible, or what a callback threw; never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /**
   * Joins, and stays a member in the background. Resolves when `onAssigned` is done with the first assignment; rejects as
   * `failed` does, or with the signal's reason: that ends this wait, and the membership goes on until `leave`.
   */
  start(topics: readonly string[], signal: AbortSignal): Promise<void> {
    this.#topics = inOrder(topics)
    void this.#run()
    return untilAborted(Promise.race([this.#started.promise, this.failed]), signal)
  }

  /** Joins again with other topics. */
  resubscribe(topics: readonly string[]): void {
    const wanted = inOrder(topics)
    if (wanted.join() === this.#topics.join()) return
    this.#topics = wanted
    this.#joinAgain('other topics are wanted')
  }

  /** When this member leads: looks whether the group's topics have other partitions by now, and then joins again. */
  async refresh(): Promise<void> {
    try {
      if (await this.#session.outdated(this.#over.signal)) this.#joinAgain('there are other partitions')
    } catch (error) {
      if (this.#over.signal.aborted) return
      if (!(error instanceof KafkaError) || !error.retriable) throw error
      this.#options.verbose(error.message)
    }
  }

  /** Ends heartbeats and callbacks, and leaves the group, within a few seconds; a static member stays in it. */
  async leave(): Promise<void> {
    this.#over.abort()
    this.#alive.abort()
    await this.#session.leave()
  }

  async #run(): Promise<void> {
    const { signal } = this.#over
    const trouble = new Trouble()
    try {
      for (;;) {
        try {
          await this.#revoke(this.#cooperative ? this.#unwanted() : this.#owned)
          await this.#join()
          trouble.over()
          await untilAborted(this.#rejoin.promise, signal)
        } catch (error) {
          signal.throwIfAborted()
          await sleep(this.#recover(error, trouble), undefined, { signal })
        }
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  async #join(): Promise<void> {
    this.#alive.abort()
    this.#rejoin = Promise.withResolvers()
    const wanted = { topics: this.#topics, owned: this.#owned, generation: this.#generation }
    const assigned = await this.#session.join(wanted, this.#over.signal)
    this.#stayAlive()
    const ours = assigned.filter(({ topic }) => this.#topics.includes(topic))
    // A static member that comes back is given what it had, whatever it wants now. (To a member that wants nothing, Java's
    // cooperative-sticky may give partitions again and again.)
    if (ours.length < assigned.length && this.#topics.length > 0) this.#joinAgain('other topics are wanted')
    this.#generation = this.membership!.generation
    const added = without(ours, this.#owned)
    const revoked = without(this.#owned, ours)
    if (revoked.length > 0) {
      await this.#revoke(revoked)
      // So that they can be assigned to others.
      this.#joinAgain('partitions were given up')
    }
    if (this.membership === null) return
    this.#owned.push(...added)
    if (added.length > 0 || this.#awaited) await this.#callback(this.#options.onAssigned(added))
    this.#awaited = false
    this.#started.resolve()
  }

  #joinAgain(reason: string): void {
    this.#options.verbose(`group "${this.#options.group}" is joined again: ${reason}`)
    this.#rejoin.resolve()
  }

  /** Heartbeats go on while callbacks are at work, and end with the next join. */
  #stayAlive(): void {
    const { signal } = (this.#alive = new AbortController())
    this.#session
      .keepAlive(() => this.#joinAgain('it rebalances'), signal)
      .catch((error: unknown) => {
        if (signal.aborted) return
        try {
          this.#recover(error, new Trouble())
          this.#rejoin.resolve()
        } catch (final) {
          this.#fail(final)
        }
      })
  }

  /** Cooperative members keep what they have; but what they do not want any more could not be assigned to others. */
  #unwanted(): TopicPartition[] {
    return this.#owned.filter(({ topic }) => !this.#topics.includes(topic))
  }

  async #revoke(partitions: TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    this.#awaited = true
    await this.#callback(this.#options.onRevoked([...partitions]))
    this.#owned = without(this.#owned, partitions)
  }

  /** What a callback throws ends everything; and there is nothing more to do after one if everything has ended. */
  async #callback(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => this.#fail(error))
    this.#over.signal.throwIfAborted()
  }

  /** Milliseconds after which the group can be joined again. Throws what is final. */
  #recover(error: unknown, trouble: Trouble): number {
    if (!(error instanceof KafkaError)) throw error
    switch (error.code) {
      case Code.REBALANCE_IN_PROGRESS:
        return PAUSE
      case Code.UNKNOWN_MEMBER_ID:
      case Code.ILLEGAL_GENERATION:
        this.#lose(error)
        return PAUSE
      case Code.FENCED_INSTANCE_ID:
        this.#lose(error)
        throw error
      default: {
        const delay = trouble.met(error)
        if (trouble.isNews) this.#options.notice(`${error.message}: trying again`)
        return delay
      }
    }
  }

  #lose(error: KafkaError): void {
    this.#alive.abort()
    this.#session.end(error)
    this.#generation = NO_GENERATION
    const lost = this.#owned
    if (lost.length === 0) return
    this.#awaited = true
    this.#owned = []
    this.#options.notice(`${error.message}: its partitions are lost`)
    this.#options.onLost(lost)
  }

  #fail(error: unknown): void {
    if (this.#over.signal.aborted) return
    this.#failed.reject(error)
    this.#over.abort()
    this.#alive.abort()
  }
}

function inOrder(topics: readonly string[]): string[] {
  return [...new Set(topics)].sort()
}

function without(partitions: readonly TopicPartition[], others: readonly TopicPartition[]): TopicPartition[] {
  const taken = new Set(others.map(keyOf))
  return partitions.filter((partition) => !taken.has(keyOf(partition)))
}
