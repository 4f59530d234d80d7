/**
 * A sandbox's folder, and the file in it that says what runs there:
 *
 *     sandbox.json   what is running, or being started; none when stopped
 *     1/ 2/ …        a broker each: server.properties, broker.log, data/
 *     zookeeper/     zookeeper.properties, zookeeper.log, data/, for versions of Kafka that need it
 *     client.properties, ca.pem, brokers.pem   of a secured one: for clients, for all, for the brokers
 *     docker.log     what Docker said, where brokers run in a container
 */
import { existsSync } from 'node:fs'
import { readFile, rename, rm, rmdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FailedError } from '../errors.js'
import { end, living, type Process } from './process.js'

export interface Broker {
  id: number
  /** On 127.0.0.1. */
  port: number
}

export interface Sandbox {
  version: string
  runtime: 'java' | 'docker'
  brokers: Broker[]
  /** `KEY=VALUE`, as given to --set. */
  settings: string[]
  /** Whether clients need what its client.properties has. */
  secure: boolean
  /** One for each broker, or Docker's client; none as long as the brokers are not started. */
  processes: Process[]
  /** Older versions of Kafka need it. */
  zooKeeper?: Process
  /** The archive of classes that the first broker leaves when it ends in order, if it does. */
  archive?: string
  /** The command that is starting it. */
  starter: Process | undefined
}

const stateFile = (folder: string): string => join(folder, 'sandbox.json')
export const brokerFolder = (folder: string, id: number): string => join(folder, `${id}`)
export const logFile = (folder: string, id: number): string => join(brokerFolder(folder, id), 'broker.log')
export const clientFile = (folder: string): string => join(folder, 'client.properties')
export const authorityFile = (folder: string): string => join(folder, 'ca.pem')
export const identityFile = (folder: string): string => join(folder, 'brokers.pem')
export const zooKeeperFolder = (folder: string): string => join(folder, 'zookeeper')
export const dockerLog = (folder: string): string => join(folder, 'docker.log')

/** What runs in this folder, or is being started there. Undefined: nothing, whatever the file may say. */
export async function readSandbox(folder: string): Promise<Sandbox | undefined> {
  const text = await readFile(stateFile(folder), 'utf8').catch(unlessMissing)
  if (text === undefined) return undefined
  let sandbox: Sandbox
  try {
    sandbox = JSON.parse(text) as Sandbox
  } catch (cause) {
    throw new FailedError(`${stateFile(folder)} is damaged`, 'remove it', { cause })
  }
  const { processes, starter } = sandbox
  const alive = await living(starter ? [...processes, starter] : processes)
  if (alive.length === 0) return undefined
  return { ...sandbox, starter: alive.find((process) => process === starter) }
}

/** Writes the file of a sandbox that is about to start. False: another command was faster. */
export async function claim(folder: string, sandbox: Sandbox): Promise<boolean> {
  const write = (): Promise<void> => writeFile(stateFile(folder), JSON.stringify(sandbox), { flag: 'wx' })
  const unlessThere = async (error: NodeJS.ErrnoException): Promise<boolean> => {
    if (error.code !== 'EEXIST') throw error
    if (await readSandbox(folder)) return false
    // What it tells of is gone.
    await release(folder)
    await write()
    return true
  }
  return write().then(() => true, unlessThere)
}

export async function writeSandbox(folder: string, sandbox: Sandbox): Promise<void> {
  const file = stateFile(folder)
  await writeFile(`${file}.new`, JSON.stringify(sandbox, null, 2) + '\n')
  await rename(`${file}.new`, file)
}

/** To be called when its brokers are gone: it ends what is there for them alone. */
export async function release(folder: string): Promise<void> {
  const text = await readFile(stateFile(folder), 'utf8').catch(unlessMissing)
  const { zooKeeper } = JSON.parse(text ?? '{}') as Partial<Sandbox>
  if (zooKeeper) await end([zooKeeper], 0)
  await rm(stateFile(folder), { force: true })
}

/** The ids of the brokers whose data is there. */
export async function brokersOnDisk(folder: string): Promise<number[]> {
  const names = (await readdir(folder).catch(unlessMissing)) ?? []
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number)
}

/** Whether what is there was secured. */
export const isSecured = (folder: string): boolean => existsSync(clientFile(folder))

/** Removes what a sandbox put there, and the folder when nothing else is in it. */
export async function removeData(folder: string): Promise<void> {
  const own = (await brokersOnDisk(folder)).map((id) => brokerFolder(folder, id))
  const others = [clientFile, authorityFile, identityFile, zooKeeperFolder, dockerLog].map((path) => path(folder))
  for (const path of [...own, ...others]) await rm(path, { recursive: true, force: true })
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error
  })
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
