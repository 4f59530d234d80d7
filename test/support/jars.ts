/** Java programs that are Maven artifacts: Maven fetches them once, into the cache where Kafka's jars are. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../src/cli/sandbox.js'
import { fetchJars } from '../../src/sandbox/jars.js'
import { root } from './sluice.js'

/** The folder with the jars of what a pom describes. @param name the pom's in `poms` */
export async function jarsFolder(name: string): Promise<string> {
  const pom = join(root, 'test', 'support', 'poms', `${name}.xml`)
  const digest = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 8)
  const folder = join(cacheFolder(process.env), `${name}-${digest}`)
  const jars = await fetchJars({ what: name, pom, settings: [], folder, notice: () => undefined })
  if (!jars) throw new Error(`there is no Maven to fetch ${name}`)
  return jars
}
