/**
 * Runs a guide's blocks, one test each, in order, in a folder of the guide's own. What is not shown in the guide must not be
 * printed. A guide is left out, with a word, where a program is missing that it uses.
 */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Block, type Guide, shows } from './guide.js'
import { bash, finished, startBash, succeeded, waitFor } from './sluice.js'
import { Workdir } from './workdir.js'

/** @param env asked for once tests run, when what it names has been started */
export function describeGuide(guide: Guide, env: () => NodeJS.ProcessEnv): void {
  const missing = programsOf(guide).filter((program) => spawnSync(program, ['-h'], { stdio: 'ignore' }).error)
  const why = missing.length > 0 ? ` (there is no ${missing.join(', no ')})` : ''
  const describeOrSkip = missing.length > 0 ? describe.skip : describe
  describeOrSkip(`${guide.name}${why}`, () => {
    const workdir = new Workdir()
    const following: Following[] = []
    const endFollowing = async (): Promise<void> => {
      for (const started of following.splice(0)) await started.end()
    }

    afterAll(() => {
      for (const started of following) started.kill()
    })

    test.each(guide.blocks.map((block) => [title(block), block] as const))('%s', async (_, block) => {
      // As a terminal shows it: both streams in one.
      const script = `exec 2>&1\nset -e\n${block.script}`
      const options = { cwd: workdir.path, env: env() }
      if (block.ends) await endFollowing()
      if (block.follows) {
        const started = new Following(startBash(script, options), block)
        following.push(started)
        await started.begun
        return
      }
      const result = await bash(script, options)
      if (result.code !== block.exit) throw new Error(result.text)
      if (!shows(block, result.stdout)) expect(result.stdout).toBe(block.output)
    })

    for (const { theirs, ours, same } of guide.pairs) {
      test(`${theirs}`, async () => {
        const options = { cwd: workdir.path, env: env() }
        const [expected, actual] = (await Promise.all([bash(theirs, options), bash(ours, options)])).map(succeeded)
        expect(actual!.stderr).toBe('')
        if (same) expect(actual!.stdout).toBe(expected!.stdout)
      })
    }

    if (guide.blocks.findLastIndex(({ follows }) => follows) > guide.blocks.findLastIndex(({ ends }) => ends))
      test('what follows shows it all in the end, and ends when it is told to', endFollowing)
  })
}

/** A block by its first words. */
function title({ line, script }: Block): string {
  return `line ${line}: ${script.split('\n')[0]!.slice(0, 80)}`
}

function programsOf({ blocks, pairs }: Guide): string[] {
  const scripts = [...blocks.map(({ script }) => script), ...pairs.map(({ theirs }) => theirs)]
  return ['jq', 'zstd', 'kcat', 'python3'].filter((program) =>
    scripts.some((script) => new RegExp(`\\b${program} `).test(script))
  )
}

/** A block that runs beside others. */
class Following {
  /** Resolves with the first that it says; with `-v`, that it is ready. */
  readonly begun: Promise<unknown>
  readonly #child: ChildProcess
  readonly #block: Block
  #seen = ''

  constructor(child: ChildProcess, block: Block) {
    this.#child = child
    this.#block = block
    child.stdout!.on('data', (chunk: Buffer) => (this.#seen += chunk.toString()))
    this.begun = waitFor(child.stdout, block.script.includes(' -v') ? /: (ready|listening)/ : /\n/)
  }

  /** Waits until all is shown that the guide shows, and presses Ctrl-C. */
  async end(): Promise<void> {
    const limit = AbortSignal.timeout(60_000)
    while (!shows(this.#block, this.#seen)) {
      if (limit.aborted || this.#child.exitCode !== null) expect(this.#seen).toBe(this.#block.output)
      await waitFor(this.#child.stdout, /\n/, 1000).catch(() => undefined)
    }
    const ended = finished(this.#child)
    process.kill(-this.#child.pid!, 'SIGINT')
    await ended
  }

  kill(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) process.kill(-this.#child.pid!, 'SIGKILL')
  }
}
