/**
 * A member of a group as the coordinator knows it: the requests of its life, one after the other. What it reads meanwhile,
 * and what becomes of errors, is `group-member.ts`'s. Codes that a broker answers with are thrown as KafkaError.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { FailedError } from '../errors.js'
import { untilAborted } from './abort.js'
import type { AssignorName } from './assignors.js'
import type { Membership } from './commit-offsets.js'
import { decodeAssignment, encodeSubscription } from './consumer-protocol.js'
import { Code } from './error-codes.js'
import { KafkaError, kafkaError } from './errors.js'
import { GroupCoordinator } from './group-coordinator.js'
import { GroupLeader } from './group-leader.js'
import { heartbeatApi } from './requests/heartbeat.js'
import { type JoinGroupResult, joinGroupApi } from './requests/join-group.js'
import { leaveGroupApi } from './requests/leave-group.js'
import { syncGroupApi } from './requests/sync-group.js'
import type { TopicPartition } from './topic-partition.js'
import { Trouble } from './trouble.js'
import type { Wire } from './wire.js'

export interface GroupSettings {
  /** Static membership (KIP-345): the member does not leave, and has its partitions again when it comes back in time. */
  instanceId: string | null
  /** Milliseconds without a heartbeat after which the broker takes the member for dead. */
  sessionTimeout: number
  /** Milliseconds. */
  heartbeatInterval: number
  /** Milliseconds that all members have for giving up partitions. */
  rebalanceTimeout: number
  /** In order of preference. */
  assignors: readonly AssignorName[]
}

export interface SessionOptions extends GroupSettings {
  group: string
  notice: (text: string) => void
  verbose: (text: string) => void
}

/** What a member wants and has when it joins. */
export interface Wanted {
  topics: readonly string[]
  owned: readonly TopicPartition[]
  /** Of the assignment that `owned` comes from. */
  generation: number
}

const PROTOCOL_TYPE = 'consumer'
/** For the answer to JoinGroup, beyond the rebalance timeout. ms */
const REBALANCE_SLACK = 5_000
/** For leaving: the end of the session does the same, but later. ms */
const LEAVE_TIMEOUT = 3_000

export class GroupSession {
  readonly #options: SessionOptions
  readonly #coordinator: GroupCoordinator
  readonly #leader: GroupLeader
  /** Empty: the broker has given none yet, or has forgotten it. */
  #memberId = ''
  #membership: Membership | null = null
  /** The last JoinGroup, which may bring a member id. */
  #joining: Promise<unknown> = Promise.resolve()

  constructor(wire: Wire, options: SessionOptions) {
    this.#options = options
    this.#coordinator = new GroupCoordinator(wire, options.group)
    this.#leader = new GroupLeader(wire, options.notice)
  }

  /** null before the first generation, and after the membership has ended. */
  get membership(): Membership | null {
    return this.#membership
  }

  /** Takes part in the next generation; returns what this member has in it. */
  async join(wanted: Wanted, signal: AbortSignal): Promise<TopicPartition[]> {
    const { group, instanceId, assignors } = this.#options
    this.#leader.resign()
    const { generation, memberId, protocol, leader, skipAssignment, members } = await this.#joinGroup(wanted, signal)
    this.#membership = { memberId, generation, instanceId }
    this.#options.verbose(`group "${group}": generation ${generation}, ${protocol}, as ${memberId}`)
    const assignor = assignors.find((name) => name === protocol)
    if (!assignor) throw this.#error(Code.INCONSISTENT_GROUP_PROTOCOL)
    const assigned = leader === memberId ? await this.#leader.assign(assignor, members, signal) : []
    // A static member that came back to lead does not assign, but has to watch for new partitions.
    const assignments = skipAssignment ? [] : assigned
    const args = { group, generation, memberId, instanceId, protocolType: PROTOCOL_TYPE, protocol, assignments }
    const { errorCode, assignment } = await this.#coordinator.call(syncGroupApi, args, { ...this.#held(), signal })
    if (errorCode !== Code.NONE) throw this.#error(errorCode)
    try {
      return decodeAssignment(assignment)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const what = `what the leader ${leader} of the group "${group}" assigned cannot be read`
      throw new FailedError(what, 'see which client that member is: sluice lag --by partition', { cause: error })
    }
  }

  /**
   * Sends heartbeats, sooner while they do not get through. `onRebalance` is called when the group rebalances. Throws
   * what ends the membership, what lasts too long, and the signal's reason.
   */
  async keepAlive(onRebalance: () => void, signal: AbortSignal): Promise<never> {
    const { group, heartbeatInterval, notice } = this.#options
    const args = { group, ...this.#membership! }
    const trouble = new Trouble()
    for (let delay = heartbeatInterval; ;) {
      await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted())
      try {
        const { errorCode } = await this.#coordinator.call(heartbeatApi, args, { lane: 'group', signal })
        if (errorCode === Code.REBALANCE_IN_PROGRESS) onRebalance()
        else if (errorCode !== Code.NONE) throw this.#error(errorCode)
        trouble.over()
        delay = heartbeatInterval
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        delay = Math.min(trouble.met(error), heartbeatInterval)
        if (trouble.isNews) notice(`${error.message}: trying again`)
      }
    }
  }

  /** When this member leads: whether the group's topics have other partitions by now than those it assigned. */
  outdated(signal: AbortSignal): Promise<boolean> {
    return this.#leader.outdated(signal)
  }

  /** The membership has ended: the group goes on without this member. */
  end({ code }: KafkaError): void {
    this.#membership = null
    // A generation may be missed without having been forgotten.
    if (code !== Code.ILLEGAL_GENERATION) this.#memberId = ''
  }

  /**
   * Tells the group that this member goes, if it is a dynamic one: within a few seconds, or not at all. On another
   * connection than usual, where the broker may hold a request to join.
   */
  async leave(): Promise<void> {
    const { group, instanceId, verbose } = this.#options
    this.#membership = null
    if (instanceId !== null) return
    const signal = AbortSignal.timeout(LEAVE_TIMEOUT)
    try {
      if (this.#memberId === '') await untilAborted(this.#joining, signal)
      if (this.#memberId === '') return
      const args = { group, memberId: this.#memberId }
      this.#memberId = ''
      const { errorCode } = await this.#coordinator.call(leaveGroupApi, args, { lane: 'main', signal })
      if (errorCode !== Code.NONE) throw this.#error(errorCode)
    } catch (error) {
      verbose(`group "${group}" could not be left: ${(error as Error).message}`)
    }
  }

  /** A new member is first given an id, with which it has to ask again. */
  async #joinGroup({ topics, owned, generation }: Wanted, signal: AbortSignal): Promise<JoinGroupResult> {
    const { group, sessionTimeout, rebalanceTimeout, instanceId, assignors } = this.#options
    // Java's cooperative-sticky before 3.5 looks for the generation there.
    const userData = Buffer.alloc(4)
    userData.writeInt32BE(generation)
    const subscription = { topics, userData, ownedPartitions: owned, generationId: generation, rackId: null }
    const metadata = encodeSubscription(subscription)
    const protocols = assignors.map((name) => ({ name, metadata }))
    for (;;) {
      const args = { group, sessionTimeout, rebalanceTimeout, memberId: this.#memberId, instanceId }
      // Not ended by the signal: a member that leaves must know the id under which the group waits for it.
      const answer = this.#coordinator.call(
        joinGroupApi,
        { ...args, protocolType: PROTOCOL_TYPE, protocols },
        this.#held()
      )
      this.#joining = answer.then(
        ({ memberId }) => (this.#memberId = memberId || this.#memberId),
        () => undefined
      )
      const joined = await untilAborted(answer, signal)
      if (joined.errorCode === Code.NONE) return joined
      if (joined.errorCode !== Code.MEMBER_ID_REQUIRED) throw this.#error(joined.errorCode)
    }
  }

  /** For requests that are answered when all members have asked. */
  #held(): { lane: 'group'; timeout: number } {
    return { lane: 'group', timeout: this.#options.rebalanceTimeout + REBALANCE_SLACK }
  }

  #error(code: number): KafkaError {
    const { group, instanceId, assignors } = this.#options
    const assignment = `or set partition.assignment.strategy to what its members use (here: ${assignors.join(', ')})`
    return kafkaError(code, {
      group,
      operation: 'Read',
      ...(code === Code.INCONSISTENT_GROUP_PROTOCOL && { advice: `choose another group, ${assignment}` }),
      ...(code === Code.FENCED_INSTANCE_ID && { detail: instanceId })
    })
  }
}
