/**
 * Runs the real program as a user does, with an end to every run. NODE_ENV, which jest sets to `test`, and whatever the
 * machine or the person configures for Kafka, Node or sluice are kept away from it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from '@jest/globals'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'bin', 'run.js')

/** A folder with `sluice` in it, for scripts; the project's own Node stands before the system's. And an empty home. */
const programs = mkdtempSync(join(tmpdir(), 'sluice-bin-'))
const home = join(programs, 'home')
symlinkSync(bin, join(programs, 'sluice'))
mkdirSync(home)

export interface RunOptions {
  input?: string | Buffer
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** A file descriptor to write to, instead of what is collected. */
  stdout?: number
  /** A file descriptor to read from, instead of `input`. */
  stdin?: number
  /** Milliseconds after which the run is killed and has failed. */
  within?: number
}

/** How a run ended. What a test compares is code, stdout and stderr; the rest is there when it is asked for. */
export class Result {
  /** null: ended by a signal. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly #more: { command: string; signal: NodeJS.Signals | null; bytes: Buffer }

  constructor(child: ChildProcess, stdout: Buffer, stderr: Buffer) {
    this.code = child.exitCode
    this.stdout = stdout.toString()
    this.stderr = stderr.toString()
    this.#more = { command: commandOf(child), signal: child.signalCode, bytes: stdout }
  }

  get signal(): NodeJS.Signals | null {
    return this.#more.signal
  }

  /** stdout, as it was written. */
  get bytes(): Buffer {
    return this.#more.bytes
  }

  /** All of it, for the message of a failed test. */
  get text(): string {
    const how = this.signal ?? `exit code ${this.code}`
    return `${this.#more.command}\n${how}\nstdout: ${this.stdout}\nstderr: ${this.stderr}`
  }
}

function commandOf({ spawnargs }: ChildProcess): string {
  return spawnargs.join(' ').replace(`${process.execPath} ${bin}`, 'sluice')
}

export function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NODE_|KAFKA_|SLUICE_|XDG_)/.test(name))
  const path = [programs, join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
  return { ...Object.fromEntries(kept), PATH: path, HOME: home, ...more }
}

/** Starts `sluice` and leaves the rest to the caller. */
export function startSluice(args: readonly string[], { env, cwd, stdin, stdout }: RunOptions = {}): ChildProcess {
  const child = spawn(process.execPath, [bin, ...args], {
    env: environment(env),
    cwd,
    stdio: [stdin ?? 'pipe', stdout ?? 'pipe', 'pipe']
  })
  started.push(child)
  return child
}

const started: ChildProcess[] = []

afterAll(() => {
  // What a failed test left running.
  for (const child of started) child.kill('SIGKILL')
  rmSync(programs, { recursive: true, force: true })
})

/** Runs `sluice` with these arguments to its end. */
export function sluice(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return finished(startSluice(args, options), options.input, options.within)
}

/** Runs a script for bash, in which `sluice` is the program under test. The status is that of the pipe's last failure. */
export function bash(script: string, options: RunOptions = {}): Promise<Result> {
  return finished(startBash(script, options), options.input, options.within)
}

/** Starts one, as the leader of a process group of its own, and leaves the rest to the caller. */
export function startBash(script: string, { env, cwd }: RunOptions = {}): ChildProcess {
  return spawn('bash', ['-o', 'pipefail', '-c', script], { env: environment(env), cwd, detached: true })
}

/** What a child that was started here said from now on, and how it ended. */
export async function finished(child: ChildProcess, input: string | Buffer = '', within = 60_000): Promise<Result> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A program that does not read its input may end before it has all of it.
  child.stdin?.on('error', () => undefined).end(input)
  let late = false
  const timer = setTimeout(() => {
    late = true
    kill(child)
  }, within)
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  clearTimeout(timer)
  const result = new Result(child, Buffer.concat(stdout), Buffer.concat(stderr))
  if (late) throw new Error(`not ended after ${within} ms: ${result.text}`)
  return result
}

/** A script's whole group: its children keep its output open. */
function kill(child: ChildProcess): void {
  if (child.spawnfile === 'bash') process.kill(-child.pid!, 'SIGKILL')
  else child.kill('SIGKILL')
}

/** Resolves with what a stream of a child has said from now on, once that matches. */
export function waitFor(stream: Readable | null, pattern: RegExp, within = 60_000): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      clearTimeout(timer)
      stream?.off('data', onData).off('close', onClose)
      if (error) reject(error)
      else resolve(text)
    }
    const onData = (chunk: Buffer): void => {
      text += chunk.toString()
      if (pattern.test(text)) end()
    }
    const onClose = (): void => end(new Error(`the stream ended without ${pattern}: ${text}`))
    const timer = setTimeout(() => end(new Error(`no ${pattern} within ${within} ms: ${text}`)), within)
    stream?.on('data', onData).on('close', onClose)
  })
}

/** The result, if the program ended well; else an error with all that it said. */
export function succeeded(result: Result): Result {
  if (result.code === 0) return result
  throw new Error(result.text)
}

/** Each run ended as it should: in silence, or with an error of one line that matches. */
export function expectLines(runs: readonly Result[], errors: readonly (RegExp | null)[]): void {
  for (const [i, { code, stdout, stderr }] of runs.entries()) {
    const error = errors[i]!
    if (error === null) expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' })
    else expect([code, stderr]).toEqual([expect.any(Number), expect.stringMatching(error)])
    if (error !== null)
      expect([code, stderr]).toEqual([expect.any(Number), expect.stringMatching(/^sluice: [^\n]*\n$/)])
  }
}
