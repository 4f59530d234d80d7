/**
 * Topics opened as a source, with all that goes on beside it: an assignment of partitions, discovery, watermarks, a
 * checkpoint to go on from, and commits.
 */
import type { EventClock } from '../endpoints/event-clock.js'
import type { Observer } from '../endpoints/fetched-records.js'
import { KafkaSource } from '../endpoints/kafka-source.js'
import type { Position } from '../flow/endpoint.js'
import type { SettlingOptions } from '../flow/settling.js'
import { idleSubtasks, ownerOf } from '../flow/subtask.js'
import type { Filter, FilterOptions } from '../formats/filter.js'
import type { Committer } from '../kafka/committer.js'
import { Fetcher } from '../kafka/fetcher.js'
import type { GroupSettings } from '../kafka/group-member.js'
import { Metadata } from '../kafka/metadata.js'
import type { OffsetSpec, Reset } from '../kafka/offsets.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { type Assignment, FixedAssignment } from './assignment.js'
import { type Commit, commitMode } from './commit-mode.js'
import type { Discovery } from './discovery.js'
import { createdAnew, outOfRange } from './out-of-range.js'
import type { OpenSource, SourceContext } from './open-source.js'
import type { DecodeOptions } from './schemas.js'
import { type KeySelection, type Selection, partitionsOf, selectTopics } from './selection.js'
import { StartOffsets, defaultReset } from './start-offsets.js'
import type { Totals } from './totals.js'

export interface ReadingOptions extends SourceContext {
  settings: Settings
  /** For who joins a group. */
  membership: GroupSettings
  selection: Selection
  from: OffsetSpec
  /** null: follow. Of a watermark: milliseconds since the epoch. */
  until: OffsetSpec | { kind: 'watermark'; timestamp: number } | null
  /** null: as the start policy. */
  reset: Reset | null
  isolation: 'committed' | 'uncommitted'
  /** Infinity: no limit. */
  limit: number
  /** Milliseconds; Infinity: never. */
  idleExit: number
  /** Whose offsets count and are committed; null: nobody's. */
  group: string | null
  /** Whether partitions are shared with the other members of the group. */
  join: boolean
  commit: Commit
  /** Milliseconds between two looks for new partitions; 0: never. */
  discover: number
  /** null: nobody asks for watermarks. */
  eventTime: EventTimeOptions | null
  /** null: all records are read. */
  filter: FilterOptions | null
  /** null: keys and values stay the bytes that they are. */
  decode: DecodeOptions | null
}

export interface EventTimeOptions {
  /** As in `--fields`. */
  field: string
  /** Milliseconds by which a record may come too late. */
  outOfOrderness: number
  /** Milliseconds without a record after which a partition holds nothing back; Infinity: never. */
  idleAfter: number
}

interface Prepared {
  observer: Observer | null
  filter: Filter | null
  restored: readonly Position[] | null
}

/** Milliseconds between two looks at the watermarks, as Flink's auto-watermark interval. */
const TICK = 200

export class Reading implements OpenSource {
  readonly source: KafkaSource
  partitionCount = 0
  idleSubtasks = 0
  readonly #options: ReadingOptions & { selection: KeySelection }
  readonly #wire: Wire
  readonly #metadata: Metadata
  readonly #fetcher: Fetcher
  readonly #starts: StartOffsets
  #committer: Committer | null = null
  #assignment: Assignment | null = null
  #discovery: Discovery | null = null
  #watch: NodeJS.Timeout | undefined

  /** Resolves when every start offset is resolved: nothing written from now on is missed. */
  static async open(options: ReadingOptions, signal: AbortSignal): Promise<Reading> {
    const clock = await eventClock(options)
    const observer = options.decode ? await decoding(options.decode, clock) : clock
    const filter = options.filter && (await import('../formats/filter.js')).createFilter(options.filter)
    const wire = await Wire.open(options.settings, signal)
    let reading: Reading | undefined
    try {
      const metadata = new Metadata(wire)
      const topics = await selectTopics(metadata, options.selection, options.discover > 0, 'Read')
      const restored = await restore(options, metadata)
      const selection = { ...options.selection, key: filter?.key ?? null, keyWasIn: restored ?? [] }
      const partitions = partitionsOf(metadata, topics, selection)
      reading = new Reading(wire, metadata, { ...options, selection }, { observer, filter, restored })
      await reading.#openCommitter()
      await reading.#begin(topics, partitions, signal)
      if (clock) reading.#watchOver(clock)
      return reading
    } catch (error) {
      if (reading) await reading.close()
      else wire.close()
      throw error
    }
  }

  private constructor(
    wire: Wire,
    metadata: Metadata,
    options: ReadingOptions & { selection: KeySelection },
    { observer, filter, restored }: Prepared
  ) {
    const { selection, isolation, notice } = options
    this.#options = options
    this.#wire = wire
    this.#metadata = metadata
    this.#starts = new StartOffsets(
      wire,
      metadata,
      {
        ...options,
        until: options.until?.kind === 'watermark' ? null : options.until,
        reset: options.reset ?? 'latest',
        joined: options.join,
        restored
      },
      notice
    )
    this.#fetcher = new Fetcher(wire, metadata, {
      isolation,
      onOutOfRange: outOfRange(wire, metadata, { ...options, reset: options.reset ?? defaultReset(options.from) }),
      onCreatedAnew: createdAnew(wire, metadata, options),
      onGone: selection.pattern ? (topic, partition) => this.#gone(topic, partition) : undefined,
      notice
    })
    this.source = new KafkaSource(this.#fetcher, { ...options, observer, filter: filter?.records ?? null })
  }

  get settling(): SettlingOptions | null {
    const { commit, keeping, checkpointInterval } = this.#options
    if (keeping === null && this.#committer === null) return null
    const checkpoints = keeping !== null || commit.kind === 'checkpoint' ? checkpointInterval : null
    const { late, interval } = commitMode(commit, checkpoints)
    return { checkpoint: keeping, committer: this.#committer, commitLate: late, interval }
  }

  get start(): Position[] {
    return this.source.positions()
  }

  totals(): Pick<Totals, 'commits' | 'lag'> {
    const committer = this.#committer
    const commits = committer && { succeeded: committer.commitsSucceeded, failed: committer.commitsFailed }
    return { commits, lag: this.source.lag }
  }

  async close(): Promise<void> {
    clearInterval(this.#watch)
    this.#discovery?.stop()
    // A commit may be under way when something failed.
    await this.#committer?.finish()
    await this.#assignment?.close()
    this.#wire.close()
  }

  async #openCommitter(): Promise<void> {
    const { group, commit, notice } = this.#options
    if (group === null || commit.kind === 'none') return
    const { Committer } = await import('../kafka/committer.js')
    const membership = (): ReturnType<Assignment['membership']> => this.#assignment?.membership()
    this.#committer = new Committer(this.#wire, { group, membership, notice })
  }

  async #begin(topics: string[], partitions: TopicPartition[], signal: AbortSignal): Promise<void> {
    const { discover, selection, until } = this.#options
    this.partitionCount = Math.max(0, ...topics.map((topic) => this.#metadata.partitions(topic).length))
    this.idleSubtasks = this.#countIdle(topics)
    await this.#starts.begin(partitions)
    const following = until === null
    this.#assignment = await this.#assign(topics, following)
    await this.#assignment.start(partitions, signal)
    if (discover > 0 && selection.partitions === null) await this.#discover(partitions)
  }

  /** Of a group, all members count that are subtasks of this pipe. */
  #countIdle(topics: string[]): number {
    const { share, join, selection } = this.#options
    if (!share) return 0
    const { parallelism } = share
    const all = partitionsOf(this.#metadata, topics, { ...selection, share: null })
    if (join) return Math.max(0, parallelism - all.length)
    return idleSubtasks(
      parallelism,
      all.map(({ topic, partition }) => ownerOf(topic, partition, parallelism))
    )
  }

  async #assign(topics: string[], following: boolean): Promise<Assignment> {
    const { group, join, discover } = this.#options
    if (!join) {
      // Where partitions can appear, having none to read is no end.
      this.#fetcher.hold(following && discover > 0)
      return new FixedAssignment(this.source, this.#starts)
    }
    // Loaded for who joins.
    const { GroupAssignment } = await import('./group-assignment.js')
    return new GroupAssignment(this.#wire, {
      ...this.#options,
      ...{ group: group!, topics, following, source: this.source },
      ...{ fetcher: this.#fetcher, starts: this.#starts, committer: this.#committer }
    })
  }

  async #discover(known: TopicPartition[]): Promise<void> {
    const { selection, discover, notice, verbose } = this.#options
    const { Discovery } = await import('./discovery.js')
    this.#discovery = new Discovery(this.#metadata, known, {
      selection,
      interval: discover,
      onFound: (found, topics) => {
        verbose(`found ${found.map(({ topic, partition }) => `${topic}:${partition}`).join(',')}`)
        return this.#assignment!.found(found, topics)
      },
      onFailed: (error) => this.#fetcher.fail(error),
      notice
    })
  }

  #gone(topic: string, partition: number): void {
    this.#options.notice(`${topic} [${partition}] is gone: it is not read any more`)
    this.#discovery?.forget(topic)
  }

  /** Lets time pass for the watermarks, and ends the source once they have come to their end. */
  #watchOver(clock: EventClock): void {
    let told = clock.value
    this.#watch = setInterval(() => {
      clock.tick(performance.now())
      if (clock.value > told) this.#options.verbose(`watermark ${(told = clock.value)}`)
      if (clock.done) this.source.end()
    }, TICK)
  }
}

/** What a checkpoint says to go on from; null: a fresh start. */
async function restore(
  { keeping, group, selection, notice }: ReadingOptions,
  metadata: Metadata
): Promise<Position[] | null> {
  keeping?.own({ clusterId: metadata.clusterId, group })
  if (!keeping?.restored) return null
  const { restoredPositions } = await import('./restore.js')
  const { positions, kept } = restoredPositions(keeping.restored, selection, metadata, notice)
  keeping.keep(kept)
  return positions
}

async function decoding(options: DecodeOptions, clock: EventClock | null): Promise<Observer> {
  const { Decoding } = await import('../endpoints/decoding.js')
  const { openDecoder } = await import('./schemas.js')
  return new Decoding(await openDecoder(options), clock)
}

async function eventClock({ eventTime, until }: ReadingOptions): Promise<EventClock | null> {
  if (eventTime === null) return null
  const { EventClock } = await import('../endpoints/event-clock.js')
  const { createEventTime } = await import('../formats/event-time.js')
  const end = until?.kind === 'watermark' ? until.timestamp : Infinity
  return new EventClock({ ...eventTime, until: end, timeOf: createEventTime(eventTime.field) })
}
