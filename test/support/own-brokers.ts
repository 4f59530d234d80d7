/** Brokers of a test file's own, in a folder that goes with them: for settings or ends that others must not see. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../../src/cli/sandbox.js'
import { sandboxStatus, startSandbox, stopSandbox } from '../../src/jobs/sandbox.js'

export interface OwnBrokers {
  folder: string
  ports: number[]
  /** Ends one broker as a crash would. */
  kill(id: number): Promise<void>
  /** Starts those that were killed, on the data that they left. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** @param settings `KEY=VALUE` for every broker's server.properties */
export async function startOwnBrokers(port: number, brokers: number, settings: string[] = []): Promise<OwnBrokers> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const notice = (): void => undefined
  const cache = cacheFolder(process.env)
  const version = undefined
  const start = async (): Promise<void> => {
    await startSandbox({ folder, port, brokers, version, settings, cache, javaHome: process.env['JAVA_HOME'], notice })
  }
  await start()
  return {
    folder,
    ports: Array.from({ length: brokers }, (_, index) => port + index),
    async kill(id) {
      const status = await sandboxStatus(folder)
      const { pid } = status!.brokers.find((broker) => broker.id === id)!
      process.kill(pid, 'SIGKILL')
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    restart: start,
    async stop() {
      await stopSandbox(folder, true)
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
