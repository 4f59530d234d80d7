/**
 * Commits the positions of a run to its group, in the background and one request at a time: what comes while one is under
 * way replaces what waits. A commit that fails is told and counted, and never ends the run: the next one carries newer
 * offsets (semantics.md section 3).
 */
import { type Membership, commitOffsets } from './commit-offsets.js'
import { Code } from './error-codes.js'
import type { KafkaError } from './errors.js'
import type { ResolvedOffset } from './offsets.js'
import { backoff } from './retry.js'
import { type TopicPartition, keyOf } from './topic-partition.js'
import type { Wire } from './wire.js'

/** How long a coordinator in trouble is tried, ms: for a commit that a later one replaces, and for one that is waited for. */
const PATIENCE = 5_000

export interface CommitterOptions {
  group: string
  /** As whom; undefined: from outside the group; null: as a member that we are not at the moment, so not at all. */
  membership: () => Membership | null | undefined
  notice: (text: string) => void
}

export class Committer {
  /** As Flink's metrics of these names. */
  commitsSucceeded = 0
  commitsFailed = 0
  readonly #wire: Wire
  readonly #options: CommitterOptions
  /** By partition, what was committed last. */
  readonly #committed = new Map<string, bigint>()
  #waiting: readonly ResolvedOffset[] | null = null
  /** By partition, what is being committed. */
  readonly #underWay = new Map<string, ResolvedOffset>()
  #running: Promise<void> | null = null
  #failing = false

  constructor(wire: Wire, options: CommitterOptions) {
    this.#wire = wire
    this.#options = options
  }

  /** Commits these positions, those of them that are not committed yet, as soon as the commit before is done. */
  send(positions: readonly ResolvedOffset[]): void {
    this.#waiting = positions
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  /** Resolves when what was sent last is committed or has failed. */
  async finish(): Promise<void> {
    await this.#running
  }

  /**
   * These partitions were given up: what others commit for them is not known here, and what was still to be committed
   * would take them back, should we be a member again by then.
   */
  forget(partitions: readonly TopicPartition[]): void {
    const keys = new Set(partitions.map(keyOf))
    this.#waiting = this.#waiting?.filter((position) => !keys.has(keyOf(position))) ?? null
    for (const key of keys) {
      this.#underWay.delete(key)
      this.#committed.delete(key)
    }
  }

  async #run(): Promise<void> {
    while (this.#waiting) {
      this.#underWay.clear()
      for (const position of this.#waiting) {
        const key = keyOf(position)
        if (this.#committed.get(key) !== position.offset) this.#underWay.set(key, position)
      }
      this.#waiting = null
      if (this.#underWay.size > 0) await this.#commit()
    }
  }

  async #commit(): Promise<void> {
    const { group, notice, membership } = this.#options
    const member = membership()
    if (member === null) return
    const failure = await this.#try(member)
    if (failure === null) {
      this.commitsSucceeded++
      this.#failing = false
      return
    }
    this.commitsFailed++
    // Once in a row: the next one tells nothing new.
    if (!this.#failing) notice(`offsets of group "${group}" were not committed: ${failure.line}; going on`)
    this.#failing = true
  }

  /** What was in the way of the first offset that was not committed; null: nothing. */
  async #try(first: Membership | undefined): Promise<KafkaError | null> {
    const { group, membership } = this.#options
    const start = performance.now()
    let member: Membership | null | undefined = first
    for (let attempt = 1; ; attempt++) {
      const offsets = [...this.#underWay.values()]
      const results = await commitOffsets(this.#wire, group, offsets, { member: member ?? null, deadline: PATIENCE })
      for (const [index, position] of offsets.entries()) {
        const key = keyOf(position)
        if (results[index] === null && this.#underWay.delete(key)) this.#committed.set(key, position.offset)
      }
      const failure = results.find((result) => result !== null) ?? null
      if (failure === null || !betweenGenerations.includes(failure.code)) return failure
      if (performance.now() - start > PATIENCE) return failure
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt)))
      member = membership()
      // As another member we may not: others can be further by now.
      if (member?.memberId !== first?.memberId || this.#underWay.size === 0) return failure
    }
  }
}

/** The group has gone on to another generation, or is about to; in a moment we know ours. */
const betweenGenerations: number[] = [Code.REBALANCE_IN_PROGRESS, Code.ILLEGAL_GENERATION]
