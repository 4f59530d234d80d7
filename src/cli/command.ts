/**
 * What every command has: notices that respect --quiet, text on stdout, the signal that ends it, and an argument
 * parser without oclif's surprises. Small on purpose: a command's work is in its job.
 */
import { Command } from '@oclif/core/command'
import type { Arg, Config, Flag, Input, OptionFlag, ParserOutput } from '@oclif/core/interfaces'
import { markValues, unmark } from './argv.js'
import { everyCluster, everyCommand } from './flags.js'
import { interruption } from './interrupt.js'
import { oneLine, print, say } from './output.js'
import type { Clusters } from './clusters.js'
import type { ClusterSettings, ConnectionFlags } from './settings.js'

type Output = Record<string, unknown>

type Startable = (new (argv: string[], config: Config) => SluiceCommand) & { id: string }

/** What a file under commands/ exports. */
export type CommandClass = Startable & Pick<typeof SluiceCommand, 'start'>

/** As much of oclif's Config as a command touches. */
const bareConfig = {
  bin: 'sluice',
  runHook: () => Promise.resolve({ successes: [], failures: [] })
} as unknown as Config

export abstract class SluiceCommand extends Command {
  static override baseFlags = everyCommand

  /**
   * Runs the command by itself. oclif's own way loads its Config first: 30 ms for help, plugins and themes, which
   * nobody asked for here.
   * @param id as in the manifest: `offsets:list`
   */
  static async start(this: Startable, id: string, argv: string[]): Promise<void> {
    this.id = id
    await new this(argv, bareConfig).run()
  }

  private quiet = false
  protected talkative = false

  /** Aborted by the first SIGINT or SIGTERM. */
  protected readonly signal: AbortSignal = interruption

  protected override async parse<F extends Output, B extends Output, A extends Output>(
    options: Input<F, B, A> = this.ctor as Input<F, B, A>,
    argv: string[] = this.argv
  ): Promise<ParserOutput<F, B, A>> {
    const flags = { ...options.baseFlags, ...options.flags } as Record<string, Flag<unknown>>
    const parsed = await super.parse<F, B, A>(
      {
        ...options,
        baseFlags: {},
        flags: mapValues(flags, unmarking),
        args: mapValues((options.args ?? {}) as Record<string, Arg<unknown>>, notFromStdin)
      } as unknown as Input<F, B, A>,
      markValues(argv, flags)
    )
    this.quiet = parsed.flags['quiet'] === true
    this.talkative = parsed.flags['verbose'] === true
    for (const value of Object.values(parsed.flags)) {
      if (!hasTime(value)) continue
      const doubt = (await import('./offset-spec.js')).doubtfulTime(value, Date.now())
      if (doubt) this.notice(doubt)
    }
    return parsed
  }

  /** A line for the user on stderr, unless --quiet. */
  protected notice(text: string): void {
    if (!this.quiet) say(`sluice: ${oneLine(text)}`)
  }

  /** A line on stderr under --verbose. */
  protected verbose(text: string): void {
    if (this.talkative) say(`sluice: ${oneLine(text)}`)
  }

  /** A small text on stdout, as it is. A reader that went away ends the command, with 0. */
  protected print(text: string): Promise<void> {
    return print(text)
  }
}

/** A command that talks to a cluster. */
export abstract class ClusterCommand extends SluiceCommand {
  static override baseFlags = everyCluster

  /** Where the cluster is and how to reach it, from flags, -X, -F, the profile and the environment. */
  protected async settings(flags: ConnectionFlags, env = process.env): Promise<ClusterSettings> {
    const { readSettings } = await import('./settings.js')
    const { settings, notices, details } = await readSettings(flags, env)
    for (const text of notices) this.notice(text)
    for (const text of details) this.verbose(text)
    return this.talkative ? { ...settings, trace: (line) => this.verbose(line) } : settings
  }

  /** The same, and what endpoints need that name a cluster of their own. */
  protected async clusters(flags: ConnectionFlags): Promise<Clusters> {
    const own = await this.settings(flags)
    const other: Clusters['other'] = async (named) => {
      const { elsewhere } = await import('./clusters.js')
      return this.settings({ ...named, 'connect-timeout': flags['connect-timeout'] }, elsewhere(process.env))
    }
    return { own, other }
  }
}

function mapValues<T>(values: Record<string, T>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}

/** Whether it is an OffsetSpec or the like with a time in it. */
function hasTime(value: unknown): boolean {
  return (value as { timestamp?: unknown } | null | undefined)?.timestamp !== undefined
}

function unmarking(flag: Flag<unknown>): Flag<unknown> {
  if (flag.type !== 'option') return flag
  const option: OptionFlag<unknown> = {
    ...flag,
    parse: (input, context, options) => flag.parse(unmark(input), context, options)
  }
  return option
}

/** A missing argument is an error; oclif would take the data on standard input for it. */
function notFromStdin(arg: Arg<unknown>): Arg<unknown> {
  return { ...arg, ignoreStdin: true, parse: (input, context, options) => arg.parse(unmark(input), context, options) }
}
