/**
 * Records looked up in a database, over several connections: `postgres://host/shop?query=SELECT … WHERE id = {value.id}`.
 * What stands in braces becomes a parameter of the statement: no value can be part of its text.
 */
import type { Environment, Oracle, OracleOpener } from '../../endpoints/keyed-lookup.js'
import { FailedError, UsageError } from '../../errors.js'
import type { OptionSpecs } from '../../endpoint-module.js'
import { RecordTemplate } from '../../formats/record-template.js'
import type { ConnectionOptions } from './options.js'

type Records = Parameters<Oracle['questionOf']>[0]

/** A database that can be asked. */
export interface LookupDialect {
  /** @throws Error for an address that is none, or options that do not go together */
  check(address: string, options: ConnectionOptions): void
  /** @param query its text around the parameters · @param connections the most there may be at a time */
  asker(address: string, options: ConnectionOptions, query: readonly string[], connections: number): Promise<Asker>
}

export interface Asker {
  /** The rows for these parameters, or the first two, as JSON objects. */
  ask(values: readonly string[]): Promise<readonly Buffer[]>
  close(): Promise<void>
}

const EXAMPLE = 'write it as in postgres://user@host/shop?query=SELECT name FROM users WHERE id = {value.id}'
const NOTHING = Buffer.alloc(0)

/** More make a database slower, not faster. */
const MOST_CONNECTIONS = 10

/** @param specs options of the connection; the password comes from the environment */
export function sqlLookup(dialect: LookupDialect, specs: OptionSpecs) {
  return (url: string, environment: Environment) => openerOf(dialect, specs, url, environment)
}

/** @throws UsageError */
function openerOf(
  dialect: LookupDialect,
  { password, ...specs }: OptionSpecs,
  url: string,
  environment: Environment
): OracleOpener {
  const [, head = '', address = '', items = ''] = /^([a-z]+:)([^?]*)\?(.*)$/s.exec(url) ?? []
  const shown = head + address.replace(/^\/\/[^/]*@/, '//')
  const { query, ...options } = Object.fromEntries(items.split('&').map((item) => optionOf(item, shown)))
  const other = Object.keys(options).find((name) => !Object.hasOwn(specs, name))
  if (query === undefined) throw new UsageError(`${shown}: a lookup needs a query`, EXAMPLE)
  if (other !== undefined) throw new UsageError(`${shown}: there is no option '${other}' of a lookup`, EXAMPLE)
  const connection = { ...options, password: password?.secret && environment[password.secret] }
  try {
    dialect.check(address, connection)
  } catch (error) {
    throw new UsageError(`${shown}: ${(error as Error).message}`, undefined, { cause: error })
  }
  const template = new RecordTemplate(query, shown, EXAMPLE)
  return async (capacity) => {
    try {
      const connections = Math.min(capacity, MOST_CONNECTIONS)
      const asker = await dialect.asker(address, connection, template.literals, connections)
      return new SqlOracle(asker, template, shown)
    } catch (error) {
      throw new FailedError(`${shown}: ${(error as Error).message}`, undefined, { cause: error })
    }
  }
}

function optionOf(item: string, shown: string): [string, string] {
  const [name, value = ''] = item.split(/=(.*)/s) as [string, string?]
  try {
    return [name, decodeURIComponent(value)]
  } catch {
    throw new UsageError(`${shown}: ${name} has a percent sign that is no encoding`, 'write %25 for a percent sign')
  }
}

/** A question is the parameters, as a JSON array. */
class SqlOracle implements Oracle {
  /** A database that is away may come back. */
  readonly broken = new Promise<FailedError>(() => undefined)
  readonly shown: string
  readonly #asker: Asker
  readonly #template: RecordTemplate

  constructor(asker: Asker, template: RecordTemplate, shown: string) {
    this.#asker = asker
    this.#template = template
    this.shown = shown
  }

  get missing(): string {
    return this.#template.missing
  }

  questionOf(records: Records): string | null {
    const values = this.#template.fieldsOf(records, ({ bytes, length }) => bytes.toString('utf8', 0, length))
    return values && JSON.stringify(values)
  }

  asked(question: string): string {
    return `${this.shown} with ${question}`
  }

  ask(question: string, answered: (answer: Buffer | string) => void): () => void {
    this.#asker.ask(JSON.parse(question) as string[]).then(
      (rows) =>
        answered(rows.length > 1 ? 'answered more than one row: add LIMIT 1, or aggregate them' : (rows[0] ?? NOTHING)),
      (error: Error) => answered(`failed: ${error.message || String((error as NodeJS.ErrnoException).code)}`)
    )
    // It comes, and is not listened to.
    return () => undefined
  }

  close(): Promise<void> {
    return this.#asker.close()
  }
}
