/**
 * From an argument list to an exit code: runs the command, and turns whatever is thrown into one line on stderr. What
 * starts the process stands before it (bin/run.js), what a command does behind it (commands/). All that can be is loaded
 * late, so that `--version` and `--help` cost little more than Node.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { interruptedCode, watchSignals } from './cli/interrupt.js'
import { existsSync, readFileSync } from './cli/node-fs.js'
import { isTerminal, oneLine, print, printable, say } from './cli/output.js'
import type { CommandClass } from './cli/command.js'
import type { Program } from './cli/help.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param argv what stands behind the program's name · @returns the exit code; it never rejects */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === '--version' || argv[0] === '-V') await print(await version())
    else if (argv[0] === 'complete') await completeLine(argv.slice(1))
    else await runCommand(argv)
    return interruptedCode() ?? 0
  } catch (error) {
    return report(error, argv)
  }
}

async function version(): Promise<string> {
  const { versionLine } = await import('./cli/version.js')
  return `${versionLine(root)}\n`
}

/** For a shell, at every Tab. It is no command: nobody types it, and it has to be fast. */
async function completeLine(argv: readonly string[]): Promise<void> {
  const { complete } = await import('./completion/complete.js')
  await complete(argv, root, process.env)
}

async function runCommand(argv: readonly string[]): Promise<void> {
  // What Node or a dependency warns of is nothing that the user can change.
  if (!isVerbose(argv)) process.removeAllListeners('warning')
  const command = locate(argv)
  if (!command) return print(await helpFor(argv))
  const { standInForPipes } = await import('./cli/streams.js')
  standInForPipes()
  watchSignals()
  await import('./cli/lazy-oclif.js')
  const module = (await import(command.file)) as { default: CommandClass }
  return module.default.start(command.id, command.rest)
}

async function helpFor(argv: readonly string[]): Promise<string> {
  const { help } = await import('./cli/help.js')
  const { description, oclif } = read('package.json') as { description: string; oclif: Pick<Program, 'topics'> }
  const { commands } = read('oclif.manifest.json') as Pick<Program, 'commands'>
  return help(argv, { description, commands, topics: oclif.topics }, columns())
}

function columns(): number {
  return (isTerminal(1) && process.stdout.columns) || 80
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(`${root}${file}`, 'utf8'))
}

/** The command that is called, unless help is wanted or it does not exist. */
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
export async function report(error: unknown, argv: readonly string[] = process.argv.slice(2)): Promise<number> {
  const interrupted = interruptedCode()
  if (interrupted && (error as Error).name === 'AbortError') return interrupted
  const { explain } = await import('./cli/explain.js')
  const { line, exitCode } = explain(error, locate(argv)?.id.replace(':', ' '))
  if (line) say(`sluice: ${oneLine(line)}`)
  if (line && isVerbose(argv)) {
    for (let at = error; at instanceof Error; at = at.cause) say(printable(at.stack ?? at.message))
  }
  return exitCode
}
