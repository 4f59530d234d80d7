/**
 * Help, made of what the manifest says of the commands. Nothing of a command, and nothing of oclif, is loaded for it:
 * that costs three times what Node does.
 */
import { UsageError } from '../errors.js'
import { nearest } from '../nearest.js'

/** As much of oclif's manifest, which the build writes, as help is made of. */
export interface CommandText {
  id: string
  summary: string
  description?: string
  usage?: string | string[]
  args: Record<string, { name: string; description?: string; required?: boolean; hidden?: boolean }>
  flags: Record<string, FlagText>
  examples?: (string | { description?: string; command: string })[]
}

export interface FlagText {
  name: string
  type: string
  char?: string
  description: string
  default?: string | number | boolean
  helpValue?: string
  helpGroup?: string
  hidden?: boolean
  options?: string[]
  allowNo?: boolean
}

export interface Program {
  /** What it is for. */
  description: string
  commands: Record<string, CommandText>
  /** What groups of commands are for, by their first word. */
  topics: Record<string, { description: string }>
}

/** What stands on the left of an explanation takes this much at most; what is longer has a line of its own. */
const LEFT = 26
const NARROWEST = 40
const WIDEST = 100

/**
 * The help that these arguments ask for.
 * @param columns of the terminal
 * @throws UsageError for a command that there is not
 */
export function help(argv: readonly string[], program: Program, columns: number): string {
  const given = argv[0] === 'help' ? argv.slice(1) : argv
  const flag = given.findIndex((word) => word.startsWith('-'))
  const words = flag < 0 ? given : given.slice(0, flag)
  const layout = new Layout(Math.min(Math.max(columns, NARROWEST), WIDEST))
  if (words.length === 0) {
    if (given.length > 0 && !['--help', '-h'].includes(given[0]!)) throw unknownCommand(given, program)
    return programHelp(program, layout)
  }
  const [name, member] = words as [string, string | undefined]
  const id = [name, `${name}:${member}`].find((id) => Object.hasOwn(program.commands, id))
  if (id !== undefined) return commandHelp(program.commands[id]!, layout)
  const members = Object.values(program.commands).filter(({ id }) => id.startsWith(`${name}:`))
  if (members.length === 0 || member !== undefined) throw unknownCommand(words, program)
  const list = members.map((command): Row => [named(command), command.summary])
  return layout
    .text(program.topics[name]!.description)
    .section('usage', [`  $ sluice ${name} COMMAND`])
    .table('commands', list)
    .toString()
}

function programHelp({ description, commands, topics }: Program, layout: Layout): string {
  const alone = Object.values(commands).filter(({ id }) => !id.includes(':'))
  const list = [
    ...alone.map(({ id, summary }): Row => [id, summary]),
    ...Object.entries(topics).map(([name, topic]): Row => [name, topic.description])
  ]
  list.sort(([one], [other]) => (one < other ? -1 : 1))
  return layout
    .text(description)
    .section('usage', ['  $ sluice COMMAND [ARGUMENTS] [FLAGS]', '  $ sluice COMMAND --help', '  $ sluice --version'])
    .table('commands', list)
    .toString()
}

function commandHelp(command: CommandText, layout: Layout): string {
  const { summary, description = '', examples = [] } = command
  const args = Object.values(command.args).filter(({ hidden }) => !hidden)
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden)
  const rowOf = (flag: FlagText): Row => [labelOf(flag), explained(flag)]
  layout.text(summary)
  layout.section('usage', usageOf(command))
  layout.table(
    'arguments',
    args.map((arg): Row => [argumentOf(arg), arg.description ?? ''])
  )
  layout.section('description', layout.wrap(description, 2))
  layout.table('flags', flags.filter(({ helpGroup }) => !helpGroup).map(rowOf))
  for (const group of new Set(flags.map(({ helpGroup }) => helpGroup))) {
    const members = flags.filter(({ helpGroup }) => helpGroup === group)
    if (group) layout.table(`${group} flags`, members.map(rowOf))
  }
  const shown = examples.flatMap((example) => {
    const { description = '', command } = typeof example === 'string' ? { command: example } : example
    return [...layout.wrap(description, 2), `    $ ${command.replaceAll('<%= config.bin %>', 'sluice')}`]
  })
  return layout.section('examples', shown).toString()
}

function named({ id }: CommandText): string {
  return id.replaceAll(':', ' ')
}

function usageOf(command: CommandText): string[] {
  const args = Object.values(command.args).map(argumentOf)
  const lines = [command.usage ?? [named(command), ...args, '[FLAGS]'].join(' ')].flat()
  return lines.map((line) => `  $ sluice ${line}`)
}

function argumentOf({ name, required }: { name: string; required?: boolean }): string {
  return required ? name.toUpperCase() : `[${name.toUpperCase()}]`
}

/** `-o, --from=OFFSETS`; a value that may be left out stands in brackets. */
function labelOf({ name, type, char, allowNo, helpValue, options }: FlagText): string {
  const value = helpValue ?? options?.join('|') ?? 'VALUE'
  const shown = value.startsWith('[') && value.endsWith(']') ? `[=${value.slice(1, -1)}]` : `=${value}`
  return `${char ? `-${char}, ` : '    '}--${allowNo ? '[no-]' : ''}${name}${type === 'option' ? shown : ''}`
}

function explained({ description, type, default: value }: FlagText): string {
  return type === 'option' && value !== undefined && !description.includes('[default:')
    ? `${description} [default: ${value}]`
    : description
}

function unknownCommand(words: readonly string[], { commands }: Program): UsageError {
  if (words[0]!.startsWith('-')) {
    return new UsageError(`there is no command before ${words[0]}`, 'write sluice COMMAND, then the flags')
  }
  const ids = Object.values(commands).map(named)
  const isGroup = ids.some((id) => id.startsWith(`${words[0]} `))
  const typed = words.slice(0, isGroup ? 2 : 1).join(' ')
  const meant = nearest(typed, isGroup ? ids : new Set(ids.map((id) => id.split(' ')[0]!)))
  return new UsageError(`there is no command '${typed}'`, meant ? `did you mean sluice ${meant}?` : 'see sluice --help')
}

type Row = [left: string, right: string]

/** Paragraphs of text, as wide as the terminal. What is empty is left out. */
class Layout {
  readonly #width: number
  readonly #paragraphs: string[] = []

  constructor(width: number) {
    this.#width = width
  }

  text(text: string): this {
    this.#paragraphs.push(this.wrap(text, 0).join('\n'))
    return this
  }

  section(heading: string, lines: string[]): this {
    if (lines.length > 0) this.#paragraphs.push([heading.toUpperCase(), ...lines].join('\n'))
    return this
  }

  table(heading: string, rows: readonly Row[]): this {
    const widths = rows.map(([left]) => left.length).filter((width) => width <= LEFT)
    const indent = 2 + Math.max(4, ...widths) + 2
    const lines = rows.flatMap(([left, right]) => {
      const [first = '', ...rest] = this.wrap(right, indent)
      const label = `  ${left}`
      return label.length + 2 <= indent ? [label.padEnd(indent) + first.trimStart(), ...rest] : [label, first, ...rest]
    })
    return this.section(heading, lines)
  }

  /** Text as lines, each behind so many spaces. */
  wrap(text: string, indent: number): string[] {
    const lines: string[] = []
    for (const word of text.split(/\s+/).filter(Boolean)) {
      const line = lines.at(-1)
      if (line && line.length + 1 + word.length <= this.#width) lines[lines.length - 1] = `${line} ${word}`
      else lines.push(' '.repeat(indent) + word)
    }
    return lines
  }

  toString(): string {
    return `${this.#paragraphs.join('\n\n')}\n`
  }
}
