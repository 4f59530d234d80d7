/**
 * Groups that are named in a command: what they have committed, their state and their members. Unlike groups that are only
 * listed, they must all exist and answer.
 */
import { FailedError } from '../errors.js'
import { type OffsetMap, committedOffsetsOf } from '../kafka/committed-offsets.js'
import { KafkaError } from '../kafka/errors.js'
import { type GroupDescription, type GroupListing, describeGroups, listGroups } from '../kafka/groups.js'
import type { Wire } from '../kafka/wire.js'
import { nearest } from '../nearest.js'

/** How long brokers are asked, ms: a coordinator may just be starting. */
export const PATIENCE = 30_000

/**
 * What each of these groups has committed. Throws a FailedError for one that does not exist, and for one that cannot be
 * read: a list that lacks a group that was named is worth nothing.
 */
export async function requireCommitted(
  wire: Wire,
  groups: readonly string[],
  signal: AbortSignal
): Promise<Map<string, OffsetMap>> {
  const committed = succeeded(await committedOffsetsOf(wire, groups, { deadline: PATIENCE, signal }))
  const silent = groups.filter((group) => committed.get(group)!.size === 0)
  const described = await describe(wire, silent, signal)
  const missing = silent.find((group) => described.get(group)!.state === 'Dead')
  if (missing === undefined) return committed
  const { groups: existing } = await listGroups(wire, { deadline: PATIENCE, signal })
  throw unknownGroup(missing, existing)
}

/** State and members of each group. Throws what is in the way of one. */
export async function describe(
  wire: Wire,
  groups: readonly string[],
  signal: AbortSignal
): Promise<Map<string, GroupDescription>> {
  return succeeded(await describeGroups(wire, groups, { deadline: PATIENCE, signal }))
}

export function succeeded<R>(results: ReadonlyMap<string, R | KafkaError>): Map<string, R> {
  return new Map(
    [...results].map(([group, result]) => {
      if (result instanceof KafkaError) throw result
      return [group, result]
    })
  )
}

/** @param groups all that there are */
export function unknownGroup(name: string, groups: readonly GroupListing[]): FailedError {
  const other = groups.find(({ group }) => group === name)
  if (other) return new FailedError(`group "${name}" has no committed offsets`, `it is a ${other.type} group`)
  const close = nearest(
    name,
    groups.map(({ group }) => group)
  )
  const advice = close === undefined ? '`sluice offsets list` lists the groups' : `did you mean "${close}"?`
  return new FailedError(`group "${name}" does not exist`, advice)
}
