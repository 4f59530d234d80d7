/**
 * Kafka's jars, fetched once by Maven into a cache folder that all sandboxes share. The folder's name holds a digest of
 * the pom: with another pom it is another folder, and a running broker keeps the one that it reads from.
 */
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FailedError } from '../errors.js'
import { run } from './program.js'

/** The package's own folder `sandbox`: pom, broker settings and logger settings. */
export const templates = fileURLToPath(new URL('../../sandbox/', import.meta.url))

const pom = join(templates, 'pom.xml')

/** The version that sluice is tested with. */
export async function defaultVersion(): Promise<string> {
  return /<kafka.version>(.+)<\/kafka.version>/.exec(await readFile(pom, 'utf8'))![1]!
}

export interface JarsOptions {
  /** All versions' folders are in here. */
  cache: string
  /** Kafka's version. */
  version: string
  notice: (text: string) => void
  signal?: AbortSignal | undefined
}

/** The folder with the jars. Undefined: they are not there yet, and there is no Maven to fetch them. */
export async function findJars(options: JarsOptions): Promise<string | undefined> {
  const { version, notice, signal } = options
  const settings = [`-Dkafka.version=${version}`]
  return fetchJars({ what: `Kafka ${version}`, pom, settings, folder: await jarsFolder(options), notice, signal })
}

export interface Fetch {
  /** Name and version of what the jars are of. */
  what: string
  /** It depends on them. */
  pom: string
  /** `-DNAME=VALUE` for Maven. */
  settings: readonly string[]
  /** Where they are to be. */
  folder: string
  notice: (text: string) => void
  signal?: AbortSignal | undefined
}

/** The folder, with the jars in it. Undefined: it is not there yet, and there is no Maven. */
export async function fetchJars({ what, pom, settings, folder, notice, signal }: Fetch): Promise<string | undefined> {
  if (await exists(folder)) return folder
  if (!(await run('mvn', ['--version'], signal))) return undefined

  notice(`fetching ${what} into ${folder}`)
  await mkdir(dirname(folder), { recursive: true })
  // Others may do the same at this time: each fills a folder of its own, and the first one to be done gives its.
  const own = await mkdtemp(`${folder}.`)
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${own}`, ...settings]
    const maven = await run('mvn', ['-q', '-B', '-f', pom, ...goal], signal)
    if (maven?.code !== 0) {
      const reason = /\[ERROR\] (?:.*:pom:1: )?(\S.*?)(?: -> |$)/m.exec(maven?.output ?? '')?.[1] ?? 'no reason given'
      throw new FailedError(`Maven cannot fetch ${what} (${reason})`, 'check the version and the network')
    }
    await rename(own, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error
    })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
  return folder
}

async function jarsFolder({ cache, version }: Pick<JarsOptions, 'cache' | 'version'>): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 8)
  return join(cache, `kafka-${version}-${digest}`)
}

/** Whether they have been fetched. */
export async function hasJars(options: Pick<JarsOptions, 'cache' | 'version'>): Promise<boolean> {
  return exists(await jarsFolder(options))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
