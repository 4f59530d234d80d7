/**
 * `sluice complete SHELL -- WORD…`, which the scripts in completions/ call at every Tab: prints what the last word can
 * become. A line each, `VALUE<Tab>DESCRIPTION`; where names of files can stand too, a line `<Tab>files<Tab>PREFIX` (or
 * `folders`), since a shell knows best how these are written. It loads nothing of oclif, so that it is fast, and it is
 * silent: whatever goes wrong, there is nothing to choose from.
 */
import { readFileSync } from 'node:fs'
import { print, printable } from '../cli/output.js'
import type { ClusterSettings } from '../cli/settings.js'
import { type Candidate, wantedAt } from './line.js'
import type { Manifest } from './manifest.js'
import { isInQuotes, quoted, unquoted } from './shell-words.js'
import { type Lookups, valuesOf } from './values.js'

/** Milliseconds for what is asked of a cluster. */
const PATIENCE = 1500

/** @param argv `zsh -- WORD…`, as they stand on the line; of bash `bash N -- WORD…`, where N characters of the last stay */
export async function complete(argv: readonly string[], root: string, env: NodeJS.ProcessEnv): Promise<void> {
  const dashes = argv.indexOf('--')
  const [shell, kept = '0'] = argv.slice(0, dashes)
  const words = argv.slice(dashes + 1)
  const raw = words.at(-1) ?? ''
  const current = unquoted(raw, env)
  const { candidates, paths } = await choices(
    [...words.slice(0, -1).map((word) => unquoted(word, env)), current],
    root,
    env
  )
  const lines = paths ? [`\t${paths.kind}\t${paths.prefix}`] : []
  if (shell === 'bash') {
    // bash replaces what follows the last of its word breaks, takes every candidate that it is given, and as it is.
    const cut = unquoted(raw.slice(0, Number(kept)), env).length
    const write = isInQuotes(raw) ? (value: string): string => value : quoted
    const fitting = candidates.filter(({ value }) => value.startsWith(current))
    lines.push(...fitting.map(({ value }) => write(value.slice(cut))))
  } else {
    lines.push(...candidates.map(({ value, description }) => `${value}\t${printable(description)}`))
  }
  await print(lines.map((line) => `${line}\n`).join(''))
}

async function choices(words: readonly string[], root: string, env: NodeJS.ProcessEnv) {
  const { candidates, value, typed } = wantedAt(readManifest(root), words)
  if (!value) return { candidates }
  const { syntax, prefix } = value
  const values = await valuesOf(syntax, words.at(-1)!.slice(prefix.length), lookups(typed, env))
  return {
    candidates: values.candidates.map(({ value, ...rest }) => ({ value: prefix + value, ...rest })),
    ...(values.paths && { paths: { ...values.paths, prefix: prefix + values.paths.prefix } })
  }
}

function readManifest(root: string): Manifest {
  const read = (file: string): unknown => JSON.parse(readFileSync(root + file, 'utf8'))
  const { oclif } = read('package.json') as { oclif: Pick<Manifest, 'topics'> }
  return { ...(read('oclif.manifest.json') as Pick<Manifest, 'commands'>), topics: oclif.topics }
}

function lookups(typed: Record<string, string[]>, env: NodeJS.ProcessEnv): Lookups {
  const signal = AbortSignal.timeout(PATIENCE)
  const orNothing = async (ask: () => Promise<Candidate[]>): Promise<Candidate[]> => {
    // A name that holds what a terminal or this protocol would obey is typed by hand.
    const ownLine = ({ value }: Candidate): boolean => value === printable(value) && !/[\t\n]/.test(value)
    return ask().then(
      (found) => found.filter(ownLine),
      () => []
    )
  }
  const settings = (servers?: string): Promise<ClusterSettings> => clusterSettings(typed, env, servers)
  return {
    topics: (servers) =>
      orNothing(async () => (await import('../jobs/cluster-names.js')).topicNames(await settings(servers), signal)),
    groups: () =>
      orNothing(async () => (await import('../jobs/cluster-names.js')).groupNames(await settings(), signal)),
    profiles: () =>
      orNothing(async () => {
        const names = await (await import('../cli/profile.js')).profileNames(env)
        return names.map((value) => ({ value, description: '' }))
      })
  }
}

/** As the command that is being typed would have them. */
async function clusterSettings(
  typed: Record<string, string[]>,
  env: NodeJS.ProcessEnv,
  servers?: string
): Promise<ClusterSettings> {
  const { readSettings } = await import('../cli/settings.js')
  const flags = {
    'bootstrap-server': servers ?? typed['bootstrap-server']?.at(-1),
    'command-config': typed['command-config']?.at(-1),
    profile: typed['profile']?.at(-1),
    property: (typed['property'] ?? []).map((text) => {
      const [name, value] = text.split(/=(.*)/s) as [string, string?]
      return { name, value: value ?? '' }
    }),
    'connect-timeout': PATIENCE
  }
  return (await readSettings(flags, env)).settings
}
