/**
 * How far groups are behind, looked at once or over and over. A handful of round trips whatever the number of groups and
 * partitions: committed offsets by coordinator, starts and ends by leader; members and ages only where they are wanted.
 */
import { FailedError } from '../errors.js'
import type { Isolation } from '../kafka/log-offsets.js'
import { Metadata } from '../kafka/metadata.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { isGone, measure, topicsOf } from './lag-measure.js'
import { type CheckpointPositions, type Standing, type WhichGroups, readStandings } from './lag-positions.js'
import type { LagReport } from './lag-rows.js'

export interface LagOptions extends WhichGroups {
  settings: Settings
  /** Under `committed` the end is the last stable offset, else the high watermark. */
  isolation: Isolation
  /** Whether `seconds` are worked out. */
  time: boolean
  /** Whether members are looked up. */
  members: boolean
  /** The path of a checkpoint file, which is read anew each time. */
  checkpoint: string | null
}

/** How long brokers in trouble are asked, ms. */
const PATIENCE = 5_000

export class LagReader {
  readonly #wire: Wire
  readonly #metadata: Metadata
  readonly #options: LagOptions
  /** As of the last look: brokers drop what is committed to a deleted topic, which is to stay visible all the same. */
  #standings: Standing[] = []

  private constructor(wire: Wire, options: LagOptions) {
    this.#wire = wire
    this.#metadata = new Metadata(wire)
    this.#options = options
  }

  static async open(options: LagOptions, signal: AbortSignal): Promise<LagReader> {
    return new LagReader(await Wire.open(options.settings, signal), options)
  }

  close(): void {
    this.#wire.close()
  }

  /**
   * One look. What is wrong with single topics, partitions and unnamed groups is told in the report. Throws for what is
   * named and does not exist, for a checkpoint file of another cluster, and when the cluster cannot be asked.
   */
  async read(signal: AbortSignal): Promise<LagReport> {
    const { topics, isolation } = this.#options
    const [wire, metadata, before] = [this.#wire, this.#metadata, this.#standings]
    const unclear: string[] = []
    const checkpoint = await this.#checkpoint()
    const standings = await readStandings(wire, this.#options, checkpoint, unclear, signal)
    const names = new Set([...standings, ...before].flatMap(topicsOf).concat(topics ?? []))
    await metadata.refresh([...names], signal)
    if (checkpoint) await this.#refuseForeign(checkpoint)
    this.#standings = standings.map((standing) => this.#withDeleted(standing, before))
    const stoodIn = new Set(this.#standings.flatMap(topicsOf))
    await metadata.requireTopics((topics ?? []).filter((topic) => !stoodIn.has(topic)))
    const looking = { wire, metadata, isolation, deadline: PATIENCE, signal }
    const { partitions, gone, unknown } = await measure(this.#standings, looking)
    const time = Date.now()
    if (this.#options.members || this.#options.time) {
      const { addMembers, addSeconds } = await import('./lag-details.js')
      if (this.#options.members) await addMembers(partitions, looking, unknown)
      if (this.#options.time) await addSeconds(partitions, time, looking)
    }
    return { time, partitions, gone, unknown: [...unclear, ...unknown] }
  }

  async #checkpoint(): Promise<CheckpointPositions | null> {
    const file = this.#options.checkpoint
    if (file === null) return null
    const { readCheckpoint } = await import('../flow/checkpoint-file.js')
    const checkpoint = await readCheckpoint(file)
    if (!checkpoint) throw new FailedError(`there is no checkpoint ${file}`, 'see the --checkpoint of `consume`')
    return checkpoint
  }

  async #refuseForeign(checkpoint: CheckpointPositions): Promise<void> {
    const { requireOwner } = await import('../flow/checkpoint-file.js')
    requireOwner(this.#options.checkpoint!, checkpoint, { clusterId: this.#metadata.clusterId, group: null })
  }

  /** With the topics in which the group stood before and that do not exist any more. */
  #withDeleted(standing: Standing, before: readonly Standing[]): Standing {
    const earlier = before.find(({ group }) => group === standing.group)?.committed ?? []
    const lost = [...earlier].filter(
      ([topic]) => !standing.committed.has(topic) && isGone(this.#metadata.problem(topic))
    )
    return lost.length > 0 ? { ...standing, committed: new Map([...standing.committed, ...lost]) } : standing
  }
}
