/**
 * Lists what groups have committed, and how far behind they are.
 */
import { counted } from '../counted.js'
import { FailedError } from '../errors.js'
import { type OffsetMap, committedOffsetsOf } from '../kafka/committed-offsets.js'
import { KafkaError } from '../kafka/errors.js'
import { listGroups } from '../kafka/groups.js'
import { Metadata } from '../kafka/metadata.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { type GroupOffset, PATIENCE, groupOffsets, requireCommitted } from './group-offsets.js'

export interface ListOptions {
  settings: Settings
  /** Empty: all groups. */
  groups: string[]
  notice: (text: string) => void
}

export interface Listed {
  rows: GroupOffset[]
  /** Some of all groups are missing. */
  failure: FailedError | null
}

export async function listCommitted(options: ListOptions, signal: AbortSignal): Promise<Listed> {
  const { groups, notice } = options
  const wire = await Wire.open(options.settings, signal)
  try {
    const [committed, failure] =
      groups.length > 0
        ? [await requireCommitted(wire, groups, signal), null]
        : await allCommitted(wire, notice, signal)
    const look = { isolation: 'uncommitted', signal, notice } as const
    return { rows: await groupOffsets(wire, new Metadata(wire), committed, look), failure }
  } finally {
    wire.close()
  }
}

async function allCommitted(
  wire: Wire,
  notice: (text: string) => void,
  signal: AbortSignal
): Promise<[Map<string, OffsetMap>, FailedError | null]> {
  const { groups, trouble } = await listGroups(wire, { deadline: PATIENCE, signal })
  // Share groups keep no offsets there.
  const names = groups.filter(({ type }) => type !== 'share').map(({ group }) => group)
  const committed = new Map<string, OffsetMap>()
  for (const [group, result] of await committedOffsetsOf(wire, names, { deadline: PATIENCE, signal })) {
    if (result instanceof KafkaError) trouble.push(result)
    else committed.set(group, result)
  }
  if (trouble.length === 0) return [committed, null]
  for (const error of trouble) notice(error.line)
  return [committed, new FailedError('the list is not complete', `${counted(trouble.length, 'error')} said before`)]
}
