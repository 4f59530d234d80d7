/**
 * What oclif's parser takes amiss in an argument list, put right before it sees it. oclif takes the value in `-k -hello`
 * or `--key=-e` for a flag when its first letter is one, and knows no flag with an optional value. Pure.
 *
 * A value that begins with a dash is marked with a NUL in front, which no argument can contain; `unmark` takes it off.
 */
export interface FlagShape {
  type: string
  char?: string | undefined
  aliases?: string[] | undefined
  charAliases?: string[] | undefined
  /** The flag may stand alone: `--create-topic` means `--create-topic=`. */
  optionalValue?: boolean | undefined
}

const mark = '\0'

export function unmark(value: string): string {
  return value.startsWith(mark) ? value.slice(1) : value
}

/**
 * The rule of getopt: what follows a flag that takes a value is its value; unless it is exactly a flag of this command
 * (then the value is missing, and oclif says so). A value attached by `=` or to a short flag is always a value.
 */
export function markValues(argv: readonly string[], flags: Record<string, FlagShape>): string[] {
  const byName = namesOf(flags)
  const result: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (argument === '--') return [...result, ...argv.slice(i)]
    const [flag, head, attached] = splitFlag(argument, byName)
    if (!flag) {
      // Standard input or output with options, as an endpoint of `pipe`.
      result.push(argument.startsWith('-?') ? mark + argument : argument)
    } else if (attached !== undefined) {
      result.push(...joined(head, attached))
    } else if (flag.optionalValue) {
      result.push(head, '')
    } else {
      result.push(argument)
      const value = argv[i + 1]
      if (value?.startsWith('-') && value !== '-' && value !== '--' && !byName.has(value)) {
        result.push(mark + value)
        i++
      }
    }
  }
  return result
}

/** `--from`, `-o` → the flag. */
export function namesOf<F extends FlagShape>(flags: Record<string, F>): Map<string, F> {
  const byName = new Map<string, F>()
  for (const [name, flag] of Object.entries(flags)) {
    for (const long of [name, ...(flag.aliases ?? [])]) byName.set(`--${long}`, flag)
    for (const char of [flag.char, ...(flag.charAliases ?? [])]) if (char) byName.set(`-${char}`, flag)
  }
  return byName
}

type Split<F> = [flag: F | undefined, head: string, attached: string | undefined]
const none: Split<never> = [undefined, '', undefined]

/** The flag in this argument that takes a value, what stands before the value, and the value if it is attached. */
export function splitFlag<F extends FlagShape>(argument: string, byName: Map<string, F>): Split<F> {
  if (argument.startsWith('--')) {
    const equals = argument.indexOf('=')
    const head = equals < 0 ? argument : argument.slice(0, equals)
    const flag = byName.get(head)
    if (flag?.type !== 'option') return none
    return [flag, head, equals < 0 ? undefined : argument.slice(equals + 1)]
  }
  if (!argument.startsWith('-')) return none
  // A cluster: switches, then perhaps one flag with its value (`-en5`).
  for (let at = 1; at < argument.length; at++) {
    const flag = byName.get(`-${argument[at]}`)
    if (!flag) return none
    if (flag.type !== 'option') continue
    const rest = argument.slice(at + 1)
    return [flag, argument.slice(0, at + 1), rest === '' ? undefined : rest.replace(/^=/, '')]
  }
  return none
}

function joined(head: string, value: string): string[] {
  return [head, value.startsWith('-') ? mark + value : value]
}
