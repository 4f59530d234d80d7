/** Brokers of a test file's own, in a folder that goes with them: for settings or ends that others must not see. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../../src/cli/sandbox.js'
import { sandboxStatus, startSandbox, stopSandbox } from '../../src/jobs/sandbox.js'
import { kafkaVersion } from './kafka-version.js'
import { until } from './long-runs.js'
import { sluice } from './sluice.js'

export interface OwnBrokers {
  folder: string
  ports: number[]
  /** Ends one broker as a crash would. */
  kill(id: number): Promise<void>
  /** Starts a broker that was killed, on the data that it left. */
  revive(id: number): Promise<void>
  /** To a broker's process. */
  signal(id: number, signal: NodeJS.Signals): Promise<void>
  /** Resolves once all brokers have all of a topic that is on all of them. */
  inSync(topic: string): Promise<void>
  /** Starts all, when all were killed. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A broker that crashed is found out soon, and its next life begins soon: it is let in when the one before it is given up. */
const soonMissed = ['broker.session.timeout.ms=5000', 'broker.heartbeat.interval.ms=500']

/**
 * @param settings `KEY=VALUE` for every broker's server.properties
 * @param javaHome another Java than the machine's
 */
export async function startOwnBrokers(
  port: number,
  brokers: number,
  settings: string[] = [],
  javaHome = process.env['JAVA_HOME']
): Promise<OwnBrokers> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const notice = (): void => undefined
  const cache = cacheFolder(process.env)
  const start = async (): Promise<void> => {
    await startSandbox({
      folder,
      port,
      brokers,
      version: kafkaVersion,
      settings: [...settings, ...soonMissed],
      secure: false,
      cache,
      javaHome,
      notice
    })
  }
  await start()
  const killed = new Map<number, { argv: string[]; cwd: string }>()
  /** By id: the sandbox does not know of them. */
  const revived = new Map<number, ChildProcess>()
  const pidOf = async (id: number): Promise<number> => {
    const status = await sandboxStatus(folder)
    return revived.get(id)?.pid ?? status!.brokers.find((broker) => broker.id === id)!.pid
  }
  const ports = Array.from({ length: brokers }, (_, index) => port + index)
  const servers = ports.map((port) => `127.0.0.1:${port}`).join(',')
  return {
    folder,
    ports,
    async kill(id) {
      const pid = await pidOf(id)
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
      killed.set(id, { argv, cwd: await readlink(`/proc/${pid}/cwd`) })
      process.kill(pid, 'SIGKILL')
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async revive(id) {
      const { argv, cwd } = killed.get(id)!
      const child = spawn(argv[0]!, argv.slice(1), { cwd, stdio: 'ignore' })
      revived.set(id, child)
      await once(child, 'spawn')
    },
    async signal(id, signal) {
      process.kill(await pidOf(id), signal)
    },
    async inSync(topic) {
      await until(async () => {
        const { stdout } = await sluice(['discover', topic, '--internal', '--json', '-b', servers])
        const partitions = JSON.parse(stdout || '[]') as { inSync: number[] }[]
        return partitions.length > 0 && partitions.every(({ inSync }) => inSync.length === brokers)
      }, 120_000)
    },
    restart: start,
    async stop() {
      for (const child of revived.values()) child.kill('SIGKILL')
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
