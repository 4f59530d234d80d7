/**
 * What an error says to the user, in one line, and its exit code. oclif's own errors are several lines and speak of
 * its parser; here each becomes `what: advice` like ours. Nothing of oclif is loaded for it.
 */
import { ReaderGoneError, SluiceError } from '../errors.js'
import { nearest } from '../nearest.js'

export interface Explanation {
  /** Undefined where there is nothing to say. */
  line: string | undefined
  exitCode: number
}

/** The parts of oclif's errors that are read here. */
interface OclifError extends Error {
  code?: string
  oclif?: { exit?: number }
  flags?: string[]
  args?: ({ name: string } | string)[]
  parse?: { input?: { flags: Record<string, unknown> } }
}

/** @param command the words of the one that failed, as in `offsets list`; undefined: it is not known */
export function explain(error: unknown, command?: string): Explanation {
  if (!(error instanceof Error)) return bug(String(error))
  const { message, flag } = unwrapped(error.message)
  if (error instanceof ReaderGoneError) return { line: undefined, exitCode: 0 }
  if (error instanceof SluiceError) {
    const line = error.advice ? `${message}: ${error.advice}` : message
    return { line: flag ? `--${flag}: ${line}` : line, exitCode: error.exitCode }
  }
  const { oclif, code } = error as OclifError
  if (code === 'EEXIT') return { line: undefined, exitCode: oclif?.exit ?? 0 }
  if (oclif?.exit === 2) return { line: usage(error, message, command), exitCode: 2 }
  if (isSystemError(error)) return { line: message, exitCode: 1 }
  return bug(`${error.name}: ${message}`)
}

function bug(what: string): Explanation {
  return { line: `${what}: this is a bug in sluice, please report it with the output of --verbose`, exitCode: 1 }
}

/** Errors of the operating system that nobody put into words. */
function isSystemError(error: Error): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string'
}

/** oclif rewrites the message of what a flag's parser throws. */
function unwrapped(message: string): { message: string; flag: string | undefined } {
  const [, flag, inner] = /^Parsing --(\S+) \n\t(.*)\nSee more help with --help$/s.exec(message) ?? []
  return { message: inner ?? message, flag }
}

/** A line for a mistake that oclif's parser found. */
function usage(error: OclifError, text: string, command: string | undefined): string {
  const message = text
    .replace(/\n+See more help with --help$/, '')
    // eslint-disable-next-line no-control-regex
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replaceAll('\0', '')
  const help = `see sluice ${command ? `${command} ` : ''}--help`
  switch (error.constructor.name) {
    case 'NonExistentFlagsError':
      return unknownFlag(error.flags![0]!, Object.keys(error.parse?.input?.flags ?? {}), help)
    case 'RequiredArgsError': {
      const names = error.args!.map((arg) => (arg as { name: string }).name.toUpperCase())
      return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} missing: ${help}`
    }
    case 'UnexpectedArgsError':
      return `there is no use for '${error.args!.map(String).join(' ')}' here: ${help}`
    default:
      return reworded(message.replace(/^The following.*?:\s+/s, '').split('\n')[0]!, help)
  }
}

/** What oclif says, and what is said here. Values are left out: they are long, or secret. */
const wordings: [RegExp, string][] = [
  [/^Expected (--\S+)=(.*) to be one of: (.*)$/s, "$1 does not take '$2': use one of $3"],
  [/^Expected (.*) to be one of: (.*)$/s, "there is no '$1': use one of $2"],
  [/^Flag (--\S+) expects one of these values: (.*)$/, '$1 needs a value: use one of $2'],
  [/^Flag (--\S+) expects a value$/, '$1 needs a value'],
  [/^Flag (--\S+) can only be specified once$/, '$1 is given twice: give it once'],
  [/^(--[\w-]+)=.* cannot also be provided when using (--\S+)$/s, '$2 and $1 exclude each other'],
  [/^All of the following must be provided when using (--\S+): (.*)$/, '$1 needs $2'],
  [/^Missing required flag (\S+)$/, '--$1 is missing']
]

function reworded(message: string, help: string): string {
  for (const [pattern, replacement] of wordings) {
    const line = message.replace(pattern, replacement)
    if (line !== message) return line.includes(': ') ? line : `${line}: ${help}`
  }
  return `${message}: ${help}`
}

function unknownFlag(argument: string, names: string[], help: string): string {
  const flag = argument.replace(/=.*/s, '')
  const meant = flag.startsWith('--') ? nearest(flag.slice(2), names) : undefined
  return `there is no flag ${flag}: ${meant ? `did you mean --${meant}?` : help}`
}
