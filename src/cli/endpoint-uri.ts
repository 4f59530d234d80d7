/**
 * The endpoints of `pipe` as they are typed: `kafka:orders?from=earliest`, `out.csv?mode=append`, `-`. Text → parts. Pure:
 * what the parts mean is `endpoint-plan.ts`'s.
 */
import { UsageError } from '../errors.js'
import { nearest } from '../nearest.js'

export const schemes = [
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
export type Scheme = (typeof schemes)[number]

export interface EndpointUri {
  /** As it was typed, for errors. */
  text: string
  /** `stdio`: `-`, standard input or output by where it stands. */
  scheme: Scheme | 'stdio'
  /** HOST:PORT,… of `kafka://HOST:PORT/TOPIC`; else undefined. */
  authority: string | undefined
  /** What stands before the options, decoded. */
  address: string
  /** In the order in which they were given; undefined: without `=`. */
  options: [name: string, value: string | undefined][]
}

/** Options begin at a question mark behind which names follow; any other one belongs to the address (`log-?.txt`). */
const withOptions = /^(.*?)\?((?:[a-z][a-z-]*(?:=[^&]*)?)(?:&[a-z][a-z-]*(?:=[^&]*)?)*)?$/s

/** @throws UsageError for a scheme that is none */
export function parseEndpointUri(text: string): EndpointUri {
  const [, before = text, query = ''] = withOptions.exec(text) ?? []
  const options = query === '' ? [] : query.split('&').map((item) => optionOf(item, text))
  if (before === '-') return { text, scheme: 'stdio', authority: undefined, address: '', options }
  if (before === '') throw new UsageError(`'${text}' is no endpoint`, 'write kafka:TOPIC, a file, or -')
  // A single letter is a drive, and what has a slash before the colon a path.
  const [, word, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(before) ?? []
  if (word === undefined) return { text, scheme: 'file', authority: undefined, address: before, options }
  const scheme = schemes.find((name) => name === word)
  if (scheme === undefined) {
    const near = nearest(word, schemes)
    const advice = near
      ? `did you mean ${near}:?`
      : `use one of ${schemes.join(', ')}; a file of that name is file:${before}`
    throw new UsageError(`there are no endpoints of the kind '${word}:'`, advice)
  }
  const [, authority, path] = (scheme === 'kafka' && /^\/\/([^/]*)\/?(.*)$/s.exec(rest)) || []
  return { text, scheme, authority, address: decoded(path ?? rest, text), options }
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
