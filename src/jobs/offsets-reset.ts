/**
 * Moves the committed offsets of one group: works out the plan and, when it is told to, carries it out.
 */
import { FailedError } from '../errors.js'
import { type OffsetMap, committedOffsets } from '../kafka/committed-offsets.js'
import { Metadata } from '../kafka/metadata.js'
import { type OffsetSpec, resolveOffsets } from '../kafka/offsets.js'
import type { TopicPartition } from '../kafka/topic-partition.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { PATIENCE } from './named-groups.js'
import {
  type Done,
  type Target,
  type TopicSelection,
  commitPlan,
  planOffsets,
  requireInactive,
  requirePartitions
} from './offsets-plan.js'

export interface ResetOptions {
  settings: Settings
  group: string
  /** null: the topics to which the group has committed. */
  topics: TopicSelection[] | null
  /** Where to; or by how many offsets, back if below zero. */
  to: OffsetSpec | bigint
  isolation: 'committed' | 'uncommitted'
  execute: boolean
  notice: (text: string) => void
}

export async function resetOffsets(options: ResetOptions, signal: AbortSignal): Promise<Done> {
  const { group, execute, notice } = options
  const wire = await Wire.open(options.settings, signal)
  try {
    await requireInactive(wire, [group], { signal, notice })
    const committed = await committedOffsets(wire, group, { deadline: PATIENCE, stable: true, signal })
    const metadata = new Metadata(wire)
    const partitions = await select(metadata, options, committed)
    const targets = await resolve(wire, metadata, partitions, committed, options, signal)
    const plan = await planOffsets(wire, metadata, targets, new Map([[group, committed]]), { signal, notice })
    return { plan, failure: execute ? await commitPlan(wire, plan, signal) : null }
  } finally {
    wire.close()
  }
}

async function select(
  metadata: Metadata,
  { group, topics, notice }: ResetOptions,
  committed: OffsetMap
): Promise<TopicPartition[]> {
  const names = topics ? topics.map(({ topic }) => topic) : [...committed.keys()]
  if (names.length === 0) {
    throw new FailedError(`group "${group}" has no committed offsets`, 'name its topics with --topic')
  }
  await metadata.refresh(names)
  if (topics) await metadata.requireTopics(names)
  const partitionsOf = (topic: string): number[] => metadata.partitions(topic).map(({ partition }) => partition)
  const existing = (topics ?? names.map((topic) => ({ topic, partitions: null }))).filter(({ topic }) => {
    const trouble = metadata.problem(topic)
    if (trouble) notice(`${trouble.message}: it is left out`)
    return !trouble
  })
  const selected = existing.flatMap(({ topic, partitions }) =>
    (partitions ?? partitionsOf(topic)).map((partition) => ({ topic, partition }))
  )
  await requirePartitions(metadata, selected)
  return selected
}

/**
 * Where each partition goes. One that has no committed offset to shift, or that specific offsets do not list (they fall
 * back to what is committed), is left out.
 */
async function resolve(
  wire: Wire,
  metadata: Metadata,
  partitions: TopicPartition[],
  committed: OffsetMap,
  { group, to, isolation, notice }: ResetOptions,
  signal: AbortSignal
): Promise<Target[]> {
  const spec: OffsetSpec = typeof to === 'bigint' ? { kind: 'group' } : to
  const given = spec.kind === 'specific' ? spec.offsets : []
  const means = (one: Given, { topic, partition }: TopicPartition): boolean =>
    one.partition === partition && (one.topic ?? topic) === topic
  const stray = given.find((one) => !partitions.some((partition) => means(one, partition)))
  if (stray) throw notChosen(stray)
  const isOpen = (one: TopicPartition): boolean =>
    (typeof to === 'bigint' || spec.kind === 'specific') &&
    !committed.get(one.topic)?.has(one.partition) &&
    !given.some((offset) => means(offset, one))
  const { open = [], known = [] } = Object.groupBy(partitions, (one) => (isOpen(one) ? 'open' : 'known'))
  if (open[0]) {
    const others = open.length > 1 ? ` and ${open.length - 1} more` : ''
    const what = `group "${group}" has no committed offset in ${open[0].topic} [${open[0].partition}]${others}`
    if (known.length === 0) throw new FailedError(what, 'say with --to where it shall start')
    notice(`${what}: left out`)
  }
  // As Kafka's own tool: the end, for a partition without a committed offset.
  const options = { groupOffsets: committed, reset: 'latest', isolation, signal } as const
  const resolved = await resolveOffsets(wire, metadata, known, spec, options)
  const shift = typeof to === 'bigint' ? to : 0n
  return resolved.map(({ topic, partition, offset }) => ({ group, topic, partition, offset: offset + shift }))
}

type Given = Extract<OffsetSpec, { kind: 'specific' }>['offsets'][number]

function notChosen({ topic, partition }: Given): FailedError {
  const where = topic === null ? `partition ${partition}` : `${topic} [${partition}]`
  return new FailedError(`an offset is given for ${where}, which is not to be reset`, 'choose it with --topic as well')
}
