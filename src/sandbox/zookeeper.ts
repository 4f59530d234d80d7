/**
 * ZooKeeper, which Kafka needs before 3.3, the first version in which it can do without (KIP-833). One serves all
 * brokers of a sandbox. Its jar is among those that such a Kafka depends on.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { literal } from './literal.js'
import { zooKeeperFolder, type Broker } from './state.js'

/** Milliseconds until a broker that crashed is given up; it is refused for as long when it comes back sooner. */
const session = 3000

export function needsZooKeeper(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number]
  return major < 3 || (major === 3 && minor < 3)
}

/** What brokers have to know of it. */
export function zooKeeperClient({ id }: Broker, port: number): string[] {
  return [`broker.id=${id}`, `zookeeper.connect=127.0.0.1:${port}`, `zookeeper.session.timeout.ms=${session}`]
}

/** Writes its settings, and gives Java's arguments and its log. */
export async function prepareZooKeeper(folder: string, port: number): Promise<{ args: string[]; log: string }> {
  const own = zooKeeperFolder(folder)
  await mkdir(own, { recursive: true })
  const properties = join(own, 'zookeeper.properties')
  const lines = [
    `dataDir=${literal(join(own, 'data'))}`,
    ...['clientPortAddress=127.0.0.1', `clientPort=${port}`, 'maxClientCnxns=0', 'admin.enableServer=false'],
    // The shortest session is twice as long.
    `tickTime=${session / 6}`
  ]
  await writeFile(properties, `${lines.join('\n')}\n`)
  const args = ['-Xmx128m', 'org.apache.zookeeper.server.ZooKeeperServerMain', properties]
  return { args, log: join(own, 'zookeeper.log') }
}
