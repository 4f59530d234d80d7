/**
 * The sandbox: real Kafka brokers on loopback that outlive the command that starts them. What runs is written in the
 * sandbox's folder, and is believed only as far as its processes are really there. See cli.md, "sandbox".
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pid } from 'node:process'
import { FailedError, UsageError } from '../errors.js'
import { defaultVersion } from '../sandbox/jars.js'
import { endProcesses, spawnDetached, untilReady, type Child } from '../sandbox/launch.js'
import { freePorts, isFree, portsFrom } from '../sandbox/ports.js'
import { end, living, processOf } from '../sandbox/process.js'
import { serverProperties } from '../sandbox/properties.js'
import { findRuntime } from '../sandbox/runtime.js'
import { prepareSecurity } from '../sandbox/security.js'
import * as state from '../sandbox/state.js'
import type { Broker, Sandbox } from '../sandbox/state.js'
import { needsZooKeeper } from '../sandbox/zookeeper.js'

export interface StartOptions {
  /** Absolute; data, logs and state are here. */
  folder: string
  /** The first broker's, 0 for any free one; the others have those that follow. */
  port: number
  /** How many; undefined: as many as there is data for, or one. */
  brokers: number | undefined
  /** Kafka's; undefined: the one in sandbox/pom.xml. */
  version: string | undefined
  /** `KEY=VALUE` for every broker's server.properties. */
  settings: string[]
  /** With TLS and SCRAM. Data that was secured stays so. */
  secure: boolean
  /** Where Kafka's jars are kept. */
  cache: string
  javaHome: string | undefined
  notice: (text: string) => void
  signal?: AbortSignal
}

/** Milliseconds until a broker that does not end in order is killed. */
const endWithin = 15_000
/** The same where it leaves an archive of its classes, which takes some seconds on a quiet machine. */
const endWithArchive = 60_000

/** Starts it, unless it runs, and resolves when every broker knows all the others. */
export async function startSandbox(options: StartOptions): Promise<{ sandbox: Sandbox; started: boolean }> {
  const { folder, settings, signal } = options
  const running = await state.readSandbox(folder)
  if (running) return { sandbox: checkedSame(running, options), started: false }
  const brokers = await plan(options)
  const version = options.version ?? (await defaultVersion())
  const secure = options.secure || state.isSecured(folder)
  if (secure && needsZooKeeper(version)) {
    throw new UsageError(`a sandbox of Kafka ${version} cannot be secured`, 'it takes 3.3 or newer')
  }
  const sandbox: Sandbox = {
    ...{ version, runtime: 'java', brokers, settings, secure },
    ...{ processes: [], starter: await processOf(pid) }
  }
  await mkdir(folder, { recursive: true })
  if (!(await state.claim(folder, sandbox))) throw beingStarted(options)
  try {
    const runtime = await findRuntime({ ...options, version, secure })
    sandbox.runtime = runtime.name
    const ports = brokers.map(({ port }) => port)
    const innerPorts = await freePorts(secure ? 2 * brokers.length : brokers.length, ports)
    const controllerPorts = innerPorts.slice(0, brokers.length)
    const brokerPorts = secure ? innerPorts.slice(brokers.length) : null
    const security = secure ? await prepareSecurity(folder, bootstrapServers(brokers)) : null
    for (const broker of brokers) {
      const own = state.brokerFolder(folder, broker.id)
      await mkdir(own, { recursive: true })
      const properties = await serverProperties(broker, {
        folder,
        brokers,
        controllerPorts,
        zooKeeper: needsZooKeeper(version),
        brokerPorts,
        bind: runtime.bind,
        settings
      })
      await writeFile(join(own, 'server.properties'), properties)
    }
    const children: Child[] = []
    const toPrepare = { outer: [...ports, ...(brokerPorts ?? [])], zooKeeper: controllerPorts[0]! }
    for (const launch of await runtime.prepare(folder, brokers, toPrepare, signal)) {
      const child = await spawnDetached(launch, folder)
      children.push(child)
      if (launch.brokerLogs.length > 0) sandbox.processes.push(child.identity)
      else sandbox.zooKeeper = child.identity
      if (launch.archive) sandbox.archive = launch.archive
      await state.writeSandbox(folder, sandbox)
    }
    const doors = (brokerPorts ?? ports).map((port) => ({ port, certificates: security }))
    await untilReady(doors, children, signal)
    if (security) await (await import('./sandbox-login.js')).letIn(security, { doors, ports }, signal)
    await state.writeSandbox(folder, { ...sandbox, starter: undefined })
    return { sandbox, started: true }
  } catch (error) {
    await endProcesses(sandbox, 0)
    await state.release(folder)
    throw error
  }
}

/** The sandbox that runs already, if it is what is asked for. */
function checkedSame(running: Sandbox, options: StartOptions): Sandbox {
  if (running.starter) throw beingStarted(options)
  const { brokers, version, settings, secure } = running
  const same =
    (secure || !options.secure) &&
    (options.port === 0 || options.port === brokers[0]!.port) &&
    brokers.length === (options.brokers ?? brokers.length) &&
    version === (options.version ?? version) &&
    (options.settings.length === 0 || options.settings.join('\n') === settings.join('\n'))
  if (same) return running
  throw new FailedError(
    `another sandbox runs in ${options.folder} (${described(running)})`,
    'stop it first, or choose another --port or --data'
  )
}

/** `127.0.0.1:9092, Kafka 4.1.1`: what a person wants to know of it. */
export function described({ brokers, version, settings, secure }: Sandbox): string {
  const shown = settings.map((setting) => setting.replace(/^(.*(?:jaas|password).*?)=.*/i, '$1=…'))
  return [bootstrapServers(brokers), `Kafka ${version}`, ...(secure ? ['secured'] : []), ...shown].join(', ')
}

/** The properties that clients of a secured one need. */
export function clientProperties({ secure }: Sandbox, folder: string): string | null {
  return secure ? state.clientFile(folder) : null
}

export function bootstrapServers(brokers: readonly Broker[]): string {
  return brokers.map(({ port }) => `127.0.0.1:${port}`).join(',')
}

function beingStarted({ folder }: StartOptions): FailedError {
  return new FailedError(`the sandbox in ${folder} is being started by another command`, 'wait for that')
}

/** The brokers to start. Throws when something is in their way. */
async function plan({ folder, port, brokers }: StartOptions): Promise<Broker[]> {
  if (folder.includes(','))
    throw new UsageError(`'${folder}' is several folders to Kafka`, 'choose one without a comma')
  const onDisk = (await state.brokersOnDisk(folder)).length
  const count = brokers ?? (onDisk || 1)
  if (onDisk > 0 && onDisk !== count) {
    const advice = `start it with --brokers ${onDisk}, or remove them with \`sluice sandbox stop --delete\``
    throw new FailedError(`${folder} holds the data of a sandbox with ${onDisk} brokers`, advice)
  }
  if (port + count > 65_536) throw new UsageError(`there are no ${count} ports from ${port} on`, 'choose a lower one')
  const ports = port === 0 ? await freePorts(count) : portsFrom(port, count)
  for (const port of ports) {
    if (!(await isFree(port))) {
      throw new FailedError(`port ${port} is in use by another program`, 'stop that, or choose another --port')
    }
  }
  return ports.map((port, i) => ({ id: i + 1, port }))
}

/**
 * Ends it, and resolves when its ports are free. With `remove` its data goes too, so that nothing has to be saved.
 * @returns the sandbox that ran, if one did
 */
export async function stopSandbox(folder: string, remove: boolean): Promise<Sandbox | undefined> {
  const sandbox = await state.readSandbox(folder)
  if (sandbox) {
    // A command that is still starting it cleans up behind itself.
    if (sandbox.starter) await end([sandbox.starter], endWithin)
    await endProcesses(sandbox, remove ? 0 : sandbox.archive ? endWithArchive : endWithin)
  }
  await state.release(folder)
  if (remove) await state.removeData(folder)
  return sandbox
}

export interface Status {
  running: boolean
  bootstrapServers: string
  version: string
  runtime: 'java' | 'docker'
  folder: string
  /** The file with what clients need; null: they need nothing. */
  clientProperties: string | null
  brokers: { id: number; port: number; pid: number; running: boolean; log: string }[]
}

/** Undefined: no broker of it is running. */
export async function sandboxStatus(folder: string): Promise<Status | undefined> {
  const sandbox = await state.readSandbox(folder)
  if (!sandbox) return undefined
  const { version, runtime, processes } = sandbox
  const alive = await living(processes)
  const brokers = sandbox.brokers.flatMap(({ id, port }, i) => {
    const process = processes[i] ?? processes[0]
    if (!process) return []
    return [{ id, port, pid: process.pid, running: alive.includes(process), log: state.logFile(folder, id) }]
  })
  return {
    ...{ running: true, bootstrapServers: bootstrapServers(sandbox.brokers), version, runtime, folder },
    ...{ clientProperties: clientProperties(sandbox, folder), brokers }
  }
}
