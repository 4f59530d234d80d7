/**
 * From an argument list to an exit code: runs oclif and turns whatever is thrown into one line on stderr. What starts
 * the process stands before it (bin/run.js), what a command does behind it (commands/). oclif is loaded late, so that
 * `--version` costs what Node costs.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { explain } from './cli/explain.js'
import { interruptedCode, watchSignals } from './cli/interrupt.js'
import { oneLine, print, printable, say } from './cli/output.js'
import type { CommandClass } from './cli/command.js'
import { versionLine } from './cli/version.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param argv what stands behind the program's name · @returns the exit code; it never rejects */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === '--version' || argv[0] === '-V') await print(`${versionLine(root)}\n`)
    else if (argv[0] === 'complete') await completeLine(argv.slice(1))
    else await runCommand(argv)
    return interruptedCode() ?? 0
  } catch (error) {
    return report(error, argv)
  }
}

/** For a shell, at every Tab. It is no command: nobody types it, and it has to be fast. */
async function completeLine(argv: readonly string[]): Promise<void> {
  const { complete } = await import('./completion/complete.js')
  await complete(argv, root, process.env)
}

async function runCommand(argv: readonly string[]): Promise<void> {
  // What Node or a dependency warns of is nothing that the user can change.
  if (!isVerbose(argv)) process.removeAllListeners('warning')
  const { standInForPipes } = await import('./cli/streams.js')
  standInForPipes()
  const command = locate(argv)
  if (command) {
    watchSignals()
    await import('./cli/lazy-oclif.js')
    const module = (await import(command.file)) as { default: CommandClass }
    return module.default.start(command.id, command.rest)
  }
  const { run } = await import('@oclif/core/run')
  const [first, ...rest] = argv
  await run(first === 'help' ? [...rest, '--help'] : [...argv], { root })
  // Help goes through console.log, which keeps errors to itself.
  if (process.stdout.errored) throw process.stdout.errored
}

/** The command that is called, unless help is wanted or it does not exist: those are oclif's. */
function locate(argv: readonly string[]): { id: string; file: string; rest: string[] } | undefined {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (flags.includes('--help') || flags.includes('-h')) return undefined
  for (const words of [1, 2]) {
    const names = argv.slice(0, words)
    const file = `${root}dist/commands/${names.join('/')}.js`
    if (names.every((name) => /^[a-z][a-z-]*$/.test(name)) && existsSync(file)) {
      return { id: names.join(':'), file: pathToFileURL(file).href, rest: argv.slice(words) }
    }
  }
  return undefined
}

function isVerbose(argv: readonly string[]): boolean {
  return argv.includes('--verbose') || argv.includes('-v')
}

/** Says what went wrong, unless that is nothing to speak of, and gives the exit code. */
export function report(error: unknown, argv: readonly string[] = process.argv.slice(2)): number {
  const interrupted = interruptedCode()
  if (interrupted && (error as Error).name === 'AbortError') return interrupted
  const { line, exitCode } = explain(error, { command: locate(argv)?.id.replace(':', ' '), commands: commandIds })
  if (line) say(`sluice: ${oneLine(line)}`)
  if (line && isVerbose(argv)) {
    for (let at = error; at instanceof Error; at = at.cause) say(printable(at.stack ?? at.message))
  }
  return exitCode
}

/** Read when they are needed: from the manifest, as oclif does. */
function commandIds(): string[] {
  try {
    const manifest = JSON.parse(readFileSync(`${root}oclif.manifest.json`, 'utf8')) as { commands: object }
    return Object.keys(manifest.commands)
  } catch {
    return []
  }
}
