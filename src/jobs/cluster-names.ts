/** Names in a cluster, each with a word on what it is: for completion. */
import { listGroups } from '../kafka/groups.js'
import { Metadata } from '../kafka/metadata.js'
import { type Settings, Wire } from '../kafka/wire.js'

export interface Named {
  value: string
  description: string
}

/** The topics that are not internal. */
export async function topicNames(settings: Settings, signal: AbortSignal): Promise<Named[]> {
  const wire = await Wire.open(settings, signal)
  const metadata = new Metadata(wire)
  await metadata.refresh('all', signal)
  wire.close()
  return metadata
    .topics()
    .filter(({ internal }) => !internal)
    .map(({ name, partitions: { length } }) => ({
      value: name,
      description: length === 1 ? '1 partition' : `${length} partitions`
    }))
}

/** The groups of consumers. */
export async function groupNames(settings: Settings, signal: AbortSignal): Promise<Named[]> {
  const wire = await Wire.open(settings, signal)
  const { groups } = await listGroups(wire, { deadline: settings.requestTimeout, signal })
  wire.close()
  return groups
    .filter(({ type }) => type === 'classic' || type === 'consumer')
    .map(({ group, state }) => ({ value: group, description: state?.toLowerCase() ?? '' }))
}
