/** Another system's server of a test file's own: in a folder that goes with it, on a free port of loopback. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds, on a busy machine. */
const PATIENCE = 120_000

export interface Server {
  /** On 127.0.0.1. */
  port: number
  /** Its data, and in the file `log` what it printed. */
  folder: string
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the data that it left, when it was killed. */
  revive(): Promise<void>
  stop(): Promise<void>
}

export interface Program {
  /** The program and its arguments. */
  command: string[]
  env?: NodeJS.ProcessEnv
  /** Whose process it is, if not ours. */
  owner?: { uid: number; gid: number } | undefined
  /** Where it runs, and what it starts: they are found by that. */
  folder: string
  port: number
  /** What it is asked, and what it answers once it is of use. */
  asked: string | Buffer
  answer: RegExp
}

/** A folder for one. */
export function serverFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `${name}-`))
}

/** Starts it and waits until it answers. */
export async function startServer(program: Program): Promise<Server> {
  const { folder, port } = program
  const kill = (): Promise<void> => killThoseIn(folder)
  const stop = async (): Promise<void> => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }
  // Another program may look for a free port just where it was.
  const revive = (): Promise<void> => launch(program).catch(() => sleep(500).then(() => launch(program)))
  try {
    await revive()
  } catch (error) {
    await stop()
    throw error
  }
  return { port, folder, kill, revive, stop }
}

async function launch({ command, env, owner, folder, port, asked, answer }: Program): Promise<void> {
  const [file, ...args] = command
  const log = openSync(join(folder, 'log'), 'a')
  const child = spawn(file!, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
    ...owner
  })
  closeSync(log)
  await once(child, 'spawn')
  const limit = AbortSignal.timeout(PATIENCE)
  while (!(await answers(port, asked, answer))) {
    if (limit.aborted || child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${file} did not start: ${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`)
    }
    await sleep(20)
  }
}

function answers(port: number, asked: string | Buffer, answer: RegExp): Promise<boolean> {
  return new Promise((resolve) => {
    let said = ''
    let ready = false
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('latin1')
      ready = answer.test(said)
      if (ready) socket.destroy()
    }
    const socket = connect(port, '127.0.0.1', () => socket.write(asked, () => hear(Buffer.alloc(0))))
      .setTimeout(2000, () => socket.destroy())
      .on('error', () => socket.destroy())
      .on('close', () => resolve(ready))
      .on('data', hear)
  })
}

/** Resolves when they are gone: what a server started can outlive it for a moment, and hold on to its data. */
async function killThoseIn(folder: string): Promise<void> {
  for (;;) {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isIn(folder, name))
    if (pids.length === 0) return
    for (const pid of pids) kill(Number(pid))
    await sleep(10)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function isIn(folder: string, pid: string): boolean {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`)
  } catch {
    // Another user's, or gone by now.
    return false
  }
}
