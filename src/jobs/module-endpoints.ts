/**
 * Endpoints of modules, opened: what a run gives them, how far they are read or written, and what is acknowledged.
 */
import { Acknowledger } from '../endpoints/acknowledger.js'
import { MemorySource } from '../endpoints/memory.js'
import { ModuleName } from '../endpoints/module-name.js'
import { ModuleSink } from '../endpoints/module-sink.js'
import { ModuleSource } from '../endpoints/module-source.js'
import type {
  Context,
  Endpoint,
  EndpointSink,
  EndpointSource,
  SinkDefinition,
  SinkDelivery,
  SourceContext as ModuleSourceContext,
  SourceDefinition,
  SourceDelivery
} from '../endpoint-module.js'
import type { SettlingOptions } from '../flow/settling.js'
import type { OpenSink, SinkContext } from './open-sink.js'
import type { OpenSource, SourceContext } from './open-source.js'
import type { SinkCheckpoint } from './sink-checkpoint.js'

interface ModuleOptions {
  endpoint: Endpoint
  /** What no message may show. */
  secrets: readonly string[]
}

export interface ModuleSourceOptions extends ModuleOptions {
  definition: SourceDefinition
  delivery: SourceDelivery
  /** Whose positions a checkpoint has. */
  place: string
}

export interface ModuleSinkOptions extends ModuleOptions {
  definition: SinkDefinition
  delivery: SinkDelivery
  /** The name under which the sink keeps the checkpoint; null: it keeps none. */
  checkpoint: string | null
  /** That checkpoint, from when the run begins. */
  kept?: SinkCheckpoint
}

/**
 * Milliseconds between two acknowledgements. Sooner than commits of offsets: what waits for one, a queue gives to nobody
 * else, and it comes again where a run ends badly.
 */
const ACKNOWLEDGE_INTERVAL = 1000

export async function openModuleSource(
  options: ModuleSourceOptions,
  { keeping, checkpointInterval, share, notice, verbose }: SourceContext,
  signal: AbortSignal
): Promise<OpenSource> {
  const { endpoint, secrets } = options
  // It is read by the first of several subtasks.
  if (share && share.subtask > 0) return idle(share.parallelism - 1)
  const place = keeping === null ? null : options.place
  if (place !== null) keeping!.claim(place)
  const name = new ModuleName(endpoint.name, secrets)
  const restored = keeping?.restored?.endpoint ?? null
  const given = {
    ...{ position: restored?.position ?? null, wantsPositions: keeping !== null },
    verbose: (text: string) => verbose(`${String(name)}: ${name.masked(text)}`)
  }
  const opened = await openEndpointSource(options, given, notice, signal)
  const source = new ModuleSource(opened, { name, place, restored })
  const acknowledger = opened.acknowledge ? new Acknowledger(opened, source, name, notice) : null
  const interval = keeping === null ? ACKNOWLEDGE_INTERVAL : checkpointInterval
  const settling: SettlingOptions = { checkpoint: keeping, committer: acknowledger, commitLate: false, interval }
  return {
    ...{ source, partitionCount: 0, start: null, idleSubtasks: share ? share.parallelism - 1 : 0 },
    settling: keeping || acknowledger ? settling : null,
    totals: () => {
      const commits = acknowledger && { succeeded: acknowledger.succeeded, failed: acknowledger.failed }
      return { commits, lag: null }
    },
    close: () => source.close()
  }
}

/** The module's own. */
export function openEndpointSource(
  { endpoint, definition, secrets }: ModuleSourceOptions,
  given: Pick<ModuleSourceContext, 'position' | 'wantsPositions' | 'verbose'>,
  notice: (text: string) => void,
  signal: AbortSignal
): Promise<EndpointSource> {
  const name = new ModuleName(endpoint.name, secrets)
  return name.call(() => definition.open({ ...contextOf(endpoint, name, notice, signal), ...given }))
}

/** What a subtask reads that has nothing to read. */
function idle(idleSubtasks: number): OpenSource {
  return {
    ...{ source: new MemorySource([]), partitionCount: 0, settling: null, start: null, idleSubtasks },
    totals: () => ({ commits: null, lag: null }),
    close: () => Promise.resolve()
  }
}

export async function openModuleSink(
  options: ModuleSinkOptions,
  { bad, begin, notice }: SinkContext,
  signal: AbortSignal
): Promise<OpenSink> {
  const { endpoint, secrets, kept } = options
  const name = new ModuleName(endpoint.name, secrets)
  const opened = kept ? kept.sink : await openEndpointSink(options, notice, signal)
  const sink = new ModuleSink(opened, name, bad, async () => kept?.commit())
  try {
    await begin(sink.state())
  } catch (error) {
    await sink.close()
    throw error
  }
  return {
    sink,
    totals: () => ({ records: sink.records, bytes: sink.bytes, acknowledged: true, lost: 0 }),
    close: () => void sink.close().catch(() => undefined)
  }
}

/** The module's own. */
export function openEndpointSink(
  { endpoint, definition, secrets, checkpoint }: ModuleSinkOptions,
  notice: (text: string) => void,
  signal: AbortSignal
): Promise<EndpointSink> {
  const name = new ModuleName(endpoint.name, secrets)
  return name.call(() => definition.open({ ...contextOf(endpoint, name, notice, signal), checkpoint }))
}

function contextOf(endpoint: Endpoint, name: ModuleName, notice: (text: string) => void, signal: AbortSignal): Context {
  return { ...endpoint, notice: (text) => notice(`${String(name)}: ${name.masked(text)}`), signal }
}
