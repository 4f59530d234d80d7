/**
 * `--on-error fail|skip|dead-letter:SINK`: what becomes of bad records. What goes to a file keeps everything, and is added
 * to what an earlier run has left there, unless the sink's options say otherwise. What only dead letters need is loaded
 * for those.
 */
import { resolve } from 'node:path'
import { UsageError } from '../errors.js'
import type { OnError } from '../jobs/bad-records.js'
import type { Clusters } from './clusters.js'
import type { EndpointUri } from './endpoint-uri.js'

export type OnErrorFlag = 'fail' | 'skip' | { deadLetter: EndpointUri }

const DEAD_LETTER = 'dead-letter:'

/** @throws UsageError */
export async function parseOnError(text: string): Promise<OnErrorFlag> {
  if (text === 'fail' || text === 'skip') return text
  if (!text.startsWith(DEAD_LETTER)) {
    throw new UsageError(`'${text}' is none of fail, skip, dead-letter:SINK`, 'as in dead-letter:bad.jsonl')
  }
  const { parseEndpointUri } = await import('./endpoint-uri.js')
  const uri = parseEndpointUri(text.slice(DEAD_LETTER.length))
  return { deadLetter: { ...uri, options: [...uri.options, ...defaultsFor(uri)] } }
}

/** What the run itself reads and writes. */
export interface Taken {
  files: (string | undefined)[]
  /** Of a cluster, by its name (`clusterName`). */
  topics: { cluster: string; has: (topic: string) => boolean }[]
}

/** @throws UsageError for a sink that is part of the run already: one that follows its own bad records has no end */
export async function planOnError(flag: OnErrorFlag, taken: Taken, clusters: Clusters): Promise<OnError> {
  if (typeof flag === 'string') return flag
  const { scheme, address, text } = flag.deadLetter
  const { clusterName } = await import('./clusters.js')
  const cluster = clusterName(flag.deadLetter)
  const isTaken =
    scheme === 'kafka'
      ? taken.topics.some((one) => one.cluster === cluster && one.has(address))
      : scheme === 'file' && taken.files.some((file) => file !== undefined && resolve(file) === resolve(address))
  if (isTaken) throw new UsageError(`bad records cannot go to ${text}, which is part of the run`, 'name another one')
  const { planSink } = await import('./endpoint-plan.js')
  return { deadLetter: await planSink(flag.deadLetter, clusters, { delivery: 'at-least-once' }), name: text }
}

function defaultsFor({ scheme, options }: EndpointUri): [string, string][] {
  const defaults: [string, string][] = /^(kafka|module)$/.test(scheme) ? [] : [['format', 'envelope']]
  if (scheme === 'file') defaults.push(['mode', 'append'])
  return defaults.filter(([name]) => !options.some(([given]) => given === name))
}
