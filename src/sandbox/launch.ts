/** Starting brokers so that they outlive the command, waiting until they are of use, and ending them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { FailedError } from '../errors.js'
import { keepArchive } from './class-archive.js'
import { brokersKnown, type Door, isFree } from './ports.js'
import { end, processOf, type Process } from './process.js'
import { causeIn, removeContainer, type Launch } from './runtime.js'
import type { Sandbox } from './state.js'

export interface Child {
  process: ChildProcess
  identity: Process
  launch: Launch
}

/** Long enough, in milliseconds, for a machine that has much else to do. */
const readyWithin = 90_000
const freeWithin = 5_000

/** In a process group of its own: Ctrl-C at the terminal does not reach it. */
export async function spawnDetached(launch: Launch, cwd: string): Promise<Child> {
  const output = await open(launch.log, 'w')
  try {
    const stdio = ['ignore', output.fd, output.fd] as const
    const process = spawn(launch.program, launch.args, { cwd, detached: true, stdio: [...stdio] })
    await once(process, 'spawn')
    process.unref()
    const identity = (await processOf(process.pid!)) ?? { pid: process.pid!, began: 'and ended at once' }
    return { process, identity, launch }
  } finally {
    await output.close()
  }
}

/** Resolves when every broker answers and knows all the others. Throws what the log says when one of them ends. */
export async function untilReady(
  doors: readonly Door[],
  children: readonly Child[],
  signal?: AbortSignal
): Promise<void> {
  const deadline = performance.now() + readyWithin
  for (const door of doors) {
    while ((await brokersKnown(door)) < doors.length) {
      const ended = children.find(({ process }) => process.exitCode !== null || process.signalCode !== null)
      if (ended) throw await failed('Kafka ended as it started', ended)
      if (performance.now() > deadline)
        throw await failed(`Kafka is not ready after ${readyWithin / 1000} s`, children[0]!)
      await sleep(50, undefined, { signal })
    }
  }
}

/** What a broker said last, or else what the program around it did. */
async function failed(what: string, { launch }: Child): Promise<FailedError> {
  for (const log of [...launch.brokerLogs, launch.log]) {
    const said = await readFile(log, 'utf8').catch(() => '')
    if (said !== '') return new FailedError(`${what} (${causeIn(said)})`, `see ${log}`)
  }
  return new FailedError(`${what}, and said nothing`)
}

/**
 * Resolves when the brokers are gone and their ports are free. What the first one was to leave is taken over where that is
 * complete.
 * @param grace milliseconds until SIGKILL
 */
export async function endProcesses(sandbox: Sandbox, grace: number): Promise<void> {
  const { processes, runtime, brokers, archive, starter } = sandbox
  const inOrder = await end(processes, grace)
  // One that was never ready has not loaded all.
  if (archive) await keepArchive(archive, inOrder && !starter)
  if (runtime === 'docker') await removeContainer(brokers)
  const deadline = performance.now() + freeWithin
  for (const { port } of brokers) {
    while (!(await isFree(port)) && performance.now() < deadline) await sleep(25)
  }
}
