/** The id of a sandbox's cluster: made once, so that a checkpoint of one sandbox is not taken for another one's. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataFolder } from './properties.js'
import type { Broker } from './state.js'

/** The id with which one of the brokers was set up before, or else a new one. */
export async function clusterIdOf(folder: string, brokers: readonly Broker[]): Promise<string> {
  for (const { id } of brokers) {
    const file = join(dataFolder(folder, id), 'meta.properties')
    const known = /^cluster\.id=(\S+)$/m.exec(await readFile(file, 'utf8').catch(() => ''))?.[1]
    if (known !== undefined) return known
  }
  // As Kafka's own: 16 bytes in URL-safe base64; one that began with a dash would be read as a flag.
  return `s${randomBytes(16).toString('base64url').slice(1, 22)}`
}
