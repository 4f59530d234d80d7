/** What this machine has for `sluice sandbox`. Nothing else needs it, so nothing is wrong where it is missing. */
import { defaultVersion, hasJars } from '../sandbox/jars.js'
import { run } from '../sandbox/program.js'
import { findJava, hasDocker } from '../sandbox/runtime.js'
import { type Check, note, ok } from './doctor.js'

export interface MachineOptions {
  /** Where Kafka's jars are kept. */
  cache: string
  /** Without it `java` is looked for in PATH. */
  javaHome: string | undefined
}

export async function checkSandbox({ cache, javaHome }: MachineOptions, signal: AbortSignal): Promise<Check> {
  const version = await defaultVersion()
  const [java, jars] = await Promise.all([findJava({ javaHome, signal }), hasJars({ cache, version })])
  if (java && jars) return ok('sandbox', '', `Java, and the jars of Kafka ${version}`)
  if (java && (await run('mvn', ['--version'], signal))) return ok('sandbox', '', 'Java, and Maven to fetch Kafka')
  if (await hasDocker(signal)) return ok('sandbox', '', 'Docker')
  const missing = java ? 'no Maven to fetch Kafka' : 'no Java 17 or newer'
  return note('sandbox', '', `${missing}, and no Docker`, 'only sluice sandbox needs one of them')
}
