/**
 * What an endpoint of `pipe` means: its URI → the job's options. Nothing is touched yet.
 */
import { resolve } from 'node:path'
import { UsageError } from '../errors.js'
import type { OnError } from '../jobs/bad-records.js'
import type { SinkOptions } from '../jobs/open-sink.js'
import type { ModuleSourceOptions } from '../jobs/module-endpoints.js'
import type { SourceOptions } from '../jobs/open-source.js'
import type { DecodeOptions, EncodeOptions } from '../jobs/schemas.js'
import type { SocketOptions } from '../jobs/sockets.js'
import { type Clusters, clusterName, clusterOf, otherCluster } from './clusters.js'
import { formatterOptions, planConsume, reads } from './consume-plan.js'
import {
  fileSink,
  fileSource,
  pipedSink,
  pipedSource,
  printSink,
  socketSink,
  socketSource,
  textSink,
  textSource
} from './endpoint-flags.js'
import { readOptions } from './endpoint-options.js'
import type { EndpointUri } from './endpoint-uri.js'
import { type OnErrorFlag, planOnError } from './on-error.js'
import { parserOptions, parseSequence, writingOptions } from './produce-plan.js'
import { type AsFlags, formOf, type SchemaFlags } from './schema-forms.js'
import type { ClusterSettings } from './settings.js'
import { socketAddress } from './socket-address.js'

/** What is said of the whole pipe. */
export interface PipeFlags {
  checkpoint?: string | undefined
  'checkpoint-interval'?: number | undefined
  delivery: 'at-least-once' | 'exactly-once'
  'on-error'?: OnErrorFlag
}

/** @throws UsageError */
export async function planSource(uri: EndpointUri, clusters: Clusters, flags: PipeFlags): Promise<SourceOptions> {
  const { scheme, address } = uri
  if (scheme === 'module') {
    const source = await (await import('./module-plan.js')).planModuleSource(uri)
    checkKeeping(uri, source, flags)
    return source
  }
  if (scheme !== 'kafka') {
    checkKeeping(uri, null, flags)
    requireTextForms(uri)
  }
  switch (scheme) {
    case 'kafka': {
      const options = await readOptions(uri, { ...pipedSource, ...otherCluster })
      const topics = requireAddress(uri, 'TOPIC').split(',')
      const { checkpoint, 'checkpoint-interval': interval } = flags
      const plan = planConsume({ ...options, checkpoint, 'checkpoint-interval': interval }, topics)
      const settings = await clusterOf(uri, options, clusters)
      const decode = await decodingOf(uri, options, settings)
      return { kind: 'kafka', settings, membership: settings.group, decode, ...plan }
    }
    case 'stdio':
    case 'stdin':
      return { kind: 'text', paths: ['-'], parser: parserOptions(await readOptions(uri, textSource)), streams: false }
    case 'file': {
      const path = requireAddress(uri, 'PATH')
      const options = await readOptions(uri, fileSource)
      if (options.watch === 0) throw new UsageError(`${uri.text}: watch must be more than 0`, 'as in watch=10s')
      return { kind: 'files', path, parser: parserOptions(options), watch: options.watch ?? null }
    }
    case 'tcp':
    case 'unix': {
      const options = await readOptions(uri, socketSource)
      return { kind: 'socket', socket: connectingOf(uri, options), parser: parserOptions(options) }
    }
    case 'tcp-listen':
    case 'unix-listen': {
      const parser = parserOptions(await readOptions(uri, textSource))
      return { kind: 'socket', socket: { role: 'listen', address: socketAddress(uri) }, parser }
    }
    case 'elements':
      await readOptions(uri, {})
      return { kind: 'elements', elements: requireAddress(uri, 'A,B,C').split(',') }
    case 'sequence': {
      await readOptions(uri, {})
      const [first, last] = parseSequence(address)
      return { kind: 'sequence', first, last }
    }
    default:
      throw new UsageError(`${uri.text} is no source`, 'it can only be written to')
  }
}

/** Of topics, `planConsume` does. @throws UsageError */
function checkKeeping(
  uri: EndpointUri,
  module: ModuleSourceOptions | null,
  { checkpoint, 'checkpoint-interval': interval }: PipeFlags
): void {
  if (checkpoint !== undefined && !canBeGoneOnWith(uri, module)) {
    const isKept = module?.delivery === 'at-least-once'
    const advice = isKept ? 'leave it out, what was not written out comes again' : `what ${uri.text} has sent is gone`
    throw new UsageError('--checkpoint needs a source that can be gone on with', advice)
  }
  if (interval === undefined) return
  if (checkpoint === undefined) throw new UsageError('--checkpoint-interval needs --checkpoint')
  if (interval === 0) throw new UsageError('--checkpoint-interval must be more than 0')
}

/** @throws UsageError */
export async function planSink(uri: EndpointUri, clusters: Clusters, flags: PipeFlags): Promise<SinkOptions> {
  if (uri.scheme === 'module') {
    const { delivery, checkpoint = null } = flags
    const { planModuleSink } = await import('./module-plan.js')
    return planModuleSink(uri, delivery === 'exactly-once' ? checkpoint : null)
  }
  if (uri.scheme !== 'kafka') requireTextForms(uri)
  switch (uri.scheme) {
    case 'kafka': {
      const topic = requireAddress(uri, 'TOPIC')
      const options = await readOptions(uri, { ...pipedSink, ...otherCluster })
      const settings = await clusterOf(uri, options, clusters)
      const isSaid = (...names: string[]): boolean => uri.options.some(([name]) => names.includes(name))
      const writing = writingOptions(options, topic, flags.delivery, settings.transaction)
      const partitioner = isSaid('partitioner', 'partition') ? writing.partitioner : null
      const copies = !isSaid('compression', 'batch-bytes')
      const codec = isSaid('compression') ? writing.codec : 'kept'
      const encode = await encodingOf(uri, options, settings)
      return { kind: 'kafka', settings, ...writing, encode, codec, partitioner, copies }
    }
    case 'file': {
      const file = requireAddress(uri, 'PATH')
      const options = await readOptions(uri, fileSink)
      if (options.roll && flags.checkpoint !== undefined) {
        throw new UsageError('a checkpoint cannot keep how far the parts of roll are', 'leave roll or --checkpoint out')
      }
      return {
        kind: 'text',
        output: { file, mode: options.mode, roll: options.roll ?? null },
        format: formatterOptions(options)
      }
    }
    case 'stdio':
    case 'stdout':
    case 'stderr': {
      const output = uri.scheme === 'stderr' ? 'stderr' : 'stdout'
      const options = await readOptions(uri, printSink)
      return { kind: 'text', output, format: formatterOptions(options), prefix: options.prefix }
    }
    case 'tcp':
    case 'unix': {
      const options = await readOptions(uri, socketSink)
      return { kind: 'text', output: connectingOf(uri, options), format: formatterOptions(options) }
    }
    case 'tcp-listen':
    case 'unix-listen': {
      const format = formatterOptions(await readOptions(uri, textSink))
      return { kind: 'text', output: { role: 'listen', address: socketAddress(uri) }, format }
    }
    default:
      throw new UsageError(`${uri.text} is no sink`, 'it can only be read')
  }
}

/** @throws UsageError */
async function decodingOf(
  uri: EndpointUri,
  flags: AsFlags,
  { registry }: ClusterSettings
): Promise<DecodeOptions | null> {
  if (!saysForms(uri)) return null
  const { planDecoding, requireSchemaForm } = await import('./schema-plan.js')
  requireSchemaForm(flags['value-as'], `${uri.text}: value-as`)
  return planDecoding(flags, registry)
}

/** @throws UsageError */
async function encodingOf(
  uri: EndpointUri,
  flags: SchemaFlags,
  { registry }: ClusterSettings
): Promise<EncodeOptions | null> {
  if (!saysForms(uri)) return null
  const { planEncoding, requireSchemaForm } = await import('./schema-plan.js')
  requireSchemaForm(flags['value-as'], `${uri.text}: value-as`)
  requireSchemaForm(flags['key-as'], `${uri.text}: key-as`)
  return planEncoding(flags, registry)
}

function saysForms({ options }: EndpointUri): boolean {
  return options.some(([name]) => /^((key|value)-as|(key-)?schema)$/.test(name))
}

/** What is said of schemas is said of topics. @throws UsageError */
function requireTextForms({ text, options }: EndpointUri): void {
  const [name, value] = options.find(([name, value]) => /-as$/.test(name) && formOf(value ?? '')) ?? []
  if (name === undefined) return
  throw new UsageError(`${text}: ${name}=${value} is an option of a topic`, `as in 'kafka:TOPIC?${name}=${value}'`)
}

function connectingOf(
  uri: EndpointUri,
  options: { retries: number; delay: number; 'retry-connect': boolean }
): SocketOptions {
  const { retries, delay } = options
  return { role: 'connect', address: socketAddress(uri), retries, delay, retryConnect: options['retry-connect'] }
}

function requireAddress({ text, scheme, address }: EndpointUri, what: string): string {
  if (address === '') throw new UsageError(`'${text}' names nothing`, `write ${scheme}:${what}`)
  return address
}

/** What is read, written and kept beside it are different files. @throws UsageError */
export function requireDistinct(source: EndpointUri, sink: EndpointUri, { checkpoint }: PipeFlags): void {
  if (sink.scheme !== 'file') return
  const file = resolve(sink.address)
  if (source.scheme === 'file' && resolve(source.address) === file) {
    throw new UsageError(`${source.text} and ${sink.text} are the same file`, 'give each its own')
  }
  if (checkpoint !== undefined && resolve(checkpoint) === file) {
    throw new UsageError(`--checkpoint and ${sink.text} are the same file`, 'give each its own')
  }
}

/** What becomes of bad records of a pipe. @throws UsageError */
export function planBadRecords(
  flag: OnErrorFlag,
  [from, source]: [EndpointUri, SourceOptions],
  to: EndpointUri,
  clusters: Clusters,
  { checkpoint }: PipeFlags
): Promise<OnError> {
  const files = [from, to].filter(({ scheme }) => scheme === 'file').map(({ address }) => address)
  const topics =
    to.scheme === 'kafka' ? [{ cluster: clusterName(to), has: (topic: string) => topic === to.address }] : []
  if (source.kind === 'kafka')
    topics.push({ cluster: clusterName(from), has: (topic) => reads(source.selection, topic) })
  return planOnError(flag, { files: [...files, checkpoint], topics }, clusters)
}

/** What can be gone on with exactly where a checkpoint says. That standard input is a file is seen when it is opened. */
const resumable = ['kafka', 'file', 'stdio', 'stdin', 'elements', 'sequence']
/** What can take back what no checkpoint has: a file is cut back, a transaction aborted. */
const transactional = ['kafka', 'file']

function canBeGoneOnWith({ scheme }: EndpointUri, module: ModuleSourceOptions | null): boolean {
  return module ? module.delivery === 'resumable' : resumable.includes(scheme)
}

/** Says why a promise cannot be kept, before anything is touched. @throws UsageError */
export function requireExactlyOnce(
  from: EndpointUri,
  to: EndpointUri,
  source: SourceOptions,
  sink: SinkOptions,
  flags: PipeFlags
): void {
  const needs = 'exactly-once needs a sink that repeats nothing, a source that can be gone on with, and --checkpoint'
  if (!canBeGoneOnWith(from, source.kind === 'module' ? source : null)) {
    throw new UsageError(needs, `${from.text} cannot be gone on with`)
  }
  const isOnce = sink.kind === 'module' ? sink.delivery !== 'at-least-once' : transactional.includes(to.scheme)
  if (!isOnce) {
    throw new UsageError(needs, `what was written to ${to.text} cannot be taken back`)
  }
  if (flags.checkpoint === undefined) throw new UsageError(needs, 'give a file to --checkpoint')
  if (typeof flags['on-error'] === 'object') {
    const what = 'exactly-once cannot be kept for dead letters, of which a crash may write some twice'
    throw new UsageError(what, 'use --on-error skip or fail, or leave --delivery out')
  }
  if (source.kind !== 'kafka') return
  if (source.join) {
    const what = 'exactly-once needs partitions that no other member of the group takes over'
    throw new UsageError(what, "add the option 'assign' to the source")
  }
  if (source.isolation === 'uncommitted') {
    throw new UsageError('exactly-once reads what is committed', 'leave the option isolation out')
  }
}
