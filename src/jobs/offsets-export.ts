/** Reads what groups have committed, for a file: as it is, whether their members are running or not. */
import type { TopicPartition } from '../kafka/topic-partition.js'
import { type Settings, Wire } from '../kafka/wire.js'
import { requireCommitted } from './named-groups.js'

export interface ExportOptions {
  settings: Settings
  groups: string[]
  notice: (text: string) => void
}

export interface ExportedOffset extends TopicPartition {
  group: string
  offset: bigint
}

/** By group, topic and partition. */
export async function exportOffsets(options: ExportOptions, signal: AbortSignal): Promise<ExportedOffset[]> {
  const wire = await Wire.open(options.settings, signal)
  try {
    const committed = await requireCommitted(wire, options.groups, signal)
    return [...committed.keys()].sort().flatMap((group) => {
      const offsets = committed.get(group)!
      if (offsets.size === 0) options.notice(`group "${group}" has no committed offsets`)
      return [...offsets.keys()].sort().flatMap((topic) => {
        const ofTopic = [...offsets.get(topic)!].sort(([a], [b]) => a - b)
        return ofTopic.map(([partition, offset]) => ({ group, topic, partition, offset }))
      })
    })
  } finally {
    wire.close()
  }
}
