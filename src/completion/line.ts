/**
 * What can stand at the end of a line that is being typed: found from the words before it and the manifest, by the rules
 * by which the line will be read (cli/argv.ts). Pure.
 */
import { namesOf, splitFlag } from '../cli/argv.js'
import type { CommandText, FlagText, Manifest } from './manifest.js'

export interface Candidate {
  value: string
  description: string
}

/** Either words that are known, or the value of a flag or argument. */
export interface Wanted {
  candidates: Candidate[]
  value?: {
    /** As help writes it: `FILE`, `auto[:5s]|checkpoint|exit|none`. */
    syntax: string
    /** What stands before the value in the same word: `--format=`, `-b`. */
    prefix: string
  }
  /** The values of the flags before it, by name. */
  typed: Record<string, string[]>
}

/** @param words all of them behind the program's name; the last one is being typed */
export function wantedAt(manifest: Manifest, words: readonly string[]): Wanted {
  const commands = Object.values(manifest.commands).filter(({ hidden }) => !hidden)
  for (const length of [1, 2]) {
    const id = words.slice(0, length).join(':')
    const command = words.length > length ? commands.find((each) => each.id === id) : undefined
    if (command) return inCommand(command, words.slice(length))
  }
  const current = words.at(-1)!
  if (words.length > 2) return nothing()
  if (words.length === 1 && current.startsWith('-')) return { ...nothing(), candidates: [help, version] }
  return { ...nothing(), candidates: nextWords(commands, manifest.topics, words.slice(0, -1)) }
}

const help = { value: '--help', description: 'say how it is used' }
const version = { value: '--version', description: 'say which version this is' }

function nothing(): Wanted {
  return { candidates: [], typed: {} }
}

/** The commands, or those behind `offsets`. */
function nextWords(commands: CommandText[], topics: Manifest['topics'], before: readonly string[]): Candidate[] {
  const found = new Map<string, string>()
  for (const { id, summary = '' } of commands) {
    const path = id.split(':')
    if (path.length <= before.length || before.some((word, i) => word !== path[i])) continue
    const word = path[before.length]!
    found.set(word, path.length === before.length + 1 ? summary : (topics[word]?.description ?? ''))
  }
  return [...found].map(([value, description]) => ({ value, description }))
}

function inCommand(command: CommandText, words: readonly string[]): Wanted {
  const flags = namesOf(command.flags)
  const typed: Record<string, string[]> = {}
  const current = words.at(-1)!
  let position = 0
  let open: FlagText | undefined
  let onlyArguments = false
  for (const word of words.slice(0, -1)) {
    if (open) {
      ;(typed[open.name] ??= []).push(word)
      open = undefined
    } else if (word === '--' && !onlyArguments) onlyArguments = true
    else if (onlyArguments || !word.startsWith('-') || word === '-') position++
    else {
      const [flag, , attached] = splitFlag(word, flags)
      const name = flag?.name ?? flags.get(word)?.name ?? word.replace(/^--no-/, '')
      typed[name] ??= []
      if (attached !== undefined) typed[name].push(attached)
      else if (flag && !isOptional(flag)) open = flag
    }
  }
  if (open) return { candidates: [], value: { syntax: syntaxOf(open), prefix: '' }, typed }
  const [flag, , attached] = onlyArguments ? [] : splitFlag(current, flags)
  if (flag && attached !== undefined) {
    const prefix = current.slice(0, current.length - attached.length)
    return { candidates: [], value: { syntax: syntaxOf(flag), prefix }, typed }
  }
  const argument = Object.values(command.args)[position] ?? (command.strict === false ? lastOf(command) : undefined)
  if (onlyArguments ? !argument : current.startsWith('-') || !argument) {
    return { candidates: onlyArguments ? [] : flagsOf(command, typed), typed }
  }
  const syntax = argument!.options?.join('|') ?? (kinds[argument!.name] ?? argument!.name).toUpperCase()
  return { candidates: [], value: { syntax, prefix: '' }, typed }
}

/** Arguments are named for their kind, but for the pattern of `discover`: a name is a pattern of itself. */
const kinds: Record<string, string> = { regex: 'topic' }

function lastOf({ args }: CommandText): CommandText['args'][string] | undefined {
  return Object.values(args).at(-1)
}

/** Its value is only ever attached: `--create-topic[=PARTITIONS]`. The manifest has no other trace of that. */
function isOptional({ helpValue = '' }: FlagText): boolean {
  return /^\[[^\]]*\]$/.test(helpValue)
}

function syntaxOf({ options, helpValue = '' }: FlagText): string {
  return options?.join('|') ?? helpValue
}

/** Those that may still be given. */
function flagsOf({ flags }: CommandText, typed: Wanted['typed']): Candidate[] {
  const open = Object.values(flags).filter(({ name, hidden, multiple }) => !hidden && (multiple || !(name in typed)))
  return [
    ...open.map(({ name, description = '' }) => ({ value: `--${name}`, description })),
    ...open
      .filter(({ allowNo }) => allowNo)
      .map(({ name, description = '' }) => ({ value: `--no-${name}`, description: `not: ${description}` })),
    help
  ]
}
