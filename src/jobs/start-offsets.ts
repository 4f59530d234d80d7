/**
 * Where reading starts and ends. What the user asked for is resolved before the first record is read, so that nothing
 * written afterwards is missed; what a checkpoint says, or the group for a partition taken over from another member, goes
 * before it (semantics.md sections 1 and 9).
 */
import type { Position } from '../flow/endpoint.js'
import type { OffsetMap } from '../kafka/committed-offsets.js'
import type { FetchRange } from '../kafka/fetch-cursors.js'
import type { Metadata } from '../kafka/metadata.js'
import { type OffsetSpec, type Reset, type ResolvedOffset, resolveOffsets } from '../kafka/offsets.js'
import { type TopicPartition, keyOf } from '../kafka/topic-partition.js'
import type { Wire } from '../kafka/wire.js'

/** How long a cluster in trouble is asked for committed offsets, ms. */
const PATIENCE = 30_000

export interface Bounds {
  from: OffsetSpec
  /** null: no end. */
  until: OffsetSpec | null
  /** For a partition whose start is open: no committed offset, or not listed among specific ones. */
  reset: Reset
  isolation: 'committed' | 'uncommitted'
  /** Whose committed offsets count; null: nobody's. */
  group: string | null
  /** Other members of the group may have read further than we. */
  joined: boolean
  /** What a checkpoint says; null: a fresh start. */
  restored: readonly Position[] | null
}

export class StartOffsets {
  readonly #wire: Wire
  readonly #metadata: Metadata
  readonly #bounds: Bounds
  readonly #notice: (text: string) => void
  readonly #restored: ReadonlyMap<string, bigint>
  #known: ReadonlySet<string> = new Set()
  #ends: ReadonlyMap<string, bigint> | null = null

  constructor(wire: Wire, metadata: Metadata, bounds: Bounds, notice: (text: string) => void) {
    this.#wire = wire
    this.#metadata = metadata
    this.#bounds = bounds
    this.#notice = notice
    this.#restored = byPartition(bounds.restored ?? [])
  }

  /** Resolves the ends as of now. Partitions that are not among these are found later. */
  async begin(partitions: readonly TopicPartition[]): Promise<void> {
    const { until } = this.#bounds
    this.#known = new Set(partitions.map(keyOf))
    // A partition that specific end offsets do not list ends where it begins.
    if (until !== null) this.#ends = byPartition(await this.#resolve(partitions, until, 'earliest'))
  }

  /** What to read of partitions that are read for the first time; one that was not there at the start is one found. */
  async first(partitions: readonly TopicPartition[]): Promise<FetchRange[]> {
    const { from, reset, restored } = this.#bounds
    if (restored) return this.goOn(partitions)
    const known = partitions.filter((partition) => this.#known.has(keyOf(partition)))
    const later = partitions.filter((partition) => !this.#known.has(keyOf(partition)))
    return [...this.#ranges(await this.#resolve(known, from, reset)), ...(await this.goOn(later))]
  }

  /** What to read of partitions found while running: nothing of them was read, so they start at their beginning. */
  async found(partitions: readonly TopicPartition[]): Promise<FetchRange[]> {
    return this.#ranges(await this.#resolve(partitions, { kind: 'earliest' }, 'earliest'))
  }

  /**
   * What to read of partitions that were read before, by us until the checkpoint or by another member of the group until
   * it committed. Where both have a say, the later one: our commits never pass our checkpoints.
   */
  async goOn(partitions: readonly TopicPartition[]): Promise<FetchRange[]> {
    if (partitions.length === 0) return []
    const { from, reset, restored, joined } = this.#bounds
    const committed = joined ? await this.#committed() : new Map<string, never>()
    const isNew = (partition: TopicPartition): boolean => restored !== null || !this.#known.has(keyOf(partition))
    const offsets: ResolvedOffset[] = []
    const open: TopicPartition[] = []
    for (const partition of partitions) {
      const ofGroup = committed.get(partition.topic)?.get(partition.partition) ?? -1n
      const ours = this.#restored.get(keyOf(partition)) ?? -1n
      const offset = ofGroup > ours ? ofGroup : ours
      if (offset < 0n) open.push(partition)
      else offsets.push({ ...partition, offset })
    }
    const unread = open.filter((partition) => !isNew(partition))
    const found = await this.found(open.filter(isNew))
    return [...this.#ranges([...offsets, ...(await this.#resolve(unread, from, reset))]), ...found]
  }

  #ranges(starts: readonly ResolvedOffset[]): FetchRange[] {
    return starts.map(({ topic, partition, offset }) => {
      const until = this.#ends && (this.#ends.get(keyOf({ topic, partition })) ?? offset)
      return { topic, partition, from: offset, until }
    })
  }

  async #resolve(partitions: readonly TopicPartition[], spec: OffsetSpec, reset: Reset): Promise<ResolvedOffset[]> {
    if (partitions.length === 0) return []
    const { isolation } = this.#bounds
    const groupOffsets = spec.kind === 'group' || spec.kind === 'specific' ? await this.#committed() : undefined
    const options = { reset, isolation, notice: this.#notice, groupOffsets }
    return resolveOffsets(this.#wire, this.#metadata, partitions, spec, options)
  }

  /** As of now. Offsets in an open transaction are waited for: reading goes on from there. */
  async #committed(): Promise<OffsetMap> {
    const { group } = this.#bounds
    if (group === null) return new Map()
    // Loaded for those who have a group.
    const { committedOffsets } = await import('../kafka/committed-offsets.js')
    return committedOffsets(this.#wire, group, { deadline: PATIENCE, stable: true })
  }
}

/** `auto.offset.reset` at run time, where the user did not set it: as the start policy (semantics.md section 1). */
export function defaultReset(from: OffsetSpec): Reset {
  if (from.kind === 'group') return 'none'
  return from.kind === 'latest' || from.kind === 'timestamp' ? 'latest' : 'earliest'
}

function byPartition(positions: readonly Position[]): Map<string, bigint> {
  return new Map(positions.map((position) => [keyOf(position), position.offset]))
}
