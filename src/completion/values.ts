/**
 * The values that a flag or argument takes, found from how help writes them: what is in lower case is typed as it is
 * (`auto[:5s]|checkpoint|none`), what is in capitals names a kind (`FILE`, `TOPIC[:0,1]`, `dead-letter:SINK`).
 */
import { schemes } from '../cli/endpoint-uri.js'
import type { Candidate } from './line.js'

export interface Values {
  candidates: Candidate[]
  /** Names of files, or of folders alone, may stand there as well, behind this much of the word. */
  paths?: { kind: 'files' | 'folders'; prefix: string }
}

/** What has to be looked up. Each gives nothing rather than fail. */
export interface Lookups {
  /** @param servers of another cluster than the one that the flags name */
  topics(servers?: string): Promise<Candidate[]>
  groups(): Promise<Candidate[]>
  profiles(): Promise<Candidate[]>
}

/** @param text as much of the value as is there */
export async function valuesOf(syntax: string, text: string, lookups: Lookups): Promise<Values> {
  const candidates: Candidate[] = []
  for (const alternative of syntax.split('|')) {
    const [, word = '', rest = ''] = /^([a-z0-9][a-z0-9-]*:?)?(.*)$/.exec(alternative)!
    if (word.endsWith(':') && text.startsWith(word))
      return behind(word, await valuesOf(rest, text.slice(word.length), lookups))
    if (word !== '') candidates.push({ value: word, description: '' })
    else if (alternative !== '') {
      const kind = /^[A-Z]+/.exec(alternative)?.[0] ?? ''
      const values = await valuesOfKind(kind, text, lookups)
      if (values.paths) return { candidates: [...candidates, ...values.candidates], paths: values.paths }
      candidates.push(...values.candidates)
    }
  }
  return { candidates }
}

async function valuesOfKind(kind: string, text: string, lookups: Lookups): Promise<Values> {
  switch (kind) {
    case 'FILE':
      return { candidates: [], paths: { kind: 'files', prefix: '' } }
    case 'DIR':
      return { candidates: [], paths: { kind: 'folders', prefix: '' } }
    case 'OFFSETS':
      return { candidates: offsets }
    case 'TOPIC':
      return { candidates: await lookups.topics() }
    case 'GROUP':
      return { candidates: await lookups.groups() }
    case 'PROFILE':
      return { candidates: await lookups.profiles() }
    case 'SOURCE':
    case 'SINK':
      return endpoints(kind, text, lookups)
    default:
      return { candidates: [] }
  }
}

const offsets: Candidate[] = [
  { value: 'earliest', description: 'the start of the log' },
  { value: 'latest', description: 'the end of the log' },
  { value: 'group', description: "the group's committed offset" },
  { value: '@', description: 'a time: ms since the epoch, ISO 8601, or a span before now as in @-90m' }
]

/** Schemes of `pipe` that are for one direction alone. */
const only: Record<string, 'SOURCE' | 'SINK'> = {
  stdin: 'SOURCE',
  elements: 'SOURCE',
  sequence: 'SOURCE',
  stdout: 'SINK',
  stderr: 'SINK'
}

/** `kafka:TOPIC`, `file:PATH`, a bare path, …. */
async function endpoints(direction: 'SOURCE' | 'SINK', text: string, lookups: Lookups): Promise<Values> {
  const [, scheme, servers] = /^([a-z-]+):(?:\/\/([^/]*)\/)?/.exec(text) ?? []
  if (scheme === 'kafka') {
    const topics = await lookups.topics(servers)
    return behind(servers === undefined ? 'kafka:' : `kafka://${servers}/`, { candidates: topics })
  }
  if (scheme !== undefined && /^(file|unix|unix-listen)$/.test(scheme)) {
    return { candidates: [], paths: { kind: 'files', prefix: `${scheme}:` } }
  }
  const words = schemes.filter((name) => (only[name] ?? direction) === direction).map((name) => `${name}:`)
  const candidates = ['-', ...words].map((value) => ({ value, description: '' }))
  return { candidates, paths: { kind: 'files', prefix: '' } }
}

function behind(prefix: string, { candidates, paths }: Values): Values {
  return {
    candidates: candidates.map(({ value, description }) => ({ value: prefix + value, description })),
    ...(paths && { paths: { ...paths, prefix: prefix + paths.prefix } })
  }
}
