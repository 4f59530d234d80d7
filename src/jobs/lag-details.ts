/**
 * What a lag report tells on demand, since it takes more requests: who reads a partition, and how old what comes next is.
 */
import { KafkaError } from '../kafka/errors.js'
import { describeGroups } from '../kafka/groups.js'
import { recordTimes } from '../kafka/record-times.js'
import { keyOf } from '../kafka/topic-partition.js'
import type { Looking } from './lag-measure.js'
import type { PartitionLag } from './lag-rows.js'

/** @param unknown takes sentences about groups that cannot be described */
export async function addMembers(
  rows: readonly PartitionLag[],
  { wire, deadline, signal }: Looking,
  unknown: string[]
): Promise<void> {
  const groups = [...new Set(rows.flatMap(({ group }) => group ?? []))]
  if (groups.length === 0) return
  const owners = new Map<string, string>()
  for (const [group, description] of await describeGroups(wire, groups, { deadline, signal })) {
    if (description instanceof KafkaError) {
      unknown.push(description.message)
      continue
    }
    for (const { clientId, host, partitions } of description.members) {
      for (const partition of partitions) owners.set(`${keyOf(partition)} ${group}`, `${clientId} (${host})`)
    }
  }
  for (const row of rows) row.member = owners.get(`${keyOf(row)} ${row.group}`) ?? null
}

/** @param now milliseconds since the epoch */
export async function addSeconds(
  rows: readonly PartitionLag[],
  now: number,
  { wire, metadata, ...options }: Looking
): Promise<void> {
  for (const row of rows) if (row.lag === 0n) row.seconds = 0
  const behind = rows.filter(({ lag }) => lag !== null && lag > 0n)
  const positions = behind.map(({ topic, partition, lag, end }) => {
    return { topic, partition, offset: end! - lag!, end: end! }
  })
  const times = await recordTimes(wire, metadata, positions, options)
  for (const [index, row] of behind.entries()) {
    const time = times[index]!
    // Markers are no records: nothing waits to be read.
    if (time !== null) row.seconds = time === 'none' ? 0 : Math.max(0, now - time) / 1000
  }
}
