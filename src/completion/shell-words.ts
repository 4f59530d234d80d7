/**
 * Words as they stand on a shell's line, half-typed ones too: what they are without their quotes, and how a value is
 * written there. bash, zsh and fish agree on as much as is read here. Pure.
 */
const quoting = /\\(.?)|'([^']*)('|$)|"((?:\\.|[^"\\])*\\?)("|$)|\$(?:(\w+)|\{(\w+)\})|^~(?=\/|$)/gs

/** The value of a word; variables that are in the environment and a leading `~` are what they stand for. */
export function unquoted(word: string, env: NodeJS.ProcessEnv): string {
  return word.replace(quoting, (...match) => {
    const [whole, escaped, single, , double, , name, braced] = match as (string | undefined)[]
    if (whole === '~') return env['HOME'] ?? '~'
    if (double !== undefined) return inDoubleQuotes(double, env)
    const variable = name ?? braced
    return variable === undefined ? (escaped ?? single)! : (env[variable] ?? '')
  })
}

function inDoubleQuotes(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\\(["\\$`]|$)|\$(?:(\w+)|\{(\w+)\})/g, (...match) => {
    const [, escaped, name, braced] = match as (string | undefined)[]
    return escaped ?? env[(name ?? braced)!] ?? ''
  })
}

/** Whether the end of the word stands within quotes: what follows needs none of its own then. */
export function isInQuotes(word: string): boolean {
  return [...word.matchAll(quoting)].some(([, , single, end, double, last]) =>
    single !== undefined ? end === '' : double !== undefined && last === ''
  )
}

/** As `printf %q` of bash writes it. */
export function quoted(value: string): string {
  return value.replace(/[^\w@%+=:,./-]/g, '\\$&').replace(/^$/, "''")
}
