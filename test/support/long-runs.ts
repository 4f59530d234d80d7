/** For programs that go on while a test does something to them: their output so far, and whether all of it is there. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { bootstrap } from './broker.js'
import { type RunOptions, startSluice } from './sluice.js'

/** What a child says from now on, and its exit code. Unlike with `finished`, its input stays open. */
export async function collect(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** `sluice`, going on until it ends or is ended; what it has said so far can be looked at. */
export class LongRun {
  readonly child: ChildProcess
  /** What it has said so far. */
  stdout = ''
  stderr = ''
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>

  constructor(args: readonly string[], options: RunOptions = {}) {
    this.child = startSluice(args, { env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap }, ...options })
    this.ended = collect(this.child).then(({ code }) => code)
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
  }

  /** The whole lines written so far. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1)
  }

  /** Resolves once so many lines were written. */
  async wrote(lines: number): Promise<void> {
    await this.reached(() => this.lines.length >= lines, `${lines} lines`)
  }

  /** Resolves once stderr matches. */
  async said(pattern: RegExp): Promise<void> {
    await this.reached(() => pattern.test(this.stderr), String(pattern))
  }

  /** Resolves once the condition holds. Rejects, with all that was said, when the run ends without, or goes on too long. */
  async reached(condition: () => boolean, what: string): Promise<void> {
    const { child } = this
    const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
    const late = await until(() => condition() || ended()).then(
      () => false,
      () => true
    )
    if (condition()) return
    const end = late ? 'went on for a minute' : `ended with ${child.exitCode ?? child.signalCode}`
    throw new Error(`${end} without ${what}: ${child.spawnargs.join(' ')}\n${this.stdout}\n${this.stderr}`)
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal)
    return this.ended
  }
}

/** `sluice consume`. */
export class Consumer extends LongRun {
  constructor(args: readonly string[], options?: RunOptions) {
    super(['consume', ...args], options)
  }
}

/** Resolves once the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, within = 60_000): Promise<void> {
  for (const end = Date.now() + within; !(await condition());) {
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Writes numbered lines to a child all the time. It does not outlive a test that fails, nor minds a child that is gone. */
export class Feed {
  /** Lines so far. */
  written = 0
  readonly #child: ChildProcess
  readonly #timer: NodeJS.Timeout

  /** @param end ends the child's input after so many */
  constructor(child: ChildProcess, { lines, every, end = Infinity }: { lines: number; every: number; end?: number }) {
    this.#child = child
    child.stdin!.on('error', () => undefined)
    this.#timer = setInterval(() => {
      child.stdin!.write(numberedLines(this.written, (this.written += lines)))
      if (this.written >= end) this.end()
    }, every).unref()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#child.stdin!.end()
  }
}

/** The lines that begin with the numbers in [from, to). */
export function numberedLines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `${from + i} ${'x'.repeat(40)}\n`).join('')
}

/**
 * What is wrong with these lines, each a partition and a numbered line that was written to it: nothing, when each number
 * below `count` is there once, and those of a partition are in order.
 */
export function missingOf(count: number, text: string): string[] {
  const seen = new Uint8Array(count)
  const last = new Map<string, number>()
  const wrong: string[] = []
  for (const line of text.trimEnd().split('\n')) {
    const [partition, digits] = line.split(' ') as [string, string]
    const number = Number(digits)
    const before = last.get(partition) ?? -1
    if (seen[number]! > 0) wrong.push(`${number} is there again, in partition ${partition}`)
    else if (number < before) wrong.push(`${number} comes after ${before} in partition ${partition}`)
    seen[number] = 1
    last.set(partition, number)
  }
  const missing = seen.reduce((sum, there) => sum + 1 - there, 0)
  if (missing > 0) wrong.push(`${missing} are missing, the first is ${seen.indexOf(0)}`)
  return wrong.slice(0, 10)
}
