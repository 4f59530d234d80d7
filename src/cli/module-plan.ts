/**
 * What an endpoint of a module means: the module loaded, its options read, and what it promises. Nothing of the system
 * behind it is touched yet.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type {
  Endpoint,
  EndpointModule,
  OptionSpec,
  OptionSpecs,
  SinkDefinition,
  SourceDefinition
} from '../endpoint-module.js'
import { FailedError, UsageError } from '../errors.js'
import type { ModuleSinkOptions, ModuleSourceOptions } from '../jobs/module-endpoints.js'
import { readOptions } from './endpoint-options.js'
import type { EndpointUri } from './endpoint-uri.js'
import { maskedUri, passwordsIn } from './masked-uri.js'
import { flagsOf, secretsOf } from './module-options.js'

/** Its options are known when they are read. */
interface LoadedModule {
  source?: SourceDefinition
  sink?: SinkDefinition
}

/** @param module which is loaded where it is not given @throws UsageError */
export async function planModuleSource(
  uri: EndpointUri,
  module?: EndpointModule
): Promise<{ kind: 'module' } & ModuleSourceOptions> {
  const { source: definition } = await definitionsOf(uri, module)
  if (!definition) throw new UsageError(`${uri.text} is no source`, 'it can only be written to')
  const { endpoint, secrets } = await endpointOf(uri, definition.options)
  const delivery = said(endpoint, () => definition.delivery(endpoint))
  return { kind: 'module', definition, endpoint, secrets, delivery, place: placeOf(uri, endpoint, definition.options) }
}

/** @param checkpoint of an exactly-once run; null: nothing is to be taken back after a crash @throws UsageError */
export async function planModuleSink(
  uri: EndpointUri,
  checkpoint: string | null,
  module?: EndpointModule
): Promise<{ kind: 'module' } & ModuleSinkOptions> {
  const { sink: definition } = await definitionsOf(uri, module)
  if (!definition) throw new UsageError(`${uri.text} is no sink`, 'it can only be read')
  const { endpoint, secrets } = await endpointOf(uri, definition.options)
  const delivery = said(endpoint, () => definition.delivery(endpoint))
  const kept = delivery === 'transactional' && checkpoint !== null ? resolve(checkpoint) : null
  return { kind: 'module', definition, endpoint, secrets, delivery, checkpoint: kept }
}

async function definitionsOf(uri: EndpointUri, module?: EndpointModule): Promise<LoadedModule> {
  return module ?? (await loadModule(uri))
}

async function loadModule({ text, connector, address }: EndpointUri): Promise<EndpointModule> {
  const loaded = connector === null ? await loadFile(text, address) : await loadConnector(connector)
  if (loaded.source || loaded.sink) return loaded
  throw new UsageError(
    `${text} is no endpoint`,
    'it is to export source or sink, see the guide on endpoints of your own'
  )
}

async function loadFile(text: string, path: string): Promise<EndpointModule> {
  if (!existsSync(path)) throw new UsageError(`${text}: there is no such module`, 'check the path')
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as EndpointModule
  } catch (error) {
    throw new FailedError(`${text} cannot be loaded: ${(error as Error).message}`, undefined, { cause: error })
  }
}

async function loadConnector(scheme: string): Promise<EndpointModule> {
  const { connectors } = await import('../connectors/catalog.js')
  const connector = connectors[scheme]!
  if (connector.package !== null) {
    const { requirePackage } = await import('../connectors/client-package.js')
    requirePackage(scheme, connector.package)
  }
  return connector.load()
}

/** @throws UsageError for options that are none, wrong, or missing */
async function endpointOf(
  uri: EndpointUri,
  specs: OptionSpecs = {}
): Promise<{ endpoint: Endpoint; secrets: string[] }> {
  const { text, secrets } = secretsOf(uri, specs)
  const options = (await readOptions({ ...uri, text }, flagsOf(specs))) as Record<string, string | string[] | undefined>
  for (const [name, { secret, required, multiple }] of Object.entries(specs)) {
    const inherited = secret === undefined ? undefined : process.env[secret]
    if (inherited !== undefined) options[name] ??= multiple ? [inherited] : inherited
    if (!required || options[name] !== undefined) continue
    const advice = `write ?${name}=VALUE${secret === undefined ? '' : `, or set ${secret}`}`
    throw new UsageError(`${text}: the option ${name} is missing`, advice)
  }
  const fromEnvironment = Object.entries(specs).flatMap(([name, { secret }]) => (secret && options[name]) || [])
  const address = uri.connector === null ? '' : uri.address
  const passwords = passwordsIn(uri.typed)
  return {
    endpoint: { name: text, address, options: options },
    secrets: [...secrets, ...passwords, ...fromEnvironment]
  }
}

/** What the module has against the endpoint is wrong usage. */
function said<T>({ name }: Endpoint, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}`, undefined, { cause: error })
  }
}

/** Which endpoint it is, whatever else is said of it. */
function placeOf({ connector, address }: EndpointUri, { options }: Endpoint, specs: OptionSpecs = {}): string {
  const isPlace = ([name, { isPlace }]: [string, OptionSpec]): boolean =>
    isPlace === true && options[name] !== undefined
  const named = Object.entries(specs)
    .filter(isPlace)
    .map(([name]) => `${name}=${String(options[name])}`)
  const base = connector === null ? resolve(address) : maskedUri(`${connector}:${address}`)
  return named.length === 0 ? base : `${base}?${named.sort().join('&')}`
}
