/**
 * Reads topics into a text: standard output or a file. By itself or as a member of a group; how far it got is kept in a
 * checkpoint file, in the group, in both or not at all.
 */
import { counted } from '../counted.js'
import { EventClock } from '../endpoints/event-clock.js'
import { KafkaSource } from '../endpoints/kafka-source.js'
import { openFileOutput, stdoutOutput } from '../endpoints/output.js'
import { TextSink } from '../endpoints/text-sink.js'
import { CheckpointFile, type CheckpointOwner, readCheckpoint } from '../flow/checkpoint.js'
import type { Position } from '../flow/endpoint.js'
import { run } from '../flow/run.js'
import { type CheckpointStore, Settling } from '../flow/settling.js'
import { createEventTime } from '../formats/event-time.js'
import { type FormatterOptions, createFormatter } from '../formats/index.js'
import type { Membership } from '../kafka/commit-offsets.js'
import { Committer } from '../kafka/committer.js'
import { Fetcher } from '../kafka/fetcher.js'
import type { GroupSettings } from '../kafka/group-member.js'
import { Metadata } from '../kafka/metadata.js'
import type { OffsetSpec, Reset } from '../kafka/offsets.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { type Assignment, FixedAssignment } from './assignment.js'
import { type Commit, commitMode } from './commit-mode.js'
import { Discovery } from './discovery.js'
import { outOfRange } from './out-of-range.js'
import { requireOwner, restoreOutput, restoredPositions } from './restore.js'
import { type Selection, partitionsOf, selectTopics } from './selection.js'
import { StartOffsets, defaultReset } from './start-offsets.js'

export interface ConsumeOptions {
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
  /** The checkpoint file; null: none. */
  checkpoint: string | null
  /** Milliseconds between two checkpoints. */
  checkpointInterval: number
  /** Milliseconds between two looks for new partitions; 0: never. */
  discover: number
  /** null: nobody asks for watermarks. */
  eventTime: EventTimeOptions | null
  format: FormatterOptions
  /** A file to write to; null: standard output. */
  output: string | null
  /** What becomes of a record that cannot be decoded. */
  onError: 'fail' | 'skip'
  notice: (text: string) => void
  verbose: (text: string) => void
}

export interface EventTimeOptions {
  /** As in `--fields`. */
  field: string
  /** Milliseconds by which a record may come too late. */
  outOfOrderness: number
  /** Milliseconds without a record after which a partition holds nothing back; Infinity: never. */
  idleAfter: number
}

/** Milliseconds between two looks at the watermarks, as Flink's auto-watermark interval. */
const TICK = 200

export async function consume(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
  const { selection, notice, verbose } = options
  const formatter = await createFormatter(options.format)
  const bad = badRecords(options)
  const clock = eventClock(options, bad)
  const checkpoint = options.checkpoint === null ? null : await readCheckpoint(options.checkpoint)
  const wire = await Wire.open(options.settings, signal)
  const closing: (() => unknown)[] = [() => wire.close()]
  try {
    const metadata = new Metadata(wire)
    const topics = await selectTopics(metadata, selection, options.discover > 0)
    const partitions = partitionsOf(metadata, topics, selection)
    if (checkpoint) requireOwner(options.checkpoint!, checkpoint, ownerOf(options, metadata))
    const restored = checkpoint && restoredPositions(checkpoint, selection, metadata, notice)

    const until = options.until?.kind === 'watermark' ? null : options.until
    const bounds = {
      until,
      reset: options.reset ?? 'latest',
      joined: options.join,
      restored: restored?.positions ?? null
    }
    const starts = new StartOffsets(wire, metadata, { ...options, ...bounds }, notice)
    await starts.begin(partitions)

    let discovery: Discovery | null = null
    const fetcher = new Fetcher(wire, metadata, {
      isolation: options.isolation,
      onOutOfRange: outOfRange(wire, metadata, { ...options, reset: options.reset ?? defaultReset(options.from) }),
      onGone: selection.pattern
        ? (topic, partition) => {
            notice(`${topic} [${partition}] is gone: it is not read any more`)
            discovery?.forget(topic)
          }
        : undefined,
      notice
    })
    const source = new KafkaSource(fetcher, { ...options, observer: clock })
    const following = options.until === null
    let assignment: Assignment
    const committer = committerOf(wire, options, () => assignment.membership())
    if (options.join) {
      // Loaded for who joins.
      const { GroupAssignment } = await import('./group-assignment.js')
      const given = { topics, source, fetcher, starts, committer, following, notice, verbose }
      assignment = new GroupAssignment(wire, { ...options, ...given, group: options.group! })
    } else {
      fetcher.hold(following && options.discover > 0)
      assignment = new FixedAssignment(source, starts)
    }
    closing.unshift(() => assignment.close())
    // A commit that is under way when something fails.
    closing.unshift(() => committer?.finish())
    await assignment.start(partitions, signal)
    verbose(`ready ${source.positions().map(textOf).join(',')}`)

    if (options.discover > 0 && selection.partitions === null) {
      discovery = new Discovery(metadata, partitions, {
        selection,
        interval: options.discover,
        onFound: (found, all) => {
          verbose(`found ${found.map(({ topic, partition }) => `${topic}:${partition}`).join(',')}`)
          return assignment.found(found, all)
        },
        onFailed: (error) => fetcher.fail(error),
        notice
      })
      closing.unshift(() => discovery?.stop())
    }
    if (clock) closing.unshift(watch(clock, source, verbose))

    const store = checkpointStore(options, metadata, restored?.kept ?? [])
    // Before anything is read or overwritten: the start offsets should survive a crash, and a store that fails is said now.
    await store?.write(source.positions(), { output: checkpoint?.output ?? null })
    const append = checkpoint !== null && (await restoreOutput(checkpoint, options.output))
    const output = options.output === null ? stdoutOutput() : await openFileOutput(options.output, append)
    const sink = new TextSink(output, formatter, bad.onBadRecord)
    const { late, interval } = commitMode(options.commit, checkpointsEvery(options))
    const keeps = store !== null || committer !== null
    const settling = keeps
      ? new Settling(source, sink, { checkpoint: store, committer, commitLate: late, interval })
      : null
    await run(source, sink, signal, settling)

    if (bad.skipped > 0) notice(`${counted(bad.skipped, 'record')} skipped`)
    if (committer) tellCommits(committer, options)
  } finally {
    for (const close of closing) await close()
  }
}

function textOf({ topic, partition, offset }: Position): string {
  return `${topic}:${partition}:${offset}`
}

function ownerOf({ group }: ConsumeOptions, { clusterId }: Metadata): CheckpointOwner {
  return { clusterId, group }
}

function checkpointsEvery({ checkpoint, commit, checkpointInterval }: ConsumeOptions): number | null {
  return checkpoint !== null || commit.kind === 'checkpoint' ? checkpointInterval : null
}

function checkpointStore(options: ConsumeOptions, metadata: Metadata, kept: Position[]): CheckpointStore | null {
  if (options.checkpoint === null) return null
  const file = new CheckpointFile(options.checkpoint, ownerOf(options, metadata))
  return { write: (positions, state) => file.write([...positions, ...kept], state) }
}

function committerOf(
  wire: Wire,
  { group, commit, notice }: ConsumeOptions,
  membership: () => Membership | null | undefined
): Committer | null {
  if (group === null || commit.kind === 'none') return null
  return new Committer(wire, { group, membership, notice })
}

function tellCommits({ commitsSucceeded, commitsFailed }: Committer, { notice, verbose }: ConsumeOptions): void {
  const text = `commitsSucceeded ${commitsSucceeded}, commitsFailed ${commitsFailed}`
  if (commitsFailed > 0) notice(text)
  else verbose(text)
}

interface BadRecords {
  skipped: number
  onBadRecord: (error: unknown) => void
}

function badRecords({ onError, notice }: ConsumeOptions): BadRecords {
  const bad: BadRecords = {
    skipped: 0,
    onBadRecord: (error) => {
      if (onError === 'fail') throw error
      bad.skipped++
      notice(`skipped: ${(error as Error).message}`)
    }
  }
  return bad
}

function eventClock({ eventTime, until }: ConsumeOptions, { onBadRecord }: BadRecords): EventClock | null {
  if (eventTime === null) return null
  const end = until?.kind === 'watermark' ? until.timestamp : Infinity
  return new EventClock({ ...eventTime, until: end, timeOf: createEventTime(eventTime.field), onBadRecord })
}

/** Lets time pass for the watermarks, and ends the source once they have come to their end. Returns what stops that. */
function watch(clock: EventClock, source: KafkaSource, verbose: (text: string) => void): () => void {
  let told = clock.value
  const timer = setInterval(() => {
    clock.tick(performance.now())
    if (clock.value > told) verbose(`watermark ${(told = clock.value)}`)
    if (clock.done) source.end()
  }, TICK)
  return () => clearInterval(timer)
}
