/**
 * The endpoints of `pipe` as they are typed: `kafka:orders?from=earliest`, `out.csv?mode=append`, `-`. Text → parts. Pure:
 * what the parts mean is `endpoint-plan.ts`'s.
 */
import { connectors } from '../connectors/catalog.js'
import { UsageError } from '../errors.js'
import { nearest } from '../nearest.js'
import { maskedUri } from './masked-uri.js'

const ownSchemes = [
  'kafka',
  'file',
  'stdin',
  'stdout',
  'stderr',
  'elements',
  'sequence',
  'tcp',
  'unix',
  'tcp-listen',
  'unix-listen'
] as const
export type Scheme = (typeof ownSchemes)[number]

export const schemes: readonly string[] = [...ownSchemes, ...Object.keys(connectors)]

export interface EndpointUri {
  /** As it was typed, for errors, without its password. */
  text: string
  /** With it. */
  typed: string
  /** `stdio`: `-`, standard input or output by where it stands. `module`: one of ours by `connector`, or a file. */
  scheme: Scheme | 'stdio' | 'module'
  /** The scheme of one of our modules; null: it is none. */
  connector: string | null
  /** HOST:PORT,… of `kafka://HOST:PORT/TOPIC`; else undefined. */
  authority: string | undefined
  /** What stands before the options, decoded; of a connector that begins with `//`, as a URL has it. */
  address: string
  /** In the order in which they were given; undefined: without `=`. */
  options: [name: string, value: string | undefined][]
}

/** Options begin at a question mark behind which names follow; any other one belongs to the address (`log-?.txt`). */
const withOptions = /^(.*?)\?((?:[a-z][a-z-]*(?:=[^&]*)?)(?:&[a-z][a-z-]*(?:=[^&]*)?)*)?$/s

/** A URL goes to its server as it is, but for what no server is ever sent. */
const withFragment = /^([^#]*)#?(.*)$/s

/** @throws UsageError for a scheme that is none */
export function parseEndpointUri(typed: string): EndpointUri {
  const [, before = typed, query = ''] = (isUrl(typed) ? withFragment : withOptions).exec(typed) ?? []
  const text = maskedUri(typed)
  const common = { text, typed, connector: null, authority: undefined }
  const options = query === '' ? [] : query.split('&').map((item) => optionOf(item, text))
  if (before === '-') return { ...common, scheme: 'stdio', address: '', options }
  if (before === '') throw new UsageError(`'${text}' is no endpoint`, 'write kafka:TOPIC, a file, or -')
  // A single letter is a drive, and what has a slash before the colon a path.
  const [, word, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(before) ?? []
  if (word === undefined) return { ...common, scheme: isModule(before) ? 'module' : 'file', address: before, options }
  if (Object.hasOwn(connectors, word)) {
    const address = rest.startsWith('//') ? rest : decoded(rest, text)
    return { ...common, scheme: 'module', connector: word, address, options }
  }
  const scheme = ownSchemes.find((name) => name === word)
  if (scheme === undefined) {
    const near = nearest(word, schemes)
    const advice = near
      ? `did you mean ${near}:?`
      : `use one of ${schemes.join(', ')}; a file of that name is file:${maskedUri(before)}`
    throw new UsageError(`there are no endpoints of the kind '${word}:'`, advice)
  }
  const [, authority, path] = (scheme === 'kafka' && /^\/\/([^/]*)\/?(.*)$/s.exec(rest)) || []
  return { ...common, scheme, authority, address: decoded(path ?? rest, text), options }
}

function isUrl(typed: string): boolean {
  const [word = ''] = /^[a-z]+(?=:)/.exec(typed) ?? []
  return Object.hasOwn(connectors, word) && connectors[word]!.optionsBehind === '#'
}

function isModule(path: string): boolean {
  return path.endsWith('.mjs')
}

function optionOf(item: string, text: string): [string, string | undefined] {
  const [name, value] = item.split(/=(.*)/s) as [string, string?]
  return [name, value === undefined ? undefined : decoded(value, text)]
}

/** Percent-encoding is decoded; a plus stays what it is. */
function decoded(part: string, text: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    throw new UsageError(`'${text}' has a percent sign that is no encoding`, 'write %25 for a percent sign')
  }
}
