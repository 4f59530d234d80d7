/**
 * Processes that outlive the command that started them. A pid alone does not name one, since the system gives it out
 * again: a process is known by its pid and the moment it began.
 */
import { readFile } from 'node:fs/promises'
import { kill, platform } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './program.js'

export interface Process {
  pid: number
  /** As the system writes it, only good for comparing. */
  began: string
}

/** Undefined: no such process is running. */
export async function processOf(pid: number): Promise<Process | undefined> {
  const [state, began] = platform === 'linux' ? await fromProc(pid) : await fromPs(pid)
  // A zombie is gone, but for its parent's reading of its exit code.
  return began === undefined || state?.startsWith('Z') ? undefined : { pid, began }
}

/** proc(5): the third field is the state, the 22nd the start time; the second, the name, may hold spaces. */
async function fromProc(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  if (stat === undefined) return []
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return [fields[0]!, fields[19]!]
}

async function fromPs(pid: number): Promise<string[]> {
  const shown = await run('ps', ['-o', 'state=,lstart=', '-p', `${pid}`])
  return shown?.code === 0 ? [shown.output.trim().slice(0, 1), shown.output.trim().slice(1).trim()] : []
}

export async function living(processes: readonly Process[]): Promise<Process[]> {
  const now = await Promise.all(processes.map(({ pid }) => processOf(pid)))
  return processes.filter(({ began }, i) => now[i]?.began === began)
}

/** SIGTERM, and SIGKILL for what is still there after `grace` ms. Resolves when all are gone: whether none was killed. */
export async function end(processes: readonly Process[], grace: number): Promise<boolean> {
  const killAt = performance.now() + grace
  let signal: NodeJS.Signals = 'SIGTERM'
  let left = await living(processes)
  send(left, signal)
  while (left.length > 0) {
    await sleep(25)
    left = await living(left)
    if (signal === 'SIGTERM' && performance.now() > killAt) send(left, (signal = 'SIGKILL'))
  }
  return signal === 'SIGTERM'
}

function send(processes: readonly Process[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
