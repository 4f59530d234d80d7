/**
 * What `pipe`'s arguments and flags mean together. Each thread of a pipe plans for itself, from these: they go through a
 * message, and what they mean (functions that fetch tokens, patterns, buffers) does not.
 */
import { UsageError } from '../errors.js'
import type { PipeOptions } from '../jobs/pipe.js'
import {
  type PipeFlags,
  planBadRecords,
  planSink,
  planSource,
  requireDistinct,
  requireExactlyOnce
} from './endpoint-plan.js'
import type { Clusters } from './clusters.js'
import { type EndpointUri, parseEndpointUri } from './endpoint-uri.js'
import { type KeepingFlags, keepingOf } from './keeping-plan.js'
import { type LookupFlags, planLookup } from './lookup-flags.js'
import type { OnErrorFlag } from './on-error.js'
import type { ConnectionFlags } from './settings.js'

export interface PipeArguments {
  source: string
  sink: string
  flags: ConnectionFlags &
    PipeFlags &
    KeepingFlags &
    LookupFlags & { 'on-error': OnErrorFlag; parallelism: number; verbose: boolean }
}

export type PipePlan = Omit<PipeOptions, 'progress' | 'notice' | 'verbose'>

/** @throws UsageError */
export async function planPipe({ source, sink, flags }: PipeArguments, clusters: Clusters): Promise<PipePlan> {
  const [from, to] = [parseEndpointUri(source), parseEndpointUri(sink)]
  requireDistinct(from, to, flags)
  const planned = await planSource(from, clusters, flags)
  const plan = {
    source: planned,
    sink: await planSink(to, clusters, flags),
    lookup: planLookup(flags),
    onError: await planBadRecords(flags['on-error'], [from, planned], to, clusters, flags),
    ...keepingOf(flags)
  }
  exchangeJson(plan)
  if (flags.delivery === 'exactly-once') requireExactlyOnce(from, to, plan.source, plan.sink, flags)
  if (flags.parallelism > 1) requireDivisible(from, to, plan, flags)
  return plan
}

/** What a schema decodes or encodes is JSON on the side that is text, unless that says otherwise. */
function exchangeJson({ source, sink }: Pick<PipePlan, 'source' | 'sink'>): void {
  const decoded =
    source.kind === 'kafka' && sink.kind === 'text' && sink.format.format !== 'hexdump' ? source.decode : null
  if (decoded && sink.kind === 'text') Object.assign(sink.format, jsonFor(decoded, sink.format))
  const isEnvelope = 'parser' in source && source.parser.format === 'envelope'
  if (isEnvelope && sink.kind === 'kafka' && sink.encode)
    Object.assign(source.parser, jsonFor(sink.encode, source.parser))
}

function jsonFor(parts: { key: unknown; value: unknown }, forms: { keyAs: string; valueAs: string }): typeof forms {
  const { keyAs, valueAs } = forms
  return {
    keyAs: parts.key && keyAs === 'string' ? 'json' : keyAs,
    valueAs: parts.value && valueAs === 'string' ? 'json' : valueAs
  }
}

/** @throws UsageError for what means the pipe as a whole, which no subtask sees */
function requireDivisible(from: EndpointUri, to: EndpointUri, { source, sink }: PipePlan, flags: PipeFlags): void {
  const refuse = (what: string, advice: string): never => {
    throw new UsageError(`--parallelism does not go with ${what}`, advice)
  }
  for (const { text, options } of [from, to]) {
    const own = options.find(([name]) => name === 'parallelism' || name === 'subtask')
    if (own) refuse(`${own[0]} in ${text}`, 'leave that out: each subtask has its number')
  }
  const letters = typeof flags['on-error'] === 'object' ? flags['on-error'].deadLetter : null
  if (letters?.options.some(([name, value]) => name === 'mode' && value !== 'append')) {
    refuse(`the mode in dead-letter:${letters.text}`, 'all subtasks append to the same file: leave mode out')
  }
  if (to.scheme.endsWith('-listen')) refuse(to.text, 'only one can listen there')
  if (sink.kind === 'module' && sink.checkpoint !== null) refuse(`the transactions of ${to.text}`, 'leave one out')
  if (source.kind !== 'kafka') return
  if (source.limit < Infinity) refuse('max', 'no subtask knows how much the others have read')
  if (source.idleExit < Infinity) refuse('idle-exit', 'no subtask knows whether the others are idle')
  if (source.join && flags.checkpoint !== undefined) {
    refuse('--checkpoint and a group that is joined', "add the option 'assign' to the source")
  }
  if (source.join && source.membership.instanceId !== null) {
    refuse('group.instance.id', 'it is the name of one member, and each subtask is one')
  }
}
