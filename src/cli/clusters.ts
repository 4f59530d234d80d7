/**
 * The clusters of a run: its own, of the flags; and those that endpoints name for themselves, by a profile or a file of
 * properties. Of the run's settings nothing holds for these, so that no secret goes to a cluster that it is not for.
 */
import type { EndpointUri } from './endpoint-uri.js'
import { everyCluster } from './flags.js'
import { type ClusterSettings, type ConnectionFlags, parseServers } from './settings.js'

export interface Clusters {
  own: ClusterSettings
  /** @throws UsageError */
  other: (flags: ConnectionFlags) => Promise<ClusterSettings>
}

/** What an endpoint says of its cluster. */
export const otherCluster = {
  profile: everyCluster.profile,
  'command-config': everyCluster['command-config']
}

/** `kafka://HOST:PORT/TOPIC` alone is reached as the run's own cluster is. @throws UsageError */
export async function clusterOf(
  { authority }: EndpointUri,
  options: Pick<ConnectionFlags, keyof typeof otherCluster>,
  { own, other }: Clusters
): Promise<ClusterSettings> {
  const { profile, 'command-config': file } = options
  if (profile !== undefined || file !== undefined) {
    return other({ 'bootstrap-server': authority || undefined, profile, 'command-config': file })
  }
  return authority ? { ...own, bootstrapServers: parseServers(authority) } : own
}

/** What two endpoints of the same cluster have in common; '' for the run's own. */
export function clusterName({ authority, options }: EndpointUri): string {
  const named = options.filter(([name]) => Object.hasOwn(otherCluster, name)).map(([name, value]) => `${name}=${value}`)
  return [authority ?? '', ...named.sort()].join(' ')
}

/** The environment for another cluster: what it says of the run's own is left out. */
export function elsewhere(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, KAFKA_BOOTSTRAP_SERVERS: undefined, SLUICE_PROFILE: undefined }
}
